"""The sessions of tapes, made anew from the file whenever one is asked for."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import overload

from unlith.domain.cases import SessionCase
from unlith.domain.tape import TapedExchange, session_case
from unlith.files.tape import LINE_LIMIT, exchange_at, placed


class TapeSessions(Sequence[SessionCase]):
    """The sessions of a tape, made anew from the file whenever one is asked for.

    In memory are eight bytes an exchange and one entry a session. *wanted* says of an exchange
    whether its session is to be kept; without it all are.
    """

    def __init__(self, path: Path, wanted: Callable[[TapedExchange], bool] | None = None) -> None:
        """Read the tape once. Raises as :func:`exchanges` does."""
        self._path = path
        places: dict[str, array[int]] = {}
        kept: dict[str, None] = {}
        self.exchanges = 0
        for offset, exchange in placed(path):
            places.setdefault(exchange.session, array("Q")).append(offset)
            if exchange.session not in kept and (wanted is None or wanted(exchange)):
                kept[exchange.session] = None
        self._places = [found for session, found in places.items() if session in kept]
        self.exchanges = sum(map(len, self._places))

    @property
    def digest(self) -> str:
        """Give the file's SHA-256."""
        with self._path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def __len__(self) -> int:
        """Count the sessions."""
        return len(self._places)

    @overload
    def __getitem__(self, index: int) -> SessionCase: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[SessionCase]: ...
    def __getitem__(self, index: int | slice) -> SessionCase | Sequence[SessionCase]:
        """Read one session, or some."""
        if isinstance(index, slice):
            return [self[one] for one in range(*index.indices(len(self)))]
        with self._path.open("rb") as file:
            found = []
            for offset in self._places[index]:
                file.seek(offset)
                found.append(exchange_at(file.readline(LINE_LIMIT)))
        return session_case(found)


class Together(Sequence[SessionCase]):
    """Sessions of several places, one after the other."""

    def __init__(self, parts: Iterable[Sequence[SessionCase]]) -> None:
        self._parts = tuple(parts)

    def __len__(self) -> int:
        """Count the sessions."""
        return sum(map(len, self._parts))

    @overload
    def __getitem__(self, index: int) -> SessionCase: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[SessionCase]: ...
    def __getitem__(self, index: int | slice) -> SessionCase | Sequence[SessionCase]:
        """Give one session, or some."""
        if isinstance(index, slice):
            return [self[one] for one in range(*index.indices(len(self)))]
        at = index + len(self) if index < 0 else index
        for part in self._parts:
            if 0 <= at < len(part):
                return part[at]
            at -= len(part)
        raise IndexError(index)
