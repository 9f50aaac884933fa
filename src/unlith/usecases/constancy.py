"""Runs both sides some more where the control varies, until the candidate varied there too.

Runs alternate between the sides, so that what goes on with time goes on for both. Each place of a
route is looked into once.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Sequence

from unlith.domain.comparison import Comparison
from unlith.domain.constancy import standing_still
from unlith.domain.difference import Difference
from unlith.domain.observed import observed
from unlith.ports import ParitySide
from unlith.usecases.sessions import Step

RUNS = 40
"""How many runs of each side at most say whether a value stands still."""

FIRST = 100
"""The number of the first of these runs, away from those of all others."""

Again = Callable[[ParitySide, int], Sequence[Step]]
"""Runs the same requests on a side once more, as the run of a number."""


class Constancy:
    """Looks for values that stand still on the candidate only."""

    def __init__(self, control: ParitySide, candidate: ParitySide) -> None:
        self._control, self._candidate = control, candidate
        self._looked: set[tuple[str, str]] = set()

    def added(
        self, found: Sequence[Comparison], steps: Sequence[Step], again: Again
    ) -> list[Comparison]:
        """Give comparisons with the differences that more runs show.

        Raises:
            FunctionFailed: if a side's process cannot start.
            OutsideError: if the state cannot be read.
        """
        wanted = [
            index
            for index, (comparison, step) in enumerate(zip(found, steps, strict=False))
            if self._is_new(comparison, step)
        ]
        result = list(found)
        if not wanted:
            return result
        controls: list[Sequence[Step]] = []
        candidates: list[Sequence[Step]] = []
        for number in range(FIRST, FIRST + RUNS):
            controls.append(again(self._control, number))
            candidates.append(again(self._candidate, number))
            if number == FIRST:
                continue
            more = {index: _still(controls, candidates, index) for index in wanted}
            if not any(is_open for _, is_open in more.values()):
                break
        for index, (differences, _) in more.items():
            new = tuple(one for one in differences if not _is_told(one.path, found[index]))
            both = (*found[index].differences, *new)
            result[index] = dataclasses.replace(found[index], differences=both)
        return result

    # Private

    def _is_new(self, comparison: Comparison, step: Step) -> bool:
        keys = {(step.observation.served_by, _general(path)) for path in comparison.noisy}
        is_new = step.observation.served_by != "monolith" and not keys <= self._looked
        self._looked |= keys
        return is_new


def _still(
    controls: Sequence[Sequence[Step]], candidates: Sequence[Sequence[Step]], index: int
) -> tuple[tuple[Difference, ...], bool]:
    runs = [
        [observed(run[index].observation) for run in side if index < len(run)]
        for side in (controls, candidates)
    ]
    return standing_still(*runs) if all(runs) else ((), False)


def _is_told(path: str, comparison: Comparison) -> bool:
    return any(one.path == path for one in comparison.differences)


def _general(path: str) -> str:
    return re.sub(r"/\d+(?=/|$)", "/*", path)
