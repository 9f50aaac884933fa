"""The routing table and its journal on disk: one atomic write a change, compare-and-set.

A change writes a temporary file beside the table, flushes it to disk and renames it over the
table (POSIX rename is atomic), under a lock that other writers of unlith respect. Editors do not
know the lock; for them the digest is compared once more right before the rename.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from unlith.domain.routing import RoutingTable
from unlith.errors import Conflict, OutsideError
from unlith.files.routes_toml import table_from_toml, table_to_toml
from unlith.ports import JournalEntry, StoredTable


class FileTableStore:
    """Keeps the table in ``routes.toml`` and the journal beside it in ``journal.jsonl``."""

    def __init__(self, table: Path) -> None:
        self._table = table
        self._journal = table.with_name("journal.jsonl")

    def read(self) -> StoredTable:
        """Give the table with the digest of its text; an absent file is an empty table.

        Raises:
            ConfigError: if the file is malformed.
        """
        text = self._text()
        table = table_from_toml(text, str(self._table.name)) if text else RoutingTable()
        return StoredTable(table, _digest(text))

    def write(self, table: RoutingTable, *, expected: str, entry: JournalEntry) -> StoredTable:
        """Replace the table whose digest was *expected*, then append to the journal.

        Raises:
            Conflict: if the file is not the one that was read; nothing was written.
        """
        self._table.parent.mkdir(parents=True, exist_ok=True)
        with self._lock():
            before = self._text()
            if _digest(before) != expected:
                raise Conflict(
                    f"{self._table} changed while this command ran; nothing was written",
                    hint="look at the change, then run the command again",
                )
            text = table_to_toml(table, before)
            # What was written must be readable: refuse to leave a table nobody can read.
            written = table_from_toml(text, self._table.name)
            _replace(self._table, text)
            self._append(entry, _digest(text))
        return StoredTable(written, _digest(text))

    def journal(self) -> tuple[JournalEntry, ...]:
        """Give all entries, oldest first; lines that are no entries are passed over."""
        entries = []
        with contextlib.suppress(FileNotFoundError):
            for line in self._journal.read_text("utf-8").splitlines():
                with contextlib.suppress(ValueError, TypeError):
                    data = json.loads(line)
                    data.pop("digest", None)
                    entries.append(JournalEntry(**data))
        return tuple(entries)

    # Private

    def _text(self) -> str:
        try:
            return self._table.read_text("utf-8")
        except FileNotFoundError:
            return ""
        except OSError as error:
            raise OutsideError("file", "read", type(error).__name__, str(error)) from error

    def _append(self, entry: JournalEntry, digest: str) -> None:
        line = json.dumps({**entry.as_dict(), "digest": digest}, ensure_ascii=False) + "\n"
        with self._journal.open("a", encoding="utf-8") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())

    @contextlib.contextmanager
    def _lock(self) -> Iterator[None]:
        # The folder itself is locked, so that no lock file is left beside the user's files.
        handle = os.open(self._table.parent, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def _replace(file: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as temporary:
            temporary.write(text)
            temporary.flush()
            os.fsync(temporary.fileno())
        os.chmod(name, file.stat().st_mode & 0o777 if file.exists() else 0o644)
        os.replace(name, file)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)
        raise
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
