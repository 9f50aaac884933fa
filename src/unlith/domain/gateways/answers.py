"""What the client gets for a handler's result: the part all gateways share.

Sources, read 2026-11-21: wrong formats are a 502 with a fixed body,
https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway-errors.html; proxy results,
https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html.
"""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping

from unlith.domain.exchange import Headers, HttpAnswer

Result = Mapping[str, object]
JSON_TYPE = ("Content-Type", "application/json")


class Malformed(ValueError):
    """The handler's result is not what the gateway takes."""


def status_of(result: Result) -> int:
    """Give the status; API Gateway takes ``"200"`` as well as ``200``."""
    status = result.get("statusCode")
    if isinstance(status, str) and status.isascii() and status.isdecimal():
        status = int(status)
    if not isinstance(status, int) or isinstance(status, bool) or not 100 <= status <= 599:
        raise Malformed(f"statusCode is {status!r}")
    return status


def body_of(result: Result) -> bytes:
    """Give the body's bytes: base64 undone, text as UTF-8."""
    body = result.get("body")
    if body is None:
        return b""
    if not isinstance(body, str):
        raise Malformed("body is no string")
    is_base64 = result.get("isBase64Encoded") or False
    if not isinstance(is_base64, bool):
        raise Malformed("isBase64Encoded is no boolean")
    if not is_base64:
        return body.encode("utf-8", "replace")
    try:
        return b64decode(body, validate=True)
    except (NotBase64, ValueError) as broken:
        raise Malformed("body is not base64") from broken


def single_headers(result: Result) -> Headers:
    """Give the pairs of ``headers``."""
    pairs = _mapping(result, "headers").items()
    return tuple((str(name), _scalar(value)) for name, value in pairs if value is not None)


def many_headers(result: Result) -> Headers:
    """Give the pairs of ``multiValueHeaders``."""
    pairs: list[tuple[str, str]] = []
    for name, values in _mapping(result, "multiValueHeaders").items():
        if not isinstance(values, list | tuple):
            raise Malformed(f"multiValueHeaders: {name} is no list")
        pairs += [(str(name), _scalar(value)) for value in values]
    return tuple(pairs)


def with_default(headers: Headers, default: tuple[str, str]) -> Headers:
    """Give *headers*, and *default* too if its name is not there."""
    if any(name.lower() == default[0].lower() for name, _ in headers):
        return headers
    return (*headers, default)


def failed(message: bytes, content_type: str, status: int = 502) -> HttpAnswer:
    """Give a gateway's own answer where the function gave none."""
    head = (("Content-Type", content_type), ("Content-Length", str(len(message))))
    return HttpAnswer(status, head, message)


# Private


def _mapping(result: Result, key: str) -> Mapping[str, object]:
    found = result.get(key)
    if found is None:
        return {}
    if not isinstance(found, Mapping):
        raise Malformed(f"{key} is no object")
    return found


def _scalar(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str | int | float):
        raise Malformed("a header's value is neither text nor a number")
    return str(value)
