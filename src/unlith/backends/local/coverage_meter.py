"""Measures which branches sessions ran on each side, with coverage.py, in runs of their own.

What counts on the monolith's side is what reading says the route may call; on the function's side
also all code of the function's own folder. The runs are not those that are compared: watching
costs time and must not change what is compared.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from unlith.backends.code_map import Watched
from unlith.backends.local.covered_sides import Arcs, CoveredFacade, CoveredMonolith
from unlith.backends.local.hosts import WorkerHost
from unlith.domain.coverage import Coverage, Ran, SideCoverage, side_coverage
from unlith.ports import ParitySide


class Meter:
    """The ``CoverageMeter`` port for one function."""

    def __init__(
        self,
        control: CoveredMonolith,
        candidate: CoveredFacade,
        trees: Mapping[str, Path],
        files: Mapping[str, Watched],
        hosts: Sequence[WorkerHost] = (),
    ) -> None:
        self._hosts = hosts
        self._arcs: dict[str, Arcs] = {"monolith": {}, "function": {}}
        # coverage.py names files by their real paths.
        self._trees = {side: tree.resolve() for side, tree in trees.items()}
        self._files = files
        self._sides: dict[str, ParitySide] = {"monolith": control, "function": candidate}
        self._control = control
        control.watch(self._arcs["monolith"])
        candidate.watch(self._arcs["function"])

    @property
    def sides(self) -> tuple[ParitySide, ...]:
        """Give the sides to run sessions on."""
        return tuple(self._sides.values())

    def seen(self) -> int:
        """Count the pairs of lines that ran on the monolith's side so far: it grows only."""
        self._control.take()
        return sum(map(len, self._arcs["monolith"].values()))

    def report(self) -> Coverage:
        """Give what ran so far."""
        return Coverage(tuple(self._side(name) for name in self._sides))

    def close(self) -> None:
        """End the sides' processes."""
        for side in self._sides.values():
            side.end()
        for host in self._hosts:
            host.close()

    # Private

    def _side(self, name: str) -> SideCoverage:
        tree = self._trees[name]
        arcs = {
            file: pairs
            for file, pairs in self._arcs[name].items()
            if _under(file, tree) in self._files
        }
        return side_coverage(name, self._functions(arcs, tree))

    def _functions(self, arcs: Arcs, tree: Path) -> Iterator[tuple[str, str, Ran]]:
        for file, functions in _analysed(arcs).items():
            watched = self._files[_under(file, tree)]
            for name, found in functions.items():
                if name and (watched.names is None or name in watched.names):
                    yield watched.shown, name, _ran(found)


# Private


def _under(file: str, tree: Path) -> str:
    path = Path(file)
    return path.relative_to(tree).as_posix() if path.is_relative_to(tree) else ""


def _analysed(arcs: Arcs) -> dict[str, dict[str, dict[str, object]]]:
    """Give what of each function ran, by file and name, as coverage.py's JSON report has it."""
    if not arcs:
        return {}
    import coverage  # heavy, and most commands measure nothing

    cover = coverage.Coverage(data_file=None, branch=True, config_file=False, messages=False)
    cover.get_data().add_arcs(arcs)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "coverage.json")
        cover.json_report(outfile=str(out))
        files = json.loads(out.read_text("utf-8"))["files"]
    return {os.path.abspath(name): found.get("functions", {}) for name, found in files.items()}


def _ran(found: Mapping[str, object]) -> Ran:
    def lines(name: str) -> tuple[int, ...]:
        value = found.get(name, [])
        assert isinstance(value, list)
        return tuple(value)

    def pairs(name: str) -> tuple[tuple[int, int], ...]:
        value = found.get(name, [])
        assert isinstance(value, list)
        return tuple((int(a), int(b)) for a, b in value)

    return Ran(
        lines("executed_lines"),
        lines("missing_lines"),
        pairs("executed_branches"),
        pairs("missing_branches"),
    )
