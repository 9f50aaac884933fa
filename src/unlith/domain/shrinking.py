"""Smaller sessions that may still show a difference: fewer requests, less in each; pure.

Each step has a name, so that what did not help once is not tried again. Steps that take away
most come first. Nothing here runs a request: whoever asks decides whether a step still differs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode

from unlith.domain.cases import Cookies, Encoding, RequestCase

Requests = tuple[RequestCase, ...]
Step = tuple[str, Requests]

LONG = 16
"""Texts up to this length are left as they are: people can read them."""

_HOLE = re.compile(r"\{\{\s*([A-Za-z_]\w*)\s*\}\}")


def size_of(requests: Requests) -> tuple[int, int]:
    """Give how large a session is: its requests, then the characters in them."""
    parts = sum(
        len(r.target) + len(r.body) + sum(len(n) + len(v) + 4 for n, v in r.headers)
        for r in requests
    )
    return len(requests), parts + sum(r.cookies is not Cookies.KEEP for r in requests)


def smaller(requests: Requests, saved: Mapping[str, object]) -> Iterator[Step]:
    """Yield sessions that are smaller than this one, the smallest hopes first.

    *saved* holds values that answers gave: they stand in where the request that saved them goes.
    """
    yield from _fewer(requests, saved)
    for place in reversed(range(len(requests))):
        for name, changed in _lesser(requests[place]):
            yield (
                f"{len(requests) - place} {name}",
                (*requests[:place], changed, *requests[place + 1 :]),
            )


# Private


def _fewer(requests: Requests, saved: Mapping[str, object]) -> Iterator[Step]:
    *earlier, last = requests
    if not earlier:
        return
    yield "alone", _closed((last,), saved)
    if len(earlier) > 1:
        for place, other in enumerate(earlier):
            yield f"{len(earlier) - place} and last", _closed((other, last), saved)
        for place in range(len(earlier)):
            rest = (*earlier[:place], *earlier[place + 1 :], last)
            yield f"without {len(earlier) - place}", _closed(rest, saved)
    numbers = {name: 1 for name, value in saved.items() if str(value).isdigit()}
    if numbers:
        for place in range(len(earlier)):
            rest = (*earlier[:place], *earlier[place + 1 :], last)
            yield f"ones without {len(earlier) - place}", _closed(rest, {**saved, **numbers})


def _closed(requests: Requests, saved: Mapping[str, object]) -> Requests:
    """Give the requests with values in the place of holes that none of them fills any more."""
    filled: list[RequestCase] = []
    known: set[str] = set()
    for request in requests:
        text = request.target + request.body.decode("latin-1") + repr(request.headers)
        wanted = set(_HOLE.findall(text)) - known
        if wanted and wanted <= set(saved):
            own = {name: saved[name] for name in wanted}
            own |= {name: f"{{{{{name}}}}}" for name in known}
            request = request.known(own)
        filled.append(request)
        known |= {name for name, _ in request.save}
    return tuple(filled)


def _lesser(request: RequestCase) -> Iterator[tuple[str, RequestCase]]:
    if request.headers:
        yield "no headers", replace(request, headers=())
    if len(request.headers) > 1:
        for place, (name, _) in enumerate(request.headers):
            rest = (*request.headers[:place], *request.headers[place + 1 :])
            yield f"header {name}", replace(request, headers=rest)
    if request.cookies is not Cookies.KEEP:
        yield "cookies", replace(request, cookies=Cookies.KEEP)
    yield from _queries(request)
    yield from _paths(request)
    if request.body:
        yield "no body", _with_body(request, b"")
        yield from _bodies(request)


def _queries(request: RequestCase) -> Iterator[tuple[str, RequestCase]]:
    path, mark, query = request.target.partition("?")
    if mark:
        yield "no query", replace(request, target=path)
    pairs = query.split("&")
    for place, pair in enumerate(pairs if len(pairs) > 1 else ()):
        rest = "&".join([*pairs[:place], *pairs[place + 1 :]])
        yield f"query {place} {pair[:LONG]}", replace(request, target=f"{path}?{rest}")
    for place, pair in enumerate(pairs):
        key, equals, value = pair.partition("=")
        for shorter in _texts(value) if equals else ():
            text = "&".join([*pairs[:place], f"{key}={shorter}", *pairs[place + 1 :]])
            yield f"query {key} {len(shorter)}", replace(request, target=f"{path}?{text}")


def _paths(request: RequestCase) -> Iterator[tuple[str, RequestCase]]:
    path, mark, query = request.target.partition("?")
    parts = path.split("/")
    for place, part in enumerate(parts):
        shorter = ["1"] if part.isdigit() and len(part) > 1 else _texts(part)
        for text in shorter:
            other = "/".join([*parts[:place], text, *parts[place + 1 :]])
            yield f"path {place} {len(text)}", replace(request, target=f"{other}{mark}{query}")


def _bodies(request: RequestCase) -> Iterator[tuple[str, RequestCase]]:
    text = request.body.decode("utf-8", "surrogateescape")
    if request.encoding is Encoding.JSON:
        try:
            value = json.loads(text)
        except ValueError:
            value = None
        for name, less in _values(value, ""):
            yield f"json {name}", _with_body(request, json.dumps(less).encode())
        if isinstance(value, dict | list):
            return
    elif request.encoding is Encoding.FORM:
        pairs = parse_qsl(text, keep_blank_values=True)
        for place, (key, value) in enumerate(pairs):
            rest = [*pairs[:place], *pairs[place + 1 :]]
            yield f"form {key}", _with_body(request, urlencode(rest, safe="{}").encode())
            for shorter in _texts(value):
                changed = [*pairs[:place], (key, shorter), *pairs[place + 1 :]]
                body = urlencode(changed, safe="{}").encode()
                yield f"form {key} {len(shorter)}", _with_body(request, body)
        return
    for size in _halves(len(request.body)):
        yield f"body {size}", _with_body(request, request.body[:size])


def _values(value: object, path: str) -> Iterator[tuple[str, object]]:
    """Yield JSON values with one thing less or one leaf simpler."""
    if isinstance(value, dict):
        for key, element in value.items():
            yield f"without {path}/{key}", {k: v for k, v in value.items() if k != key}
            for name, less in _values(element, f"{path}/{key}"):
                yield name, {**value, key: less}
    elif isinstance(value, list):
        for place, element in enumerate(value):
            rest = [*value[:place], *value[place + 1 :]]
            yield f"without {path}/{len(value) - place}", rest
            for name, less in _values(element, f"{path}/{len(value) - place}"):
                yield name, [*value[:place], less, *value[place + 1 :]]
    elif isinstance(value, str):
        for text in _texts(value):
            yield f"{path} {len(text)}", text
    elif isinstance(value, int) and not isinstance(value, bool) and abs(value) > 9:
        yield f"{path} 1", 1


def _texts(text: str) -> Iterator[str]:
    """Yield shorter texts of a long one, if it holds nothing that is filled in later."""
    if len(text) > LONG and "{{" not in text:
        yield text[:1]
        for size in _halves(len(text)):
            if "%" not in text:
                yield text[:size]


def _halves(size: int) -> Iterator[int]:
    step = size // 2
    while step >= max(1, size // 64):
        yield size - step
        step //= 2


def _with_body(request: RequestCase, body: bytes) -> RequestCase:
    if body:
        return replace(request, body=body)
    kept = tuple((n, v) for n, v in request.headers if n.lower() != "content-type")
    return replace(request, body=b"", headers=kept, encoding=Encoding.RAW)
