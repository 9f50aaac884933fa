"""Requests made from what a route's code reads: each key with each value it compares with; pure.

They are few where the code reads little, and are cut at a budget. Each is one change to a request
that is known to reach the function; changes that ran something new are changed again.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from urllib.parse import parse_qsl, quote, quote_plus, urlencode

from unlith.domain.cases import Encoding, RequestCase
from unlith.domain.reads import Reads

ORDINARY: tuple[str | int, ...] = ("", "1", "-1", "0", "a")
"""Values worth sending under any name."""

Change = tuple[str, RequestCase]
_WITH_BODY = ("POST", "PUT", "PATCH", "DELETE")


def steered(request: RequestCase, rule: str, reads: Reads) -> Iterator[Change]:
    """Yield changed requests, the likeliest first: values that the code names, then ordinary ones.

    Kinds of change take turns, so that a budget that ends early has seen each.
    """
    near = tuple(_near(reads.literals))
    kinds = [
        _paths(request, rule, near),
        _each(reads.query, near, lambda k, v: _with_query(request, k, v)),
        _bodies(request, reads, near),
        _each(reads.headers, near, lambda k, v: _with_header(request, k, v)),
        _each(reads.cookies, near, lambda k, v: _with_header(request, "Cookie", f"{k}={v}")),
    ]
    for changes in itertools.zip_longest(*kinds):
        for change in changes:
            if change is not None and change[1] != request:
                yield change


# Private


def _near(literals: Iterable[str | int | float]) -> Iterator[str | int | float]:
    """Yield literals that can be sent, and for whole numbers what is one below and one above."""
    for value in literals:
        if isinstance(value, str) and not value.isprintable():
            # Halves of surrogate pairs and control characters are no text on the wire.
            continue
        yield value
        if isinstance(value, int):
            yield from (value - 1, value + 1)


def _each(names: Iterable[str], values: Iterable[object], make: object) -> Iterator[Change]:
    assert callable(make)
    tried = tuple(dict.fromkeys(str(value) for value in (*values, *ORDINARY)))
    known = tuple(names)
    for value in tried:
        for name in known:
            yield f"{name}={value[:40]}", make(name, value)


def _paths(request: RequestCase, rule: str, values: Iterable[object]) -> Iterator[Change]:
    path, mark, query = request.target.partition("?")
    parts, written = path.split("/"), (rule.partition("|/")[2] or rule).split("/")
    if len(parts) != len(written):
        return
    for value in values:
        for place, part in enumerate(written):
            if "<" in part and "{{" not in parts[place]:
                text = quote(str(value), safe="")
                other = "/".join([*parts[:place], text, *parts[place + 1 :]])
                changed = replace(request, target=f"{other}{mark}{query}")
                yield f"path part {place} as {text[:40]}", changed


def _with_query(request: RequestCase, key: str, value: str) -> RequestCase:
    path, _, query = request.target.partition("?")
    name = quote_plus(key)
    kept = [pair for pair in query.split("&") if pair and pair.partition("=")[0] != name]
    text = "&".join([*kept, f"{name}={quote_plus(value)}"])
    return replace(request, target=f"{path}?{text}")


def _bodies(request: RequestCase, reads: Reads, near: tuple[object, ...]) -> Iterator[Change]:
    if request.method not in _WITH_BODY or not reads.fields:
        return
    if request.encoding is Encoding.FORM:
        yield from _each(reads.fields, near, lambda k, v: _with_form(request, k, v))
        return
    values: list[object] = [*near, *ORDINARY, None, True, [], {}]
    for value in values:
        for key in reads.fields:
            yield f"{key} as {json.dumps(value)[:40]}", _with_json(request, key, value)
    if not request.body:
        yield from _each(reads.fields, near, lambda k, v: _with_form(request, k, v))


def _with_json(request: RequestCase, key: str, value: object) -> RequestCase:
    try:
        body = json.loads(request.body or b"{}")
    except ValueError:
        body = {}
    changed = {**(body if isinstance(body, dict) else {}), key: value}
    made = _with_header(request, "Content-Type", "application/json")
    return replace(made, body=json.dumps(changed).encode(), encoding=Encoding.JSON)


def _with_form(request: RequestCase, key: str, value: str) -> RequestCase:
    pairs = []
    if request.encoding is Encoding.FORM:
        pairs = parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True)
    changed = [*(pair for pair in pairs if pair[0] != key), (key, value)]
    made = _with_header(request, "Content-Type", "application/x-www-form-urlencoded")
    return replace(made, body=urlencode(changed, safe="{}").encode(), encoding=Encoding.FORM)


def _with_header(request: RequestCase, name: str, value: str) -> RequestCase:
    # What a header cannot hold is left out, as no client could send it.
    text = "".join(c for c in value if " " <= c < "\x7f")
    kept = tuple((n, v) for n, v in request.headers if n.lower() != name.lower())
    return replace(request, headers=(*kept, (name, text)))
