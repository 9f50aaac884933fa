"""Parity case files, ``tests/parity/<function>.toml``: reads them with every mistake at once."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import quote_plus

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
    ValidationError,
    model_validator,
)

from unlith.domain.cases import CaseFile, Cookies, Encoding, RequestCase, SessionCase
from unlith.domain.routing import NAME
from unlith.errors import ConfigError, Problem
from unlith.files.settings import problems_of

Token = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")]
HeaderValue = Annotated[str, StringConstraints(pattern=r"^[^\r\n\x00]*$")]
FormValue = str | list[str]


def _pairs(value: object) -> object:
    # Headers are a table, or a list of pairs where one name comes twice.
    return list(value.items()) if isinstance(value, dict) else value


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid")
    method: Token = "GET"
    target: Annotated[str, StringConstraints(pattern=r"^/[^\s#]*$")]
    headers: Annotated[list[tuple[Token, HeaderValue]], BeforeValidator(_pairs)] = []
    json_: JsonValue = Field(default=None, alias="json")
    form: dict[str, FormValue] | None = None
    body: str | None = None
    body_base64: str | None = None
    save: dict[
        Annotated[str, StringConstraints(pattern=r"^[A-Za-z_]\w*$")],
        Annotated[str, StringConstraints(pattern=r"^(json:(/.*)?|(header|cookie|form):.+)$")],
    ] = {}
    cookies: Cookies = Cookies.KEEP

    @model_validator(mode="after")
    def _one_body(self) -> Self:
        given = self.model_fields_set & {"json_", "form", "body", "body_base64"}
        if len(given) > 1:
            names = ", ".join(sorted(name.rstrip("_") for name in given))
            raise ValueError(f"only one of {names}")
        if self.body_base64 is not None:
            try:
                base64.b64decode(self.body_base64, validate=True)
            except binascii.Error as error:
                raise ValueError(f"body_base64: {error}") from None
        return self

    def to_domain(self) -> RequestCase:
        """Give the request as a domain value."""
        headers = list(self.headers)
        body, encoding, kind = self._body()
        if kind and "content-type" not in {name.lower() for name, _ in headers}:
            headers.append(("Content-Type", kind))
        return RequestCase(
            method=self.method.upper(),
            target=_encoded(self.target),
            headers=tuple(headers),
            body=body,
            encoding=encoding,
            save=tuple(self.save.items()),
            cookies=self.cookies,
        )

    def _body(self) -> tuple[bytes, Encoding, str]:
        if "json_" in self.model_fields_set:
            return json.dumps(self.json_).encode(), Encoding.JSON, "application/json"
        if self.form is not None:
            pairs = [
                (key, value)
                for key, values in self.form.items()
                for value in ([values] if isinstance(values, str) else values)
            ]
            # The braces of {{name}} stay until the value is known.
            text = "&".join(f"{_quoted(key)}={_quoted(value)}" for key, value in pairs)
            return text.encode(), Encoding.FORM, "application/x-www-form-urlencoded"
        if self.body_base64 is not None:
            return base64.b64decode(self.body_base64), Encoding.RAW, ""
        return (self.body or "").encode(), Encoding.RAW, ""


class _Session(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str = Field(min_length=1)
    request: list[_Request] = Field(min_length=1)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")
    session: list[_Session] = Field(min_length=1)


def cases_from_toml(text: str, file: str) -> CaseFile:
    """Read one case file; its function is the file's stem.

    Raises:
        ConfigError: with every mistake at once: file, key, line.
    """
    problems: list[Problem] = []
    name = Path(file).stem
    if not NAME.match(name):
        problems.append(Problem(file, "", f"not the name of a function: {name!r}"))
    try:
        model = _File.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([*problems, Problem(file, "", f"not valid TOML: {error}")]) from None
    except ValidationError as error:
        problems += problems_of(error, file, text)
        raise ConfigError(problems, hint="docs/reference/parity.md describes the file") from None
    if problems:
        raise ConfigError(problems)
    sessions = tuple(
        SessionCase(session.name, tuple(request.to_domain() for request in session.request))
        for session in model.session
    )
    return CaseFile(name, file, sessions, hashlib.sha256(text.encode()).hexdigest())


def session_from(requests: Iterable[Mapping[str, object]], name: str) -> SessionCase:
    """Give a session from requests as tables, with the keys they have in a case file.

    Raises:
        ConfigError: with every mistake at once.
    """
    try:
        model = _Session.model_validate({"name": name, "request": list(requests)})
    except ValidationError as error:
        raise ConfigError(problems_of(error, f"session {name!r}", "")) from None
    return SessionCase(model.name, tuple(request.to_domain() for request in model.request))


def read_cases(files: Iterable[Path], root: Path) -> tuple[CaseFile, ...]:
    """Read case files, named relative to *root*.

    Raises:
        ConfigError: with the mistakes of all files at once.
    """
    read: list[CaseFile] = []
    problems: list[Problem] = []
    for file in files:
        name = str(file.relative_to(root)) if file.is_relative_to(root) else str(file)
        try:
            read.append(cases_from_toml(file.read_text("utf-8"), name))
        except ConfigError as error:
            problems += error.problems
        except (OSError, UnicodeDecodeError) as error:
            problems.append(Problem(name, "", f"cannot be read: {error}"))
    if problems:
        raise ConfigError(problems, hint="docs/reference/parity.md describes the file")
    return tuple(read)


# Private


def _quoted(text: str) -> str:
    return quote_plus(text, safe="{}")


def _encoded(target: str) -> str:
    # People write what they see in an address bar; the wire has ASCII only.
    return "".join(c if c.isascii() else quote_plus(c) for c in target)
