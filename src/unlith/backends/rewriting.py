"""Writes a function again without losing what was edited by hand in its folder.

``function.toml`` keeps a digest of each file as it was generated. What was generated itself is
kept below ``.unlith/``, by digest, as the base of three-way merges, which git makes
(https://git-scm.com/docs/git-merge-file, read 2026-11-26). What cannot be merged is refused.
"""

from __future__ import annotations

import ast
import os
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from unlith.domain.function import FunctionInfo
from unlith.errors import ConfigError, EditedByHand
from unlith.files.function_toml import (
    FILE,
    digest_of,
    function_from_toml,
    is_as_written,
    own_digest,
    plain_toml,
)

_MERGE_S = 30
_HINT = (
    "move your edits aside (git stash, or a copy), restore or remove these files, "
    "run it again and put the edits back"
)


class Bases:
    """What was generated, by digest; a cache that may be gone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, generated: Mapping[str, bytes]) -> None:
        """Keep some files; a disk that is full costs a later merge, no more."""
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            for name, data in generated.items():
                digest = own_digest(data.decode()) if name == FILE else digest_of(data)
                self._file(digest).write_bytes(data)

    def find(self, digest: str) -> bytes | None:
        """Give what had a digest when it was generated, or None."""
        return read(self._file(digest)) if digest else None

    def _file(self, digest: str) -> Path:
        return self._folder / digest.rpartition(":")[2].replace("/", "_")


class Rewriting:
    """One function's folder that is written again."""

    def __init__(self, folder: Path, old: FunctionInfo, bases: Bases) -> None:
        self._folder, self._old, self._bases = folder, old, bases
        self._recorded = dict(old.files)

    def fates(self, generated: Mapping[str, bytes]) -> dict[str, bytes | None]:
        """Give what each file is to hold now, by name; None where there is to be none.

        Raises:
            EditedByHand: with every file whose edits would be lost.
        """
        found: dict[str, bytes | None] = {}
        lost = []
        for name in sorted({*self._recorded, *generated}):
            try:
                is_own = name == FILE
                new = generated.get(name)
                found[name] = self._own(generated[FILE]) if is_own else self._fate(name, new)
            except _CannotMergeError as reason:
                lost.append(f"{self._folder.name}/{name}: {reason}")
        if lost:
            raise EditedByHand(self._old.name, lost, hint=_HINT)
        return found

    # Private

    def _fate(self, name: str, new: bytes | None) -> bytes | None:
        now, recorded = read(self._folder / name), self._recorded.get(name, "")
        if now == new:
            return now
        if now is None:
            if not recorded or digest_of(new or b"") == recorded:
                return None if recorded else new
            raise _CannotMergeError("removed by hand, and generated otherwise now")
        if digest_of(now) == recorded:
            return new
        if new is not None and digest_of(new) == recorded:
            return now
        if not recorded:
            raise _CannotMergeError("nothing tells whether it was edited, and it is generated now")
        if new is None:
            raise _CannotMergeError("edited by hand, and not generated any more")
        merged = _merged(now, self._bases.find(recorded), new)
        if name.endswith(".py"):
            _check_python(merged)
        return merged

    def _own(self, new: bytes) -> bytes:
        data = read(self._folder / FILE) or b""
        now = data.decode()
        if is_as_written(now):
            return new
        wanted = function_from_toml(new.decode(), FILE)
        recorded = own_digest(now)
        if not recorded:
            # Written before digests were kept: what it says must be what is said now.
            if now != plain_toml(replace(wanted, files=(), sources=self._old.sources)):
                raise _CannotMergeError("nothing tells whether it was edited, and it is new now")
            return new
        if own_digest(new.decode()) == recorded:
            return data
        merged = _merged(data, self._bases.find(recorded), new)
        try:
            info = function_from_toml(merged.decode(), FILE)
        except (ConfigError, UnicodeDecodeError):
            raise _CannotMergeError("edited by hand; with the new text it is no TOML") from None
        if (info.files, info.sources) != (wanted.files, wanted.sources):
            raise _CannotMergeError("edited by hand where digests are kept")
        return merged


def edited_files(folder: Path, info: FunctionInfo) -> tuple[str, ...]:
    """Name the files of a function that are not as they were generated; without digests none."""
    if not info.files:
        return ()
    edited = []
    for name, digest in info.files:
        data = read(folder / name)
        if data is None or digest_of(data) != digest:
            edited.append(name if data is not None else f"{name} (removed)")
    own = read(folder / FILE)
    if own is not None and not is_as_written(own.decode()):
        edited.append(FILE)
    return tuple(edited)


def read(file: Path) -> bytes | None:
    """Give a file's bytes, or None where there is none."""
    try:
        return file.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None


# Private


class _CannotMergeError(Exception):
    """Why an edit would be lost."""


def _merged(now: bytes, base: bytes | None, new: bytes) -> bytes:
    if base is None:
        raise _CannotMergeError("edited by hand, and what was generated is not in .unlith/")
    with tempfile.TemporaryDirectory(prefix="unlith-merge-") as made:
        files = []
        for name, data in (("now", now), ("base", base), ("new", new)):
            file = os.path.join(made, name)
            Path(file).write_bytes(data)
            files.append(file)
        command = ["git", "merge-file", "-p", "-q", *files]
        try:
            done = subprocess.run(
                command, capture_output=True, timeout=_MERGE_S, cwd=made, check=False
            )
        except (OSError, subprocess.TimeoutExpired):
            raise _CannotMergeError("edited by hand, and git, which merges, cannot run") from None
    if done.returncode:
        raise _CannotMergeError("edited by hand in lines that are generated otherwise now")
    return done.stdout


def _check_python(merged: bytes) -> None:
    try:
        ast.parse(merged)
    except (SyntaxError, ValueError):
        raise _CannotMergeError("edited by hand; with the new text it is no Python") from None
