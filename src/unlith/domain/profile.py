"""What importing costs, and what moving a route would: measured and predicted, with advice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from unlith.domain.cost import Load, Prices, monthly

PLATFORM_MS = 81.0
"""A Python function's cold start without any import (zip, mean of 10 runs a cell).

https://github.com/maxday/lambda-perf, data of 2026-08-22.
"""

_WORTH_USD = 1.0
_HEADROOM = 1.5


@dataclass(frozen=True, slots=True)
class ModuleTime:
    """One imported module: its own time, that of all it imports first, and its depth there."""

    name: str
    self_us: int
    cumulative_us: int
    depth: int


@dataclass(frozen=True, slots=True)
class ImportProfile:
    """A fresh process's imports, each module's median over some runs, in the order they end."""

    runs: int
    total_ms: float
    memory_mb: float
    modules: tuple[ModuleTime, ...] = ()


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a route would be as a function of its own, beside what the whole app is.

    ``advice`` is ``extract``, ``leave`` or ``fix first``, ``why`` the reason in words. ``order``
    counts from one among those to extract; ``group`` numbers routes that share most modules.
    """

    route: str
    modules: int
    modules_whole: int
    import_ms: float
    cold_ms: float
    size_bytes: int
    memory_mb: int
    requests: float = 0.0
    cost_usd: float = 0.0
    saving_usd: float = 0.0
    penalty_ms: float = 0.0
    penalty_whole_ms: float = 0.0
    advice: str = ""
    why: str = ""
    order: int = 0
    group: int = 0


@dataclass(frozen=True, slots=True)
class RouteCase:
    """What an advice rests on: measured parts, and the errors that the rules found."""

    route: str
    modules: int
    import_ms: float
    size_bytes: int
    requests: float
    errors: int
    group: int


def memory_for(used_mb: float) -> int:
    """Give the memory to configure for what a process uses: half as much again, in 64 MB steps.

    >>> memory_for(20), memory_for(200)
    (128, 320)
    """
    return max(128, -(-int(used_mb * _HEADROOM) // 64) * 64)


def predict(
    case: RouteCase, whole: ImportProfile, total_requests: float, prices: Prices
) -> Prediction:
    """Give what moving one route would mean, and whether to."""
    share = case.import_ms / whole.total_ms if whole.total_ms else 1.0
    memory = memory_for(30 + (whole.memory_mb - 30) * min(1.0, share))
    cold = PLATFORM_MS + case.import_ms
    here = Load(total_requests, 100, PLATFORM_MS + whole.total_ms, memory_for(whole.memory_mb))
    there = Load(case.requests, 100, cold, memory)
    left = Load(case.requests, 100, here.init_ms, here.memory_mb)
    saving = _share_of(here, left, prices) - monthly(there, prices)
    advice, why = _advice(case, here, there, saving)
    return Prediction(
        route=case.route,
        modules=case.modules,
        modules_whole=len(whole.modules),
        import_ms=round(case.import_ms, 1),
        cold_ms=round(cold, 1),
        size_bytes=case.size_bytes,
        memory_mb=memory,
        requests=case.requests,
        cost_usd=round(monthly(there, prices), 4),
        saving_usd=round(saving, 4),
        penalty_ms=round(there.penalty_ms, 2),
        penalty_whole_ms=round(here.penalty_ms, 2),
        advice=advice,
        why=why,
        group=case.group,
    )


def in_order(predictions: Iterable[Prediction]) -> tuple[Prediction, ...]:
    """Give predictions with the order of extraction: worthwhile first, groups together."""
    found = list(predictions)
    ready = [one for one in found if one.advice == "extract"]
    best: dict[int, float] = {}
    for one in ready:
        best[one.group] = max(best.get(one.group, 0.0), one.saving_usd)
    ready.sort(key=lambda one: (-best[one.group], one.group, -one.saving_usd, one.route))
    numbers = {one.route: number for number, one in enumerate(ready, 1)}
    return tuple(_numbered(one, numbers.get(one.route, 0)) for one in found)


# Private


def _share_of(whole: Load, route: Load, prices: Prices) -> float:
    # The route's part of the whole app's bill: cold starts are shared by all routes.
    if not whole.requests:
        return 0.0
    return monthly(whole, prices) * route.requests / whole.requests


def _advice(case: RouteCase, here: Load, there: Load, saving: float) -> tuple[str, str]:
    if case.errors:
        return "fix first", f"{case.errors} readiness errors"
    if not case.requests:
        return "", "say how much traffic there is: --traffic or --access-log"
    slower = there.penalty_ms - here.penalty_ms
    if slower > 1 and saving < _WORTH_USD:
        return "leave", (
            f"too quiet: cold starts would add {there.penalty_ms:.0f} ms a request on average "
            f"(now {here.penalty_ms:.0f}), for {saving:.2f} USD a month"
        )
    if saving < _WORTH_USD and there.init_ms > 0.8 * here.init_ms:
        return "leave", "it would import most of the app again, for little money"
    return "extract", f"saves {saving:.2f} USD a month, cold start {there.init_ms:.0f} ms"


def _numbered(one: Prediction, order: int) -> Prediction:
    return replace(one, order=order)
