"""Keeps the plan of a workspace until a file that it rests on changes."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import unlith
from unlith.backends.lazy.plan import LazyPlan, Planner
from unlith.files.settings import Settings


def lazy_plan(
    settings: Settings, target: str, step: Callable[[str], object] = lambda text: None
) -> LazyPlan:
    """Give the plan, from ``.unlith/lazy.json`` if all is as it was; *step* hears of long work."""
    file = settings.work / "lazy.json"
    about = _about(settings, target)
    kept = _read(file, about)
    if kept is not None:
        return kept
    step("trying which imports can wait")
    plan = Planner(settings, target).plan()
    record = {
        "about": about,
        "digests": {path: _digest(Path(path)) for path in plan.files.values()},
        "plan": dataclasses.asdict(plan),
    }
    if plan.reason:
        step(f"no import can wait: {plan.reason}")
    if plan.files:
        file.parent.mkdir(parents=True, exist_ok=True)
        aside = file.with_suffix(".new")
        aside.write_text(json.dumps(record), "utf-8")
        aside.replace(file)
    return plan


# Private


def _read(file: Path, about: str) -> LazyPlan | None:
    try:
        record = json.loads(file.read_text("utf-8"))
        if record["about"] != about:
            return None
        if any(_digest(Path(path)) != known for path, known in record["digests"].items()):
            return None
        plan = record["plan"]
        return LazyPlan(
            deferred={
                name: tuple((bound, module, what) for bound, module, what in entries)
                for name, entries in plan["deferred"].items()
            },
            submodules=_tuples(plan["submodules"]),
            files=plan["files"],
            unloaded=tuple(plan["unloaded"]),
            eager=_tuples(plan["eager"]),
            reason=plan["reason"],
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _tuples(found: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(values) for name, values in found.items()}


def _about(settings: Settings, target: str) -> str:
    code = "".join(_digest(file) for file in sorted(Path(__file__).parent.glob("*.py")))
    told = [
        target,
        sys.version,
        unlith.__version__,
        code,
        sorted(settings.environ.items()),
        [str(path) for path in settings.sources],
    ]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def _digest(file: Path) -> str:
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError:
        return ""
