"""The parts events and answers are made of, read and written the same way for several kinds.

Changes no event. Fast ways first: most events hold one text value a header.
"""

from __future__ import annotations

from binascii import b2a_base64
from typing import Any

from unlith_runtime.http import Response, has_no_body, quoted

Event = dict[str, Any]  # whatever JSON came
Pairs = list[tuple[str, str]]

# RFC 9110, 7.6.1 and PEP 3333: between two neighbours only; gateways refuse or break on them.
_HOP_BY_HOP = frozenset(
    ("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection",
     "te", "trailer", "trailers", "transfer-encoding", "upgrade")
)  # fmt: skip
_QUERIES = (
    "multiValueQueryStringParameters", "queryStringParameters", "query_string_parameters",
)  # fmt: skip
_SENT = "-._~!*'();/?:@$,[]{}|^`\\\"<>%+"  # what an undecoded value may hold as it is


def part(event: Event, key: str) -> Event:
    """Give the object under *key*, an empty one for null."""
    found = event.get(key)
    return found if isinstance(found, dict) else {}


def decoded_query(event: Event) -> str:
    """Give the query string of maps whose keys and values came decoded."""
    return _query(event, "-._~!*'()", "-._~!*'()")


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


def many_valued(response: Response, method: str) -> Event:
    """Give an answer with ``multiValueHeaders``."""
    many: dict[str, list[str]] = {}
    spelled: dict[str, list[str]] = {}
    for name, value in response.headers:
        lower = name.lower()
        if lower in spelled:
            spelled[lower].append(value)
        elif lower not in _HOP_BY_HOP:
            spelled[lower] = many[name] = [value]
    return _answer(response, method, "multiValueHeaders", many)


def single_valued(response: Response, method: str, *, has_jar: bool = False) -> Event:
    """Give an answer with ``headers``, repeats joined; cookies go to a jar or respelled."""
    single: dict[str, str] = {}
    spelled: dict[str, str] = {}
    jar: list[str] = []
    for name, value in response.headers:
        lower = name.lower()
        if lower == "set-cookie":
            jar.append(value)
        elif lower in spelled:
            single[spelled[lower]] += ", " + value
        elif lower not in _HOP_BY_HOP:
            spelled[lower] = name
            single[name] = value
    if jar and not has_jar:
        single.update((_spelling(number), cookie) for number, cookie in enumerate(jar))
    answer = _answer(response, method, "headers", single)
    if jar and has_jar:
        answer["cookies"] = jar
    return answer


def _answer(response: Response, method: str, kind: str, headers: dict[str, Any]) -> Event:
    status, body = response.status, response.body
    if has_no_body(method, status):
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
