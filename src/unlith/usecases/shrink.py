"""Finds the smallest session that still shows a difference.

A session is tried on both sides from the same state; it still differs when its last request
gives the same kind of difference at the same place, seen with the control's own noise known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from unlith.domain.cases import MissingValue, RequestCase, take_out
from unlith.domain.shrinking import Requests, smaller
from unlith.usecases.sessions import Step

TRIES = 80
"""How many sessions are tried for one difference."""

ALL_TRIES = 800
"""How many sessions are tried for all differences of one function."""

StillDiffers = Callable[[Requests], bool]


def shrunk(
    requests: Requests, saved: Mapping[str, object], still_differs: StillDiffers, tries: int
) -> tuple[Requests, int]:
    """Give the smallest session found, and how many tries are left of those given."""
    vain: set[str] = set()
    is_better = True
    while is_better:
        is_better = False
        for name, less in smaller(requests, saved):
            if name in vain or less == requests:
                continue
            if not tries:
                return requests, 0
            tries -= 1
            if still_differs(less):
                requests, is_better = without_saves(less), True
                break
            vain.add(name)
    return without_saves(requests), tries


def saved_values(requests: Iterable[RequestCase], steps: Iterable[Step]) -> dict[str, object]:
    """Give the values that a run's answers gave for names used later."""
    saved: dict[str, object] = {}
    for request, step in zip(requests, steps, strict=False):
        for name, source in request.save:
            if step.observation.answer is not None:
                try:
                    saved[name] = take_out(source, step.observation.answer)
                except MissingValue:
                    saved.pop(name, None)
    return saved


def without_saves(requests: Requests) -> Requests:
    """Take away the saving of values that no later request uses."""
    kept: list[RequestCase] = []
    later = ""
    for request in reversed(requests):
        kept.append(request.saving(tuple(pair for pair in request.save if pair[0] in later)))
        later += request.target + request.body.decode("latin-1") + repr(request.headers)
    return tuple(reversed(kept))
