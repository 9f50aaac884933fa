"""Parity cases: sessions of requests, filled with what earlier answers gave; pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from urllib.parse import quote, quote_plus

from unlith.domain.cookies import CookieJar, parse_set_cookie
from unlith.domain.exchange import Headers, HttpAnswer, HttpRequest

_HOLE = re.compile(r"\{\{\s*([A-Za-z_]\w*)\s*\}\}")
_INPUT = re.compile(r"<input\b[^>]*>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([\w-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))""")


class Encoding(StrEnum):
    """How a body is written, which decides how a saved value is put into it."""

    RAW = "raw"
    JSON = "json"
    FORM = "form"


class Cookies(StrEnum):
    """Which cookies of the session a request sends; ``merge`` adds its own, where not set yet."""

    KEEP = "keep"
    DROP = "drop"
    TAMPER = "tamper"
    MERGE = "merge"


class MissingValue(Exception):
    """A request needs a value that no earlier answer gave."""


@dataclass(frozen=True, slots=True)
class RequestCase:
    """One request to make; ``save`` maps names to sources like ``json:/id``.

    Target, header values and body may hold ``{{name}}``. For a JSON body *body* is JSON text, for
    a form it is not yet percent-encoded where it holds ``{{name}}``. An exact request is sent as
    it was recorded: in it ``{{name}}`` means nothing. *recorded* is the status of the answer then,
    0 where it is not known.
    """

    method: str
    target: str
    headers: Headers = ()
    body: bytes = b""
    encoding: Encoding = Encoding.RAW
    save: tuple[tuple[str, str], ...] = ()
    cookies: Cookies = Cookies.KEEP
    is_exact: bool = False
    recorded: int = field(default=0, compare=False)

    def filled(self, saved: Mapping[str, object], jar: CookieJar) -> HttpRequest:
        """Give the request with saved values and the jar's cookies put in.

        Raises:
            MissingValue: if a value was never saved.
        """
        target, headers, body = self.target, list(self.headers), self.body
        if not self.is_exact:
            target = _fill(target, saved, lambda v: quote(_text(v), safe=""))
            headers = [(n, _fill(v, saved, _text)) for n, v in headers]
            body = self._filled_body(saved)
        names = {name.lower() for name, _ in headers}
        if "host" not in names:
            headers.insert(0, ("Host", "localhost"))
        cookie = jar.header(target.partition("?")[0])
        if self.cookies is Cookies.MERGE:
            headers = _merged(headers, cookie)
        elif cookie and "cookie" not in names:
            headers.append(("Cookie", cookie))
        if (body or self.method in ("POST", "PUT", "PATCH")) and "content-length" not in names:
            headers.append(("Content-Length", str(len(body))))
        return HttpRequest(self.method, target, tuple(headers), body)

    def known(self, values: Mapping[str, object]) -> RequestCase:
        """Give the request with some values written into it; all its holes must be known.

        Raises:
            MissingValue: if one is not.
        """
        return replace(
            self,
            target=_fill(self.target, values, _in_address),
            headers=tuple((n, _fill(v, values, _text)) for n, v in self.headers),
            body=self._filled_body(values),
        )

    def saving(self, save: tuple[tuple[str, str], ...]) -> RequestCase:
        """Give the request with other values to save."""
        return replace(self, save=save)

    # Private

    def _filled_body(self, saved: Mapping[str, object]) -> bytes:
        if b"{{" not in self.body:
            return self.body
        try:
            text = self.body.decode("utf-8")
        except UnicodeDecodeError:
            return self.body
        if self.encoding is Encoding.JSON:
            # "{{id}}" alone keeps the value's type, within a text it is text.
            text = re.sub(rf'"{_HOLE.pattern}"', lambda m: json.dumps(_value(m[1], saved)), text)
            return _fill(text, saved, lambda v: json.dumps(_text(v))[1:-1]).encode()
        if self.encoding is Encoding.FORM:
            return _fill(text, saved, lambda v: quote_plus(_text(v))).encode()
        return _fill(text, saved, _text).encode()


@dataclass(frozen=True, slots=True)
class SessionCase:
    """Requests that belong together; ``probe`` names how it was derived, empty if written."""

    name: str
    requests: tuple[RequestCase, ...]
    probe: str = ""


@dataclass(frozen=True, slots=True)
class CaseFile:
    """The sessions written for one function, with the digest of the file."""

    function: str
    file: str
    sessions: Sequence[SessionCase]
    digest: str = ""


def take_out(source: str, answer: HttpAnswer) -> object:
    """Give the value a source names: ``json:/a/0``, ``header:X``, ``cookie:X``, ``form:field``.

    Raises:
        MissingValue: if the answer has none.
    """
    kind, _, name = source.partition(":")
    if kind == "json":
        return _pointed(name, answer)
    if kind == "header" and answer.header(name):
        return answer.header(name)
    if kind == "cookie":
        for header in answer.all("set-cookie"):
            cookie = parse_set_cookie(header)
            if cookie.name == name:
                return cookie.value
    if kind == "form":
        for tag in _INPUT.findall(answer.body.decode("utf-8", "replace")):
            found = {a.lower(): b or c or d for a, b, c, d in _ATTRIBUTE.findall(tag)}
            if found.get("name") == name:
                return found.get("value", "")
    raise MissingValue(f"no {source} in the answer")


# Private


def _merged(headers: list[tuple[str, str]], cookie: str) -> list[tuple[str, str]]:
    """Give headers with one Cookie header: the jar's cookies, then own ones of other names."""
    names = {pair.partition("=")[0].strip() for pair in cookie.split(";")}
    own = [
        pair.strip()
        for name, value in headers
        if name.lower() == "cookie"
        for pair in value.split(";")
        if pair.partition("=")[0].strip() not in names
    ]
    pairs = "; ".join(filter(None, [cookie, *own]))
    rest = [pair for pair in headers if pair[0].lower() != "cookie"]
    return [*rest, ("Cookie", pairs)] if pairs else rest


def _fill(text: str, saved: Mapping[str, object], write: object) -> str:
    assert callable(write)
    return _HOLE.sub(lambda m: str(write(_value(m[1], saved))), text)


def _value(name: str, saved: Mapping[str, object]) -> object:
    if name not in saved:
        raise MissingValue(f"{{{{{name}}}}} was never saved")
    return saved[name]


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _in_address(value: object) -> str:
    text = _text(value)
    return text if _HOLE.fullmatch(text) else quote(text, safe="")


def _pointed(pointer: str, answer: HttpAnswer) -> object:
    try:
        value: object = json.loads(answer.body)
        for part in pointer.split("/")[1:]:
            key = part.replace("~1", "/").replace("~0", "~")
            if isinstance(value, list):
                value = value[int(key)]
            elif isinstance(value, dict):
                value = value[key]
            else:
                raise KeyError(key)
    except (ValueError, KeyError, IndexError) as error:
        raise MissingValue(f"no json:{pointer} in the answer") from error
    return value
