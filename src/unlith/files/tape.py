"""Tapes: JSON Lines, one exchange a line; read in a stream, written for their owner only.

A tape is outside text: its lines are bounded, deep JSON is refused, and a target is a path and a
query, never another host. The form is docs/reference/tape.md; ``docs/reference/tape.schema.json``
is made from the models here.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, BinaryIO, Literal, Self, overload

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from unlith.domain.cases import SessionCase
from unlith.domain.exchange import HttpRequest
from unlith.domain.tape import TapedAnswer, TapedExchange, session_case
from unlith.errors import ConfigError, OutsideError, Problem, UsageError
from unlith.files.settings import problems_of

LINE_LIMIT = 16 * 1024 * 1024
"""The longest line that is read, in bytes."""

PROBLEMS = 10
"""After so many mistakes reading ends."""

HINT = "docs/reference/tape.md describes the file"

Token = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")]
Value = Annotated[str, StringConstraints(pattern=r"^[^\r\n\x00]*$")]
Name = Annotated[str, StringConstraints(max_length=2000)]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid")
    method: Token
    target: Annotated[str, StringConstraints(pattern=r"^/[!-~]*$")] = Field(
        description="Path and query as on the wire; never a host."
    )
    headers: list[tuple[Token, Value]] = []
    body: str | None = Field(default=None, description="A body that is UTF-8 text.")
    body_base64: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+/]*={0,2}$")] | None = None

    @model_validator(mode="after")
    def _one_body(self) -> Self:
        if self.body is not None and self.body_base64 is not None:
            raise ValueError("only one of body, body_base64")
        return self

    def to_domain(self) -> HttpRequest:
        if self.body_base64 is not None:
            body = base64.b64decode(self.body_base64)
        else:
            body = (self.body or "").encode("utf-8", "surrogatepass")
        return HttpRequest(self.method.upper(), self.target, tuple(self.headers), body)


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")
    status: int = Field(default=0, ge=0, le=999, description="0: not known.")
    type: str = ""
    bytes: int = Field(default=0, ge=0)
    cookies: list[str] = Field(default=[], description="Names of cookies that were set.")
    error: str = ""


class _Line(BaseModel):
    """One exchange; lines with the same ``session`` are one client's, in their order."""

    model_config = ConfigDict(extra="forbid")
    tape: Literal[1] = Field(description="The version of this form.")
    session: Annotated[str, StringConstraints(min_length=1, max_length=500)]
    name: Name = ""
    source: Name = ""
    app: Name = ""
    at: float = Field(default=0.0, description="Seconds since 1970, UTC.")
    notes: list[Name] = []
    request: _Request
    answer: _Answer = _Answer()

    def to_domain(self) -> TapedExchange:
        answer = self.answer
        return TapedExchange(
            session=self.session,
            request=self.request.to_domain(),
            answer=TapedAnswer(
                answer.status, answer.type, answer.bytes, tuple(answer.cookies), answer.error
            ),
            name=self.name,
            source=self.source,
            app=self.app,
            at=self.at,
            notes=tuple(self.notes),
        )


def schema() -> dict[str, object]:
    """Give the JSON Schema of a line."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **_Line.model_json_schema(),
        "title": "One line of a tape of unlith",
    }


def exchanges(path: Path) -> Iterator[TapedExchange]:
    """Yield a tape's exchanges in their order, one in memory at a time.

    Raises:
        ConfigError: at its end, with the first mistakes: file, key, line.
        UsageError: if it cannot be read.
    """
    for _, exchange in _read(path):
        yield exchange


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
        for offset, exchange in _read(path):
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
                line = _Line.model_validate_json(file.readline(LINE_LIMIT))
                found.append(line.to_domain())
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


class TapeWriter:
    """Writes a tape, for its owner only (mode 0600); a context manager.

    A file that is there is replaced when it is a tape or empty, and not otherwise.
    """

    def __init__(self, path: Path) -> None:
        """Raises: UsageError: if the file is no tape, or cannot be written."""
        self._path = path
        self.written = 0
        if path.exists() and not is_tape(path):
            raise UsageError(
                f"{path} is there already and is no tape", hint="name another file, or move it"
            )
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0)
            self._file: BinaryIO = os.fdopen(os.open(path, flags, 0o600), "wb")
            path.chmod(0o600)
        except OSError as error:
            raise UsageError(f"{path} cannot be written: {error.strerror}") from None

    def __enter__(self) -> TapeWriter:
        """Give itself."""
        return self

    def __exit__(self, *ending: object) -> None:
        """Close the file."""
        self.close()

    def add(self, line: str) -> None:
        """Write one line, its line feed included.

        Raises:
            OutsideError: if the disk says no.
        """
        try:
            self._file.write(line.encode())
            self._file.flush()  # a fork must not write it once more
        except OSError as error:
            raise OutsideError("file", "write", type(error).__name__, str(error)) from None
        self.written += 1

    def close(self) -> None:
        """Write what is left and close."""
        self._file.close()


def is_tape(path: Path) -> bool:
    """Say whether a file is empty or begins as a tape does."""
    try:
        with path.open("rb") as file:
            line = file.readline(LINE_LIMIT)
        found = json.loads(line) if line else {"tape": 1}
        return isinstance(found, dict) and "tape" in found
    except (OSError, ValueError, RecursionError):
        return False


# Private


def _read(path: Path) -> Iterator[tuple[int, TapedExchange]]:
    problems: list[Problem] = []
    try:
        file = path.open("rb")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    with file:
        number = offset = 0
        while line := file.readline(LINE_LIMIT + 1):
            number += 1
            if len(line) > LINE_LIMIT:
                message = f"longer than {LINE_LIMIT:,} bytes"
                raise ConfigError([*problems, Problem(path.name, "", message, number)], hint=HINT)
            if line.strip():
                try:
                    yield offset, _Line.model_validate_json(line).to_domain()
                except ValidationError as error:
                    if not line.endswith(b"\n"):
                        break  # whoever wrote it was ended in the middle of a line
                    found = problems_of(error, path.name, "")
                    problems += [Problem(p.file, p.key, p.message, number) for p in found]
                except (ValueError, RecursionError) as error:
                    problems.append(Problem(path.name, "", str(error), number))
            if len(problems) >= PROBLEMS:
                break
            offset += len(line)
    if problems:
        raise ConfigError(problems[:PROBLEMS], hint=HINT)
