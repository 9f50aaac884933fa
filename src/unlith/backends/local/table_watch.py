"""The routing table as the facade follows it: read again when the file changed.

Each request takes one whole table and keeps it to its end. While nobody can read the file the
monolith serves everything, and that is said once.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path

from unlith.domain.routing import RoutingTable
from unlith.errors import UnlithError
from unlith.ports import Reporter, TableStore

Mark = tuple[int, int, int] | None


class TableWatch:
    """Gives the table in force; any number of threads may ask."""

    def __init__(self, file: Path, store: TableStore, reporter: Reporter) -> None:
        self._file, self._store, self._reporter = file, store, reporter
        self._lock = threading.Lock()
        self._mark: Mark | str = "never read"
        self._table, self._digest = RoutingTable(), ""

    def current(self) -> RoutingTable:
        """Give the table that decides this request."""
        mark = self._look()
        if mark == self._mark:
            return self._table
        with self._lock:
            if mark != self._mark:
                self._read(mark)
            return self._table

    # Private

    def _look(self) -> Mark:
        try:
            found = os.stat(self._file)
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino

    def _read(self, mark: Mark) -> None:
        try:
            stored = self._store.read()
        except UnlithError as error:
            self._table, self._digest = RoutingTable(), ""
            said = f"{error.message}\n{error.detail}".rstrip()
            self._reporter.warn(f"the monolith serves everything: {said}")
        else:
            if stored.digest != self._digest:
                self._table, self._digest = stored.table, stored.digest
                self._reporter.step(f"routing table version {stored.table.version}")
        self._mark = mark
