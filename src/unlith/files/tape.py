"""Tapes: JSON Lines, one exchange a line; read in a stream, written for their owner only.

A tape is outside text: its lines are bounded, deep JSON is refused, and a target is a path and a
query, never another host. The form is docs/reference/tape.md; ``docs/reference/tape.schema.json``
is made from the models here.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, BinaryIO, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from unlith.domain.exchange import HttpRequest
from unlith.domain.tape import TapedAnswer, TapedExchange
from unlith.errors import ConfigError, OutsideError, Problem, UsageError
from unlith.files.settings import problems_of
from unlith_record.lines import body_of, kept_of, wired
from unlith_record.redact import Redactor

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


def line_of(exchange: TapedExchange) -> str:
    """Give an exchange as a line of a tape, its line feed included."""
    request, answer = exchange.request, exchange.answer
    line: dict[str, object] = {
        "tape": 1,
        "session": exchange.session,
        "name": exchange.name,
        "source": exchange.source,
        "app": exchange.app,
        "at": exchange.at,
        "notes": exchange.notes,
        "request": {
            "method": request.method,
            "target": wired(request.target),
            "headers": kept_of(request.headers),
            **body_of(request.body),
        },
        "answer": {
            "status": answer.status,
            "type": answer.type,
            "bytes": answer.size_bytes,
            "cookies": answer.cookies,
            "error": answer.error,
        },
    }
    return json.dumps({key: value for key, value in line.items() if value}) + "\n"


def redacted(exchange: TapedExchange, redactor: Redactor) -> TapedExchange:
    """Give an exchange without what is private in its request."""
    request = exchange.request
    hidden = HttpRequest(
        request.method,
        redactor.target(request.target),
        tuple((name, redactor.header(name, value)) for name, value in request.headers),
        redactor.body(request.body, request.header("content-type")),
    )
    return replace(exchange, request=hidden)


def exchanges(path: Path) -> Iterator[TapedExchange]:
    """Yield a tape's exchanges in their order, one in memory at a time.

    Raises:
        ConfigError: at its end, with the first mistakes: file, key, line.
        UsageError: if it cannot be read.
    """
    for _, exchange in placed(path):
        yield exchange


def placed(path: Path) -> Iterator[tuple[int, TapedExchange]]:
    """Yield a tape's exchanges with the places of their lines; raises as :func:`exchanges`."""
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


def exchange_at(line: bytes) -> TapedExchange:
    """Give the exchange of a line that was read before."""
    return _Line.model_validate_json(line).to_domain()


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
