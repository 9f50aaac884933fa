"""Toggle on a deployed stage: the stage's table first, then its gateway; both or neither."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from unlith.domain.routing import RoutingTable
from unlith.errors import UnlithError
from unlith.ports import Clock, JournalEntry, StoredTable, TableStore

Point = Callable[[RoutingTable], None]
"""Makes a gateway do what a table says."""


class PointedStore:
    """A table store whose every write reaches a gateway, or is taken back.

    Between both steps the table says what is wanted; if the process dies there, pointing again
    (any toggle, any deploy) does the rest.
    """

    def __init__(self, store: TableStore, point: Point, clock: Clock) -> None:
        self._store = store
        self._point = point
        self._clock = clock

    def read(self) -> StoredTable:
        """Give the table."""
        return self._store.read()

    def journal(self) -> tuple[JournalEntry, ...]:
        """Give all entries, oldest first."""
        return self._store.journal()

    def write(self, table: RoutingTable, *, expected: str, entry: JournalEntry) -> StoredTable:
        """Replace the table and point the gateway.

        Raises:
            Conflict: if the table is not the one that was read; nothing was done.
            UnlithError: what the gateway said; the table is as it was, one version later.
        """
        before = self._store.read().table
        written = self._store.write(table, expected=expected, entry=entry)
        try:
            self._point(written.table)
        except UnlithError as error:
            taken_back = RoutingTable(written.table.version + 1, before.groups)
            note = replace(
                entry,
                version=taken_back.version,
                when=self._clock.now(),
                before=entry.after,
                after=entry.before,
                reason=f"taken back: {error.message}",
            )
            self._store.write(taken_back, expected=written.digest, entry=note)
            raise
        return written
