"""The parts events and answers are made of, read and written the same way for several kinds.

Changes no event. Fast ways first: most events hold one text value a header.
"""

from __future__ import annotations

from binascii import a2b_base64, b2a_base64
from typing import Any

from unlith_runtime.http import Request, Response, has_no_body, quoted

Event = dict[str, Any]  # whatever JSON came
Pairs = list[tuple[str, str]]

# RFC 9110, 7.6.1 and PEP 3333: between two neighbours only; gateways refuse or break on them.
_HOP_BY_HOP = frozenset(
    ("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection",
     "te", "trailer", "trailers", "transfer-encoding", "upgrade")
)  # fmt: skip
_NO_LENGTH = _HOP_BY_HOP | {"content-length"}
_LENGTHLESS = frozenset((*range(100, 200), 204))  # RFC 9110, 8.6; HEAD and 304 keep theirs
_SENT = "-._~!*'();/?:@$,[]{}|^`\\\"<>%+"  # what an undecoded value may hold as it is


def part(event: Event, key: str) -> Event:
    """Give the object under *key*, an empty one for null."""
    found = event.get(key)
    return found if isinstance(found, dict) else {}


def settled(request: Request, event: Event, context: object, base_path: str | None) -> Request:
    """Complete *request*: its headers, body, event; *base_path* moved to the script name."""
    request.event = event
    request.context = context
    if fields := event.get("multiValueHeaders"):
        request.is_many = True
    else:
        fields = event.get("headers") or {}
    request.fields = fields
    if body := event.get("body"):
        is_base64 = event.get("isBase64Encoded")
        request.body = a2b_base64(body) if is_base64 else body.encode("utf-8", "surrogatepass")
    path = request.path_info
    if base_path is not None:
        if not base_path:
            request.script_name = ""
        elif path == base_path or path.startswith(base_path + "/"):
            request.path_info = path = path[len(base_path) :]
            request.script_name += base_path
    if not path or path[:2] == "//":  # as servers do: a path must never look like a host
        request.path_info = "/" + path.lstrip("/")
    return request


def decoded_query(event: Event) -> str:
    """Give the query string of maps whose keys and values came decoded."""
    return _query(event, "-._~!*'()", "-._~!*'()")


def sent_query(event: Event) -> str:
    """Give the query string of maps that came as sent; only impossible characters are encoded."""
    return _query(event, _SENT, _SENT + "=")


def _query(event: Event, in_key: str, in_value: str) -> str:
    found = (
        event.get("multiValueQueryStringParameters")
        or event.get("queryStringParameters")
        or event.get("query_string_parameters")
    )
    if not found:
        return ""
    pieces = []
    for key, value in found.items():
        start = (key if key.isidentifier() and key.isascii() else quoted(key, in_key)) + "="
        for one in value if value.__class__ is list else (value,):
            if one is None:
                pieces.append(start)
                continue
            text = str(one)
            plain = text.isalnum() and text.isascii()
            pieces.append(start + (text if plain else quoted(text, in_value)))
    return "&".join(pieces)


def last_hop(request: Request) -> str:
    """Give the last X-Forwarded-For entry: all others are what the client wrote [1].

    [1] https://docs.aws.amazon.com/elasticloadbalancing/latest/application/x-forwarded-headers.html
    """
    address = request.header("x-forwarded-for").rpartition(",")[2].strip()
    if address[:1] == "[":  # the balancer can be told to add the client's port
        return address[1:].partition("]")[0]
    return address.partition(":")[0] if address.count(":") == 1 else address


def many_valued(response: Response, method: str) -> Event:
    """Give an answer with ``multiValueHeaders``."""
    answer = _start(response, method)
    dropped = _NO_LENGTH if answer["statusCode"] in _LENGTHLESS else _HOP_BY_HOP
    many: dict[str, list[str]] = {}
    spelled: dict[str, list[str]] = {}
    for name, value in response.headers:
        lower = name.lower()
        if lower in spelled:
            spelled[lower].append(value)
        elif lower not in dropped:
            spelled[lower] = many[name] = [value]
    answer["multiValueHeaders"] = many
    return answer


def single_valued(response: Response, method: str, *, has_jar: bool = False) -> Event:
    """Give an answer with ``headers``, repeats joined; cookies go to a jar or respelled."""
    answer = _start(response, method)
    dropped = _NO_LENGTH if answer["statusCode"] in _LENGTHLESS else _HOP_BY_HOP
    single: dict[str, str] = {}
    spelled: dict[str, str] = {}
    jar: list[str] = []
    for name, value in response.headers:
        lower = name.lower()
        if lower == "set-cookie":
            jar.append(value)
        elif lower in spelled:
            single[spelled[lower]] += ", " + value
        elif lower not in dropped:
            spelled[lower] = name
            single[name] = value
    if jar and has_jar:
        answer["cookies"] = jar
    elif jar:
        single.update((_spelling(number), cookie) for number, cookie in enumerate(jar))
    answer["headers"] = single
    return answer


def _start(response: Response, method: str) -> Event:
    status, body = response.status, response.body
    if not body or has_no_body(method, status):
        return {"statusCode": status, "body": "", "isBase64Encoded": False}
    # Gateways turn the answer's text into UTF-8 again. So bytes that are valid UTF-8 arrive
    # unchanged as text, whatever their type says, and all others must be base64.
    try:
        return {"statusCode": status, "body": body.decode(), "isBase64Encoded": False}
    except UnicodeDecodeError:
        text = b2a_base64(body, newline=False).decode("ascii")
        return {"statusCode": status, "body": text, "isBase64Encoded": True}


def _spelling(number: int) -> str:
    """Give the *number*-th spelling of ``Set-Cookie``: a JSON map holds each name only once."""
    letters = list("Set-Cookie")
    for place in (0, 1, 2, 4, 5, 6, 7, 8, 9):
        if number & 1:
            letters[place] = letters[place].swapcase()
        number >>= 1
    return "".join(letters)
