"""Keeps what was read of each file by its content, so that only what changed is read again.

One JSON file below the work folder. What the reader itself is made of is part of its key: another
reader reads everything anew. A store that cannot be read is an empty one.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from unlith.backends.source_tree import SourceModule
from unlith.backends.survey import chains, expressions, reader, reading
from unlith.backends.survey.reading import Reading, from_data, to_data

_MADE_BY = (chains, expressions, reader, reading)


class Readings:
    """Readings by content; ``fresh`` counts the files that had to be read."""

    def __init__(self, file: Path | None = None) -> None:
        self.fresh = 0
        self._file = file
        self._kept = _load(file) if file is not None else {}
        self._seen: dict[str, Any] = {}

    def of(self, module: SourceModule, read: Callable[[], Reading]) -> Reading:
        """Give a module's reading, kept or made by *read*.

        Raises:
            OSError: if the file cannot be read.
        """
        if self._file is None:
            self.fresh += 1
            return read()
        key = f"{module.name} {hashlib.sha256(module.file.read_bytes()).hexdigest()}"
        if key in self._kept:
            self._seen[key] = self._kept[key]
            return from_data(self._kept[key])
        self.fresh += 1
        made = read()
        self._seen[key] = to_data(made)
        return made

    def keep(self) -> None:
        """Write what was asked for in this run; what was not is forgotten."""
        if self._file is None or self._seen.keys() == self._kept.keys():
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        data = {"made_by": _made_by(), "readings": self._seen}
        whole = self._file.with_suffix(".part")
        # Sources may hold lone surrogates, which UTF-8 cannot: ASCII holds them escaped.
        whole.write_text(json.dumps(data, separators=(",", ":")), "ascii")
        whole.replace(self._file)


# Private


def _load(file: Path) -> dict[str, Any]:
    try:
        data = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(data, dict) or data.get("made_by") != _made_by():
        return {}
    kept: dict[str, Any] = data["readings"]
    return kept


def _made_by() -> str:
    digest = hashlib.sha256(sys.version.encode())
    for module in _MADE_BY:
        digest.update(Path(str(module.__file__)).read_bytes())
    return digest.hexdigest()
