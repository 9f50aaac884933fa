"""What every port on SQLite has in common: the file, and one connection a call."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from typing import TypeVar

T = TypeVar("T")


class Table:
    """What the ports have in common: the file, and one connection a call."""

    def __init__(self, path: str) -> None:
        self._path = path

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Give a connection whose writes are kept together, or not at all."""
        with closing(sqlite3.connect(self._path, timeout=10, isolation_level=None)) as database:
            database.row_factory = sqlite3.Row
            # at once, or two readers that both want to write would lock each other out
            database.execute("BEGIN IMMEDIATE")
            try:
                yield database
            except BaseException:
                database.execute("ROLLBACK")
                raise
            database.execute("COMMIT")

    def write(self, sql: str, *values: object) -> int:
        """Run one statement; give how many rows it touched."""
        with self.transaction() as database:
            return database.execute(sql, values).rowcount

    def rows(self, sql: str, *values: object) -> list[sqlite3.Row]:
        """Give the rows of a query."""
        with closing(sqlite3.connect(self._path, timeout=10)) as database:
            database.row_factory = sqlite3.Row
            try:
                return database.execute(sql, values).fetchall()
            except OverflowError:
                # a number in a URL can be wider than any that SQLite has kept
                return []


def first(things: Iterable[T]) -> T | None:
    """Give the first of some things, or None."""
    return next(iter(things), None)
