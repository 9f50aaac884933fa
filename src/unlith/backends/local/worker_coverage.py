"""Stands in a handler's place and says which branches of the project ran; runs in a worker.

It is put on a worker's path as ``unlith_coverage`` and told by the variable UNLITH_COVERAGE which
handler to import, what to watch, and where coverage.py lies: a worker sees no site-packages. The
event ``{"unlith": "coverage"}`` gives the pairs of lines that ran one after the other, by file
and each once (https://coverage.readthedocs.io/en/latest/branch.html, read 2026-11). All other
events are the handler's. Standard library and coverage.py only.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from typing import Any

ASKED = {"unlith": "coverage"}


class Covered:
    """A handler whose code is watched; in all else it is the handler."""

    def __init__(self, handler: Any, cover: Any) -> None:
        self._handler, self._cover = handler, cover
        self._told: dict[str, set[tuple[int, int]]] = {}

    def __call__(self, event: Any, context: Any) -> Any:
        """Call the handler, or say what ran."""
        if event == ASKED:
            return self._ran()
        return self._handler(event, context)

    def __getattr__(self, name: str) -> Any:
        """Give what the handler has."""
        return getattr(self._handler, name)

    def _ran(self) -> dict[str, list[tuple[int, int]]]:
        data = self._cover.get_data()
        new = {}
        for file in data.measured_files():
            told = self._told.setdefault(file, set())
            pairs = set(data.arcs(file) or ()) - told
            if pairs:
                new[file] = sorted(pairs)
                told |= pairs
        return new


def start() -> Covered:
    """Import coverage.py, start it, import the handler."""
    told = json.loads(os.environ.pop("UNLITH_COVERAGE"))
    # Beside coverage.py there is nothing in this folder; the app must not find it there.
    sys.path.insert(0, told["library"])
    try:
        coverage = importlib.import_module("coverage")
    finally:
        sys.path.remove(told["library"])
    cover = coverage.Coverage(
        data_file=None, branch=True, config_file=False, include=told["include"], messages=False
    )
    cover.start()
    module, _, name = told["handler"].rpartition(".")
    return Covered(getattr(importlib.import_module(module.replace("/", ".")), name), cover)


if "UNLITH_COVERAGE" in os.environ:
    handler = start()
