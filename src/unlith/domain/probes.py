"""Requests derived from a recorded one: what clients send that nobody wrote a case for; pure.

Each probe replays the session up to the request and sends a changed one instead. Probes are few
and fixed, so that two runs compare the same things.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode

from unlith.domain.cases import Cookies, Encoding, RequestCase, SessionCase
from unlith.domain.exchange import HttpAnswer
from unlith.domain.route import Route

VERSION = 4
"""Grows when the probes change: results with other probes are other results."""

INTEGERS = ("0", "-1", "007", "2147483648", "9223372036854775808", "1e3", "%EF%BC%91", "x")
"""Edges of whole numbers: zero, negative, zeros in front, 2^31, 2^63, exponent, full-width 1."""

TEXTS = ("nothing-has-this", "%C3%A9", "a%20b", "A.B_~", "%2E%2E", "x" * 300, "1")
"""Texts in a path: unknown, accents, spaces, marks, dots, long, a number."""

_INT = re.compile(r"-?\d+\Z")
_METHODS = ("DELETE", "PATCH", "POST", "PUT", "GET")
_SECRET_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization", "x-api-key"})
_ORDINARY_HEADERS = frozenset({"accept", "content-type", "content-length", "host", "cookie"})
Probe = tuple[str, RequestCase]


EACH = frozenset({"HEAD", "anonymous", "anonymous HEAD", "tampered cookies", "known etag"})
"""Probes made of every request of a route; the others are made of the first that gives them."""


def probes_of(
    session: SessionCase,
    index: int,
    answer: HttpAnswer | None,
    route: Route,
    made: set[tuple[Route, str]],
) -> Iterator[SessionCase]:
    """Yield the sessions derived from one request of a session, given the control's answer.

    *made* remembers which probes a route has had already.
    """
    request = session.requests[index]
    for name, changed in _changed(request, answer, route):
        if changed == request or (name not in EACH and (route, name) in made):
            continue
        made.add((route, name))
        probe = f"{name} of {request.method} {request.target}"
        before = session.requests[:index]
        yield SessionCase(f"{session.name} · {name}", (*before, changed), probe)
    again = (*session.requests[: index + 1], request)
    yield SessionCase(f"{session.name} · twice", again, f"twice {request.method} {request.target}")


# Private


def _changed(request: RequestCase, answer: HttpAnswer | None, route: Route) -> Iterator[Probe]:
    yield from _methods(request)
    yield from _identities(request)
    yield from _paths(request, route)
    yield from _queries(request)
    yield from _headers(request, answer)
    if request.body or request.method in ("POST", "PUT", "PATCH"):
        yield from _bodies(request)


def _methods(request: RequestCase) -> Iterator[Probe]:
    if request.method == "GET":
        yield "HEAD", replace(request, method="HEAD")
    yield "OPTIONS", replace(request, method="OPTIONS")
    for method in [m for m in _METHODS if m != request.method][:3]:
        yield f"method {method}", replace(request, method=method)


def _identities(request: RequestCase) -> Iterator[Probe]:
    kept = tuple((n, v) for n, v in request.headers if n.lower() not in _SECRET_HEADERS)
    anonymous = replace(request, cookies=Cookies.DROP, headers=kept)
    yield "anonymous", anonymous
    if request.method == "GET":
        yield "anonymous HEAD", replace(anonymous, method="HEAD")
    yield "tampered cookies", replace(request, cookies=Cookies.TAMPER)
    for place, (name, value) in enumerate(request.headers):
        if name.lower() not in _ORDINARY_HEADERS:
            # Many apps have a header of their own for their keys.
            yield f"without {name}", _without_header(request, name)
            changed = (*request.headers[:place], (name, f"{value[:-1]}~"))
            yield (
                f"wrong {name}",
                replace(request, headers=(*changed, *request.headers[place + 1 :])),
            )


def _paths(request: RequestCase, route: Route) -> Iterator[Probe]:
    path, mark, query = request.target.partition("?")
    slashed = path[:-1] if path.endswith("/") and len(path) > 1 else f"{path}/"
    for name, changed in (("slash", slashed), ("double slash", f"/{path}"), ("case", _case(path))):
        yield name, replace(request, target=f"{changed}{mark}{query}")
    yield from _parts(request, route)


def _parts(request: RequestCase, route: Route) -> Iterator[Probe]:
    path, mark, query = request.target.partition("?")
    parts, rule = path.split("/"), route.rule.partition("|/")[2] or route.rule
    written = rule.split("/")
    for place, part in enumerate(parts):
        if not part or "{{" in part:
            continue
        if len(written) == len(parts):
            is_variable = "<" in written[place]
        else:  # a path converter took several parts
            is_variable = "<" in rule and bool(_INT.match(part))
        values: tuple[str, ...] = ()
        if is_variable:
            values = INTEGERS if _INT.match(part) else TEXTS
        # The same path in another spelling must lead to the same place.
        values = (*values, f"%{ord(part[0]):02X}{part[1:]}") if part[0].isascii() else values
        for value in values if part[0] != "%" else values[:-1]:
            other = "/".join([*parts[:place], value, *parts[place + 1 :]])
            changed = replace(request, target=f"{other}{mark}{query}")
            yield f"path part {place} as {value}", changed


def _case(path: str) -> str:
    return path.upper() if path != path.upper() else path.lower()


def _queries(request: RequestCase) -> Iterator[Probe]:
    path, mark, query = request.target.partition("?")
    if mark:
        yield "no query", replace(request, target=path)
    yield "unknown key", replace(request, target=f"{path}?{query}{'&' if query else ''}unlith=1")
    yield "bad percent", replace(request, target=f"{path}?{query}{'&' if query else ''}q=%zz%")
    pairs = query.split("&") if query else []
    for pair in dict.fromkeys(pairs):
        key = pair.partition("=")[0]
        rest = [other for other in pairs if other != pair]
        for name, changed in (
            (f"without {key}", rest),
            (f"{key} twice", [*pairs, f"{key}=other"]),
            (f"{key} blank", [*rest, f"{key}="]),
            (f"{key} bare", [*rest, key]),
            (f"{key} odd", [*rest, f"{key}=+-1%00%C3%A9%20"]),
            (f"{key} huge", [*rest, f"{key}=99999999999999999999"]),
        ):
            text = "&".join(changed)
            yield name, replace(request, target=f"{path}?{text}" if text else path)


def _headers(request: RequestCase, answer: HttpAnswer | None) -> Iterator[Probe]:
    for name in ("text/html", "application/json"):
        yield f"accepts {name}", _with_header(request, "Accept", name)
    yield "a range", _with_header(request, "Range", "bytes=0-3")
    yield "any etag", _with_header(request, "If-None-Match", "*")
    yield "zipped", _with_header(request, "Accept-Encoding", "gzip")
    yield "foreign host", _with_header(request, "Host", "evil.example")
    yield (
        "forwarded",
        _with_header(
            _with_header(request, "X-Forwarded-Host", "evil.example"),
            "X-Forwarded-For",
            "198.51.100.9",
        ),
    )
    tag = answer.header("etag") if answer else ""
    if tag:
        yield "known etag", _with_header(request, "If-None-Match", tag)
    changed = answer.header("last-modified") if answer else ""
    if changed:
        yield "not modified since", _with_header(request, "If-Modified-Since", changed)


def _bodies(request: RequestCase) -> Iterator[Probe]:
    yield "empty body", replace(request, body=b"")
    yield "body as text", _with_header(request, "Content-Type", "text/plain")
    yield "no content type", _without_header(request, "Content-Type")
    if request.encoding is Encoding.JSON:
        for name, body in (
            ("malformed json", b'{"a": '),
            ("null json", b"null"),
            ("list json", b"[]"),
            ("empty json", b"{}"),
            ("text json", b'"text"'),
            ("not utf-8", b'{"a": "\xff"}'),
        ):
            yield name, replace(request, body=body)
        yield from _json_fields(request)
    elif request.encoding is Encoding.FORM:
        pairs = parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True)
        for key in dict.fromkeys(key for key, _ in pairs):
            rest = [(k, v) for k, v in pairs if k != key]
            yield f"without {key}", _with_form(request, rest)
            yield f"{key} blank", _with_form(request, [*rest, (key, "")])
            yield f"{key} twice", _with_form(request, [*pairs, (key, "other")])
            yield f"{key} odd", _with_form(request, [*rest, (key, " <é>&\x00 ")])


def _json_fields(request: RequestCase) -> Iterator[Probe]:
    try:
        value = json.loads(request.body)
    except ValueError:
        return
    if not isinstance(value, dict):
        return
    for key, field in value.items():
        rest = {k: v for k, v in value.items() if k != key}
        yield f"without {key}", _with_json(request, rest)
        others: list[object] = [None, "", " é ", -1, 0, 2**63, 1.5, True, [], {}]
        for other in others:
            if repr(other) != repr(field):
                yield f"{key} {json.dumps(other)}", _with_json(request, {**value, key: other})
    yield "unknown field", _with_json(request, {**value, "unlith": 1})


def _with_json(request: RequestCase, value: object) -> RequestCase:
    return replace(request, body=json.dumps(value).encode())


def _with_form(request: RequestCase, pairs: list[tuple[str, str]]) -> RequestCase:
    return replace(request, body=urlencode(pairs, safe="{}").encode())


def _with_header(request: RequestCase, name: str, value: str) -> RequestCase:
    without = _without_header(request, name)
    return replace(without, headers=(*without.headers, (name, value)))


def _without_header(request: RequestCase, name: str) -> RequestCase:
    kept = tuple((n, v) for n, v in request.headers if n.lower() != name.lower())
    return replace(request, headers=kept)
