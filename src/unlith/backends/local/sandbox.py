"""The ``StateStore`` port: SQLite databases and other files below some paths of one folder.

Snapshots are copies; putting back replaces files, never writes into them. Nothing outside the
folder is ever touched: the user's own files are only read, once, to make the first copy.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from unlith.backends.local import sqlite_image as sqlite
from unlith.domain.exchange import Effect
from unlith.errors import UsageError

TICK_S = 0.05
"""Files younger than this may change again without a new time stamp: they are read again."""

FileMark = tuple[int, int, int, float, str]


@dataclass(slots=True)
class _Known:
    """The state as last seen: databases by signature and rows, files by mark and digest."""

    signatures: dict[str, sqlite.Signature] = field(default_factory=dict)
    images: dict[str, sqlite.Image] = field(default_factory=dict)
    files: dict[str, FileMark] = field(default_factory=dict)

    def copy(self) -> _Known:
        return _Known(dict(self.signatures), dict(self.images), dict(self.files))


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A copy of the state below *folder*, with what is in it."""

    folder: Path
    images: dict[str, sqlite.Image]
    names: tuple[str, ...]


class FileState:
    """The state below *root* at *paths* (files or folders, relative; ``.`` is all of it)."""

    def __init__(self, root: Path, paths: Iterable[str]) -> None:
        self._root, self._paths = root, tuple(dict.fromkeys(map(checked, paths)))
        self._known = _Known()
        self._restored: tuple[Snapshot, _Known] | None = None

    def snapshot(self) -> Snapshot:
        """Copy the state beside the root."""
        folder = Path(tempfile.mkdtemp(prefix="snapshot-", dir=self._root.parent))
        images: dict[str, sqlite.Image] = {}
        names = tuple(self.names())
        for name in names:
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            copy_file(self._root / name, target)
            if sqlite.is_sqlite(target):
                images[name] = sqlite.image_of(target)
        return Snapshot(folder, images, names)

    def restore(self, snapshot: object) -> None:
        """Put back what differs from a snapshot."""
        assert isinstance(snapshot, Snapshot)
        kept = self._restored[1] if self._restored and self._restored[0] is snapshot else _Known()
        for name in set(self.names()) - set(snapshot.names):
            _remove(self._root / name)
        known = _Known(images=dict(snapshot.images))
        for name in snapshot.names:
            target = self._root / name
            if name in snapshot.images:
                if kept.signatures.get(name) != sqlite.signature(target):
                    _replace(snapshot.folder / name, target)
                known.signatures[name] = sqlite.signature(target)
            else:
                mark = kept.files.get(name)
                if mark is None or _mark(target, mark) != mark:
                    _replace(snapshot.folder / name, target)
                known.files[name] = _mark(target, None)
        self._known = known
        self._restored = snapshot, known.copy()

    def changes(self) -> tuple[Effect, ...]:
        """Give what was written since the last restore or the last call.

        Raises:
            OutsideError: if a database is locked or broken.
        """
        names = tuple(self.names())
        found: list[Effect] = []
        for name in names:
            file = self._root / name
            if name in self._known.signatures or sqlite.is_sqlite(file):
                found += self._database(name, file)
            else:
                found += self._file(name, file)
        for name in sorted({*self._known.files, *self._known.signatures} - set(names)):
            self._known.files.pop(name, None)
            self._known.images.pop(name, None)
            self._known.signatures.pop(name, None)
            found.append(_file_effect("file-deleted", name, {}))
        return tuple(found)

    def names(self) -> Iterator[str]:
        """Yield the name of every file of the state, relative to the root."""
        for path in self._paths:
            top = self._root / path
            if top.is_file():
                yield path
                continue
            for folder, folders, files in os.walk(top):
                folders.sort()
                for file in sorted(files):
                    full = Path(folder, file)
                    if full.is_file() and not _is_side_file(full):
                        yield full.relative_to(self._root).as_posix()

    # Private

    def _database(self, name: str, file: Path) -> list[Effect]:
        seen = sqlite.signature(file)
        if self._known.signatures.get(name) == seen:
            return []
        self._known.files.pop(name, None)
        image = sqlite.image_of(file)
        changes = list(sqlite.changes_between(name, self._known.images.get(name, {}), image))
        self._known.images[name] = image
        # Reading may have moved the write-ahead log into the file: look again.
        self._known.signatures[name] = sqlite.signature(file)
        return changes

    def _file(self, name: str, file: Path) -> list[Effect]:
        before = self._known.files.get(name)
        after = _mark(file, before)
        self._known.files[name] = after
        if before is not None and before[4] == after[4]:
            return []
        return [_file_effect("file", name, {"bytes": after[1], "sha256": after[4]})]


def checked(path: str) -> str:
    """Give a state path in its plain form.

    Raises:
        UsageError: if it leads out of the folder it is relative to.
    """
    plain = os.path.normpath(path)
    if os.path.isabs(plain) or plain.split(os.sep)[0] == "..":
        raise UsageError(f"not a path below the workspace: {path!r}")
    return plain


def copy_file(source: Path, target: Path) -> None:
    """Copy a file; a database with all that was committed to it."""
    if sqlite.is_sqlite(source):
        sqlite.copy_of(source, target)
    else:
        shutil.copy2(source, target)


# Private


def _is_side_file(file: Path) -> bool:
    for ending in sqlite.SIDE_FILES:
        if file.name.endswith(ending):
            return sqlite.is_sqlite(file.with_name(file.name.removesuffix(ending)))
    return False


def _replace(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(f".{target.name}.restoring")
    shutil.copyfile(source, fresh)
    _remove(target)
    os.replace(fresh, target)


def _remove(file: Path) -> None:
    for ending in ("", *sqlite.SIDE_FILES):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(f"{file}{ending}")


def _mark(file: Path, before: FileMark | None) -> FileMark:
    found = os.stat(file)
    now = time.time()
    mark = (found.st_mtime_ns, found.st_size, found.st_ino)
    # Trust time stamps only where the file was already old when it was read.
    if before is not None and before[:3] == mark and before[3] - mark[0] / 1e9 > TICK_S:
        return before
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return (*mark, now, digest)


def _file_effect(kind: str, name: str, data: dict[str, object]) -> Effect:
    folder, _, file = name.rpartition("/")
    return Effect(kind, f"{folder}/", {"name": file, **data})
