"""A comparison's journal: what was done before Ctrl-C is not done again, if nothing has changed.

JSON Lines in ``.unlith/parity``: a key first, then a line for each part that gave no difference.
A line that was cut off is not there; a journal of another key is thrown away.
"""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

from unlith.usecases.tally import Tally


class FileJournal:
    """The ``Journal`` of one function; *key* says what is compared, by digests."""

    def __init__(self, file: Path, key: str) -> None:
        self._file, self._key = file, key
        self._is_begun = False

    def done(self) -> dict[int, Tally]:
        """Give what an earlier run has compared, by part."""
        found: dict[int, Tally] = {}
        with contextlib.suppress(FileNotFoundError), self._file.open("rb") as lines:
            for number, line in enumerate(lines):
                try:
                    told = json.loads(line)
                    if number == 0:
                        if told != {"key": self._key}:
                            break
                    else:
                        found[int(told["part"])] = Tally.of_counts(told)
                except (ValueError, KeyError, TypeError):
                    break
        self._begin(found)
        return found

    def add(self, part: int, tally: Tally) -> None:
        """Remember a part."""
        if not self._is_begun:
            self._begin({})
        with self._file.open("ab") as lines:
            lines.write(_line({"part": part, **tally.counts()}))

    def finish(self) -> None:
        """Remove the journal."""
        self._file.unlink(missing_ok=True)

    # Private

    def _begin(self, found: dict[int, Tally]) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._file.write_bytes(_line({"key": self._key}))
        self._is_begun = True
        for part, tally in found.items():
            self.add(part, tally)


def _line(told: dict[str, object]) -> bytes:
    return json.dumps(told, separators=(",", ":")).encode() + b"\n"
