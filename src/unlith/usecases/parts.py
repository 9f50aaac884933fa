"""Compares many sessions in parts: a part can run elsewhere, and one that is done stays done."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from unlith.domain.cases import SessionCase
from unlith.ports import Reporter
from unlith.usecases.engine import Engine
from unlith.usecases.tally import Tally

SIZE = 50
"""How many sessions are a part."""

ENOUGH_PARTS = 10
"""After so many parts with differences the rest are left out, and that is said."""

Part = tuple[int, Sequence[SessionCase]]


class Journal(Protocol):
    """Remembers parts that were compared and gave no difference."""

    def done(self) -> dict[int, Tally]:
        """Give what an earlier run that was stopped has compared, by part."""
        ...

    def add(self, part: int, tally: Tally) -> None:
        """Remember a part."""
        ...

    def finish(self) -> None:
        """Forget all: the comparison is done."""
        ...


Elsewhere = Callable[[Iterable[Part]], Iterator[tuple[int, Tally]]]
"""Compares parts in other processes, in any order."""


@dataclass(frozen=True, slots=True)
class Way:
    """How parts are compared: where, and what remembers them."""

    journal: Journal | None = None
    elsewhere: Elsewhere | None = None


def compare_parts(
    engine: Engine, sessions: Iterable[SessionCase], way: Way, reporter: Reporter, *, total: int
) -> None:
    """Compare sessions, add what is found to the engine's tally."""
    done = way.journal.done() if way.journal else {}
    for tally in done.values():
        engine.tally.merge(tally)
    waiting = (part for part in _parts(sessions) if part[0] not in done)
    compared = way.elsewhere(waiting) if way.elsewhere else _here(engine, waiting)
    left = max(-(-total // SIZE) - len(done), 0)
    bad = 0
    for item in reporter.progress(compared, total=left, label=f"sessions, {SIZE} at a time"):
        assert isinstance(item, tuple)
        number, tally = item
        engine.tally.merge(tally)
        if tally.is_clean and way.journal:
            way.journal.add(number, tally)
        bad += tally.findings.count > 0
        if bad >= ENOUGH_PARTS:
            engine.tally.reasons[f"{bad * SIZE} sessions differed: the rest were left out"] = None
            break


def compare_part(engine: Engine, sessions: Iterable[SessionCase]) -> Tally:
    """Compare the sessions of one part; give its own tally."""
    before, engine.tally = engine.tally, Tally()
    try:
        for session in sessions:
            engine.compare(session)
        return engine.tally
    finally:
        engine.tally = before


# Private


def _parts(sessions: Iterable[SessionCase]) -> Iterator[Part]:
    waiting = iter(sessions)
    for number in itertools.count():
        part = tuple(itertools.islice(waiting, SIZE))
        if not part:
            return
        yield number, part


def _here(engine: Engine, parts: Iterable[Part]) -> Iterator[tuple[int, Tally]]:
    for number, sessions in parts:
        yield number, compare_part(engine, sessions)
