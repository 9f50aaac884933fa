"""Sides whose code is watched: what ran is asked for before a session's copies end."""

from __future__ import annotations

import importlib.util
import json
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from unlith.backends.local.sides import FacadeSide, MonolithSide
from unlith.domain.exchange import HttpRequest, Observation
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

    def exchange(self, request: HttpRequest) -> Observation:
        """Give what this side does with a request, and keep what ran."""
        observation = super().exchange(request)
        if self._whole is not None:
            take(self._whole, self._arcs)
        return observation

    def end(self) -> None:
        """Keep what ran, then end the copies."""
        if self._whole is not None:
            take(self._whole, self._arcs)
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


def watched(spec: FunctionSpec, folder: Path) -> FunctionSpec:
    """Give a spec whose handler is watched; *folder* gets what that needs."""
    library, code = folder / "library", folder / "code"
    if not code.exists():
        library.mkdir(parents=True)
        code.mkdir()
        found = importlib.util.find_spec("coverage")
        assert found is not None
        assert found.origin is not None
        (library / "coverage").symlink_to(Path(found.origin).parent)
        shutil.copy(Path(__file__).with_name("worker_coverage.py"), code / f"{MODULE}.py")
    roots = {str(path) for path in spec.paths} | {str(path.resolve()) for path in spec.paths}
    told = {
        "handler": spec.handler,
        "library": str(library),
        "include": sorted(f"{root}/*" for root in roots),
    }
    return replace(
        spec,
        handler=f"{MODULE}:handler",
        paths=(*spec.paths, code),
        environ={**spec.environ, "UNLITH_COVERAGE": json.dumps(told)},
    )
