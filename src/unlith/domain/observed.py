"""An observation as a tree of plain values that can be compared place by place; pure.

Bodies are read by their type: JSON as values, text as text, the rest as bytes. Headers that the
transport makes and headers that are sets are treated by named tolerances, and those are counted.
"""

from __future__ import annotations

import json
import zlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from unlith.domain.cookies import parse_set_cookie, session_payload
from unlith.domain.effects import SQL, order_of
from unlith.domain.exchange import Effect, HttpAnswer, Observation

TRANSPORT = frozenset({"date", "server", "connection", "keep-alive", "transfer-encoding"})
"""Headers the server or gateway makes: tolerance ``transport-header``."""

SETS = frozenset({"allow", "vary", "access-control-allow-methods", "access-control-allow-headers"})
"""Headers whose value is a set of names: tolerance ``set-valued-header`` when order differs."""

_UNPACKED_LIMIT = 64 << 20


@dataclass(frozen=True, slots=True)
class Text:
    """A text body; compared as a whole, with the first differing offset."""

    value: str


@dataclass(frozen=True, slots=True)
class Blob:
    """A binary body; compared by its bytes."""

    value: bytes


@dataclass(frozen=True, slots=True)
class Rows:
    """Writes to one place: a multiset in the order in which they were seen."""

    rows: tuple[object, ...]


Tree = dict[str, object]


@dataclass(frozen=True, slots=True)
class Observed:
    """A tree, the body's raw text where it was parsed, and the tolerances that were used.

    ``order`` names the effects in the order in which they happened.
    """

    tree: Tree
    raw: str | None = None
    tolerated: Mapping[str, int] | None = None
    order: tuple[object, ...] = ()


def observed(observation: Observation) -> Observed:
    """Give an observation as a tree."""
    tolerated: Counter[str] = Counter()
    tree: Tree = {}
    if observation.error:
        tree["error"] = observation.error
    raw = None
    if observation.answer is not None:
        answer = observation.answer
        tree["status"] = answer.status
        tree["headers"] = _headers(answer, tolerated)
        tree["cookies"] = _cookies(answer)
        tree["body"], raw = _body(answer)
    tree["effects"] = _effects(observation.effects)
    return Observed(tree, raw, tolerated, tuple(order_of(observation.effects)))


def tolerances_of(observation: Observation) -> Mapping[str, int]:
    """Count the tolerances that looking at an observation would use."""
    tolerated: Counter[str] = Counter()
    if observation.answer is not None:
        _headers(observation.answer, tolerated)
    return tolerated


# Private


def _headers(answer: HttpAnswer, tolerated: Counter[str]) -> Tree:
    headers: dict[str, object] = {}
    many: dict[str, list[str]] = {}
    for name, value in answer.headers:
        many.setdefault(name.lower(), []).append(value)
    for name in sorted(many):
        values = many[name]
        if name in TRANSPORT:
            tolerated["transport-header"] += 1
        elif name == "set-cookie":
            continue
        elif name == "content-length" and values == [str(len(answer.body))]:
            # Gateways write it anew from the body, whatever the handler said.
            tolerated["length-of-the-body"] += 1
        elif name in SETS:
            names = sorted({part.strip().lower() for v in values for part in v.split(",")})
            if values != [", ".join(names)]:
                tolerated["set-valued-header"] += 1
            headers[name] = names
        else:
            headers[name] = values if len(values) > 1 else values[0]
    return headers


def _cookies(answer: HttpAnswer) -> Tree:
    cookies: dict[str, object] = {}
    for header in answer.all("set-cookie"):
        cookie = parse_set_cookie(header)
        parts: Tree = {"value": cookie.value}
        payload = session_payload(cookie.value)
        if payload is not None:
            parts = {"session": payload[0], "signature": payload[1]}
        parts.update(sorted(cookie.attributes))
        name = cookie.name
        while name in cookies:  # the same name twice: both are sent, both count
            name += "+"
        cookies[name] = parts
    return cookies


def _body(answer: HttpAnswer) -> tuple[object, str | None]:
    kind, charset = _content_type(answer.header("content-type"))
    data = _unpacked(answer)
    is_json = kind == "application/json" or kind.endswith("+json")
    is_text = kind.startswith("text/") or kind.endswith(("xml", "javascript", "urlencoded"))
    if not (is_json or is_text or not kind):
        return Blob(data), None
    try:
        text = data.decode(charset)
    except (UnicodeDecodeError, LookupError):
        return Blob(data), None
    if is_json:
        try:
            return _loads(text), text
        except (ValueError, RecursionError):
            return Text(text), None
    return Text(text), None


def _content_type(value: str) -> tuple[str, str]:
    kind, _, parameters = value.partition(";")
    charset = "utf-8"
    for part in parameters.split(";"):
        name, _, content = part.partition("=")
        if name.strip().lower() == "charset":
            charset = content.strip().strip('"') or charset
    return kind.strip().lower(), charset


def _unpacked(answer: HttpAnswer) -> bytes:
    # gzip holds a time stamp of its own: what counts is what it unpacks to.
    if answer.header("content-encoding").lower() in ("gzip", "x-gzip", "deflate"):
        try:
            return zlib.decompressobj(wbits=47).decompress(answer.body, _UNPACKED_LIMIT)
        except zlib.error:
            return answer.body
    return answer.body


def _loads(text: str) -> object:
    def pairs(items: list[tuple[str, object]]) -> dict[str, object]:
        read = dict(items)
        if len(read) != len(items):
            raise ValueError("a key twice: only its text can be compared")
        return read

    value: object = json.loads(text, object_pairs_hook=pairs)
    return value


def _effects(effects: tuple[Effect, ...]) -> Tree:
    found: dict[str, dict[str, list[object]]] = {}
    for effect in effects:
        if effect.kind == SQL:
            continue
        found.setdefault(effect.where, {}).setdefault(effect.kind, []).append(effect.data)
    return {
        where: {kind: Rows(tuple(rows)) for kind, rows in sorted(by_kind.items())}
        for where, by_kind in sorted(found.items())
    }
