"""What a SQLite file holds, as rows by table, and what changed between two such images.

Never writes to the file. Whether a file may have changed is seen from its header, its log's
header and the wal-index, which SQLite writes with every commit, not from time stamps alone: two
writes can fall into one tick of the clock. Source: https://www.sqlite.org/fileformat2.html
(1.3.7 change counter, 4.1 WAL header) and https://www.sqlite.org/walformat.html (2.2), 2026-11.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from unlith.domain.exchange import Effect
from unlith.errors import OutsideError

MAGIC = b"SQLite format 3\x00"
SIDE_FILES = ("-wal", "-shm", "-journal")
SCHEMA = "(schema)"

Row = tuple[object, ...]
Table = tuple[tuple[str, ...], dict[object, Row]]
Image = dict[str, Table]
Signature = tuple[object, ...]


def is_sqlite(file: Path) -> bool:
    """Say whether a file is a SQLite database."""
    try:
        with file.open("rb") as stream:
            return stream.read(len(MAGIC)) == MAGIC
    except OSError:
        return False


def signature(file: Path) -> Signature:
    """Give what changes whenever the database changes."""
    parts: list[object] = []
    for name, size in (("", 100), ("-wal", 32), ("-shm", 96)):
        with contextlib.suppress(OSError):
            handle = os.open(f"{file}{name}", os.O_RDONLY)
            try:
                found = os.fstat(handle)
                parts += [name, found.st_size, found.st_mtime_ns, found.st_ino]
                parts.append(os.pread(handle, size, 0))
            finally:
                os.close(handle)
    return tuple(parts)


def image_of(file: Path) -> Image:
    """Give every row of every table, keyed by rowid or primary key.

    Raises:
        OutsideError: if the database is locked or broken.
    """
    try:
        with contextlib.closing(_connect(file)) as connection:
            return dict(_tables(connection))
    except sqlite3.Error as error:
        raise OutsideError(
            "SQLite", f"read {file.name}", type(error).__name__, str(error)
        ) from None


def copy_of(file: Path, target: Path) -> None:
    """Copy a database as it is after its last commit, whatever its journal mode.

    Raises:
        OutsideError: if the database is locked or broken.
    """
    try:
        with (
            contextlib.closing(_connect(file)) as source,
            contextlib.closing(sqlite3.connect(target)) as copy,
        ):
            source.backup(copy)
    except sqlite3.Error as error:
        raise OutsideError(
            "SQLite", f"copy {file.name}", type(error).__name__, str(error)
        ) from None


def changes_between(name: str, before: Image, after: Image) -> Iterator[Effect]:
    """Yield each row that was inserted, changed or deleted, tables in order of name."""
    for table in sorted({*before, *after}):
        old_names, old = before.get(table, ((), {}))
        names, new = after.get(table, ((), {}))
        if old is new or old == new:
            continue
        where = f"{name}:{table}"
        for key in new:
            if key not in old:
                yield Effect("insert", where, _shown(names, new[key]))
            elif new[key] != old[key] or names != old_names:
                yield Effect("update", where, _changed(key, (old_names, old), (names, new)))
        for key in old:
            if key not in new:
                yield Effect("delete", where, _shown(old_names, old[key]))


# Private


def _connect(file: Path) -> sqlite3.Connection:
    # Read-only: not even a write-ahead log is moved into the file when this is closed.
    connection = sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, timeout=2.0)
    connection.text_factory = lambda data: data.decode("utf-8", "surrogateescape")
    return connection


def _tables(connection: sqlite3.Connection) -> Iterator[tuple[str, Table]]:
    connection.execute("BEGIN")  # one moment for all tables
    objects = connection.execute(
        "SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    ).fetchall()
    yield (
        SCHEMA,
        (
            ("type", "name", "sql"),
            {(kind, name): (kind, name, sql) for kind, name, sql in objects},
        ),
    )
    for kind, name, sql in objects:
        if kind == "table" and not str(sql).upper().startswith("CREATE VIRTUAL"):
            yield name, _table(connection, name)


def _table(connection: sqlite3.Connection, name: str) -> Table:
    quoted = '"' + name.replace('"', '""') + '"'
    try:
        cursor = connection.execute(f"SELECT _rowid_, * FROM {quoted} ORDER BY _rowid_")  # noqa: S608  # quoted
    except sqlite3.OperationalError:
        keys = [row[1] for row in connection.execute(f"PRAGMA table_info({quoted})") if row[5]]
        cursor = connection.execute(f"SELECT * FROM {quoted}")  # noqa: S608  # quoted
        names = tuple(column[0] for column in cursor.description)
        places = [names.index(key) for key in keys]
        return names, {tuple(row[p] for p in places): row for row in cursor}
    names = tuple(column[0] for column in cursor.description)[1:]
    return names, {row[0]: row[1:] for row in cursor}


def _shown(names: tuple[str, ...], row: Row) -> dict[str, object]:
    return {name: _plain(value) for name, value in zip(names, row, strict=True)}


def _changed(key: object, before: Table, after: Table) -> dict[str, object]:
    old = _shown(before[0], before[1][key])
    new = _shown(after[0], after[1][key])
    touched = [n for n in {**old, **new} if n not in old or n not in new or old[n] != new[n]]
    return {
        "key": list(key) if isinstance(key, tuple) else key,
        "before": {name: old.get(name) for name in touched},
        "after": {name: new.get(name) for name in touched},
    }


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return {"bytes": len(value), "sha256": hashlib.sha256(value).hexdigest()}
    return value
