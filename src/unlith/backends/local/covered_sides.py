"""Sides whose code is watched: what ran is asked for before a session's copies end."""

from __future__ import annotations

import importlib.util
import json
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from unlith.backends.local.sides import FacadeSide, MonolithSide
from unlith.errors import FunctionFailed
from unlith.ports import FunctionSpec, Session

ASKED = {"unlith": "coverage"}
MODULE = "unlith_coverage"

Arcs = dict[str, set[tuple[int, int]]]
"""Pairs of lines that ran one after the other, by file."""


class CoveredMonolith(MonolithSide):
    """The monolith alone, watched."""

    def watch(self, arcs: Arcs) -> None:
        """Say where to add what ran."""
        self._arcs = arcs

    def take(self) -> None:
        """Add what ran so far in this session."""
        if self._whole is not None:
            take(self._whole, self._arcs)

    def end(self) -> None:
        """Keep what ran, then end the copies."""
        self.take()
        super().end()


class CoveredFacade(FacadeSide):
    """The function beside a monolith; the function is watched."""

    def watch(self, arcs: Arcs) -> None:
        """Say where to add what ran."""
        self._arcs = arcs

    def end(self) -> None:
        """Keep what ran, then end the copies."""
        if self._function is not None:
            take(self._function, self._arcs)
        super().end()


def take(session: Session, arcs: Arcs) -> None:
    """Add what a session's code ran; a process that died says nothing."""
    try:
        answer = session.invoke(ASKED).answer
    except FunctionFailed:
        return
    if isinstance(answer, Mapping):
        for file, pairs in answer.items():
            arcs.setdefault(file, set()).update((int(a), int(b)) for a, b in pairs)


def watched(spec: FunctionSpec, folder: Path, places: Iterable[str]) -> FunctionSpec:
    """Give a spec whose handler is watched in some files; *folder* gets what that needs.

    *places* are files as they lie below the spec's first path; watching all would cost ten times.
    """
    library, code = folder / "library", folder / "code"
    if not code.exists():
        library.mkdir(parents=True)
        code.mkdir()
        found = importlib.util.find_spec("coverage")
        assert found is not None
        assert found.origin is not None
        (library / "coverage").symlink_to(Path(found.origin).parent)
        shutil.copy(Path(__file__).with_name("worker_coverage.py"), code / f"{MODULE}.py")
    roots = {spec.paths[0], spec.paths[0].resolve()}
    told = {
        "handler": spec.handler,
        "library": str(library),
        "include": sorted(str(root / place) for root in roots for place in places),
    }
    return replace(
        spec,
        handler=f"{MODULE}:handler",
        paths=(*spec.paths, code),
        environ={**spec.environ, "UNLITH_COVERAGE": json.dumps(told)},
    )
