"""What of a route's code the compared exchanges ran, and what they did not; pure.

Only code that was entered counts for branches: reading finds more functions than a route calls,
and those are named apart. Lines that run once, at import, do not count.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True, order=True)
class Gap:
    """A line that never ran, or a branch that was never taken.

    ``to`` is the line that never came next, 0 where the function was never left from there; for a
    line that never ran it equals ``line``.
    """

    file: str
    line: int
    to: int
    definition: str = ""

    def __str__(self) -> str:
        """Say it as ``file:line: what never happened``."""
        place = f"{self.file}:{self.line}"
        if self.to == self.line:
            return f"{place}: never ran"
        where = f"to line {self.to}" if self.to else "to the end"
        return f"{place}: never went {where}"


@dataclass(frozen=True, slots=True)
class SideCoverage:
    """What one side ran: branches and lines of the functions that were entered.

    ``unentered`` names functions that reading says the route may call and that were not called.
    """

    side: str
    branches: int
    ran: int
    lines: int
    lines_ran: int
    gaps: tuple[Gap, ...] = ()
    unentered: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Give the counts in words."""
        branches = f"{self.ran} of {self.branches} branches"
        return f"{self.side}: {branches}, {self.lines_ran} of {self.lines} lines"


@dataclass(frozen=True, slots=True)
class Coverage:
    """What both sides ran; ``reason`` says why nothing is known, if so."""

    sides: tuple[SideCoverage, ...] = ()
    reason: str = ""

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """Give every gap of both sides once, the monolith's first."""
        return tuple(dict.fromkeys(gap for side in self.sides for gap in side.gaps))

    @property
    def branch_gaps(self) -> int:
        """Count the branches that never ran."""
        return sum(gap.to != gap.line for gap in self.gaps)

    def words(self) -> str:
        """Say in one sentence how far the exchanges went; empty where that was not measured."""
        if self.reason:
            return f"coverage is not known: {self.reason}"
        if not self.sides:
            return ""
        if not self.gaps:
            return "every branch of the code that was entered ran"
        count = len(self.gaps)
        named = "; ".join(map(str, self.gaps[:3]))
        more = f"; and {count - 3} more" if count > 3 else ""
        return f"{count} branches or lines never ran: {named}{more}"

    def as_dict(self) -> dict[str, object]:
        """Give the fields as JSON values."""
        return {"reason": self.reason, "sides": [asdict(side) for side in self.sides]}


def side_coverage(side: str, functions: Iterable[tuple[str, str, Ran]]) -> SideCoverage:
    """Add up functions, each as the file it is shown under, its name and what of it ran."""
    gaps: list[Gap] = []
    unentered: list[str] = []
    branches = ran = lines = lines_ran = 0
    for file, name, function in functions:
        if not function.lines:
            unentered.append(f"{file}: {name}")
            continue
        branches += len(function.branches) + len(function.missing_branches)
        ran += len(function.branches)
        lines += len(function.lines) + len(function.missing_lines)
        lines_ran += len(function.lines)
        missing = set(function.missing_lines)
        gaps += [Gap(file, line, line, name) for line in _first_of_runs(missing)]
        # A branch out of or into a line that never ran is said by that line.
        gaps += [
            Gap(file, line, max(to, 0), name)
            for line, to in function.missing_branches
            if line not in missing and to not in missing
        ]
    return SideCoverage(
        side, branches, ran, lines, lines_ran, tuple(sorted(gaps)), tuple(sorted(unentered))
    )


@dataclass(frozen=True, slots=True)
class Ran:
    """What of one function ran, and what did not."""

    lines: tuple[int, ...]
    missing_lines: tuple[int, ...] = ()
    branches: tuple[tuple[int, int], ...] = ()
    missing_branches: tuple[tuple[int, int], ...] = ()


# Private


def _first_of_runs(lines: set[int]) -> list[int]:
    """Give the first line of each run of neighbouring lines."""
    return sorted(line for line in lines if line - 1 not in lines)
