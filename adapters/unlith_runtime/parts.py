"""The parts events and answers are made of, read and written the same way for several kinds.

Changes no event. Fast ways first: most events hold one text value a header.
"""

from __future__ import annotations

from binascii import b2a_base64
from typing import Any

from unlith_runtime.http import BODILESS, Answer, quoted

Event = dict[str, Any]  # whatever JSON came

# RFC 9110, 7.6.1 and PEP 3333: between two neighbours only; gateways refuse or break on them.
_HOP_BY_HOP = frozenset(
    ("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection",
     "te", "trailer", "trailers", "transfer-encoding", "upgrade")
)  # fmt: skip
# Names that need no care when each stands once: one spelling each, so none can hide a repeat.
_ORDINARY = frozenset(
    ("Accept-Ranges", "Access-Control-Allow-Credentials", "Access-Control-Allow-Headers",
     "Access-Control-Allow-Methods", "Access-Control-Allow-Origin", "Allow", "Cache-Control",
     "Content-Disposition", "Content-Encoding", "Content-Language", "Content-Length",
     "Content-Range", "Content-Security-Policy", "Content-Type", "Date", "ETag", "Expires",
     "Last-Modified", "Link", "Location", "Pragma", "Referrer-Policy", "Retry-After", "Server",
     "Strict-Transport-Security", "Vary", "WWW-Authenticate", "X-Content-Type-Options",
     "X-Frame-Options", "X-Request-Id", "X-XSS-Protection")
)  # fmt: skip
_QUERIES = (
    "multiValueQueryStringParameters", "queryStringParameters", "query_string_parameters",
)  # fmt: skip
_PLAIN = "-._~!*'()"
_SENT = "-._~!*'();/?:@$,[]{}|^`\\\"<>%+"  # what an undecoded value may hold as it is


def decoded_query(event: Event) -> str:
    """Give the query string of maps whose keys and values came decoded."""
    return _query(event, _PLAIN, _PLAIN)


def sent_query(event: Event) -> str:
    """Give the query string of maps that came as sent; only impossible characters are encoded."""
    return _query(event, _SENT, _SENT + "=")


def _query(event: Event, in_key: str, in_value: str) -> str:
    found: Event | None = None
    for name in _QUERIES:
        if found := event.get(name):
            break
    if not found:
        return ""
    pieces = []
    for key, value in found.items():
        for one in value if isinstance(value, list) else (value,):
            if one.__class__ is not str:
                one = "" if one is None else str(one)
            both = key + one
            if both.isalnum() and both.isascii():
                pieces.append(f"{key}={one}")
            else:
                pieces.append(f"{quoted(key, in_key)}={quoted(one, in_value)}")
    return "&".join(pieces)


def last_hop(environ: Event) -> str:
    """Give the last X-Forwarded-For entry: all others are what the client wrote [1].

    [1] https://docs.aws.amazon.com/elasticloadbalancing/latest/application/x-forwarded-headers.html
    """
    address: str = environ.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
    if address[:1] == "[":  # the balancer can be told to add the client's port
        return address[1:].partition("]")[0]
    return address.partition(":")[0] if address.count(":") == 1 else address


def many_valued(response: Answer, method: str) -> Event:
    """Give an answer with ``multiValueHeaders``."""
    pairs = response.headers
    many = {name: [value] for name, value in pairs}
    if len(many) != len(pairs) or not many.keys() <= _ORDINARY:
        many = {}
        spelled: dict[str, list[str]] = {}
        for name, value in pairs:
            lower = name.lower()
            if lower in spelled:
                spelled[lower].append(value)
            elif lower not in _HOP_BY_HOP:
                spelled[lower] = many[name] = [value]
    return _answer(response, method, "multiValueHeaders", many)


def single_valued(response: Answer, method: str) -> Event:
    """Give an answer with ``headers``, repeats joined, each cookie in a spelling of its own."""
    single, jar = _single(response.headers)
    for number, cookie in enumerate(jar):
        single[_spelling(number)] = cookie
    return _answer(response, method, "headers", single)


def with_jar(response: Answer, method: str) -> Event:
    """Give an answer with ``headers``, repeats joined, and ``cookies`` apart."""
    pairs = response.headers
    single, jar = dict(pairs), None
    if len(single) != len(pairs) or not single.keys() <= _ORDINARY:
        single, jar = _single(pairs)
    answer = _answer(response, method, "headers", single)
    if jar:
        answer["cookies"] = jar
    return answer


def _single(pairs: list[tuple[str, str]]) -> tuple[dict[str, str], list[str]]:
    single: dict[str, str] = {}
    spelled: dict[str, str] = {}
    jar: list[str] = []
    for name, value in pairs:
        lower = name.lower()
        if lower == "set-cookie":
            jar.append(value)
        elif lower in spelled:
            single[spelled[lower]] += ", " + value
        elif lower not in _HOP_BY_HOP:
            spelled[lower] = name
            single[name] = value
    return single, jar


def _answer(response: Answer, method: str, kind: str, headers: dict[str, Any]) -> Event:
    status, body = response.status, response.body
    if status in BODILESS or method == "HEAD":
        body = b""
        if status < 200 or status == 204:  # RFC 9110, 8.6; HEAD and 304 keep their length
            headers = {name: headers[name] for name in headers if name.lower() != "content-length"}
    # Gateways turn the answer's text into UTF-8 again. So bytes that are valid UTF-8 arrive
    # unchanged as text, whatever their type says, and all others must be base64.
    try:
        text, is_base64 = body.decode(), False
    except UnicodeDecodeError:
        text, is_base64 = b2a_base64(body, newline=False).decode("ascii"), True
    return {"statusCode": status, "body": text, "isBase64Encoded": is_base64, kind: headers}


def _spelling(number: int) -> str:
    """Give the *number*-th spelling of ``Set-Cookie``: a JSON map holds each name only once."""
    letters = list("Set-Cookie")
    for place in (0, 1, 2, 4, 5, 6, 7, 8, 9):
        if number & 1:
            letters[place] = letters[place].swapcase()
        number >>= 1
    return "".join(letters)
