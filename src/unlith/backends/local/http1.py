"""Reads HTTP/1.1 requests from a byte stream and writes answers; strict, bounded, no routing.

What RFC 9112 calls an error is answered with 400 here: two lengths, white space before a colon,
folded lines, bare line feeds within a line. A request that could be read in two ways never
reaches a handler.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import BinaryIO

from unlith.domain.exchange import HttpAnswer, HttpRequest

LINE_LIMIT = 64 * 1024
HEADERS_LIMIT = 128 * 1024
BODY_LIMIT = 10 * 1024 * 1024
"""The most bytes a body may have (API Gateway: 10 MB for HTTP and REST APIs)."""

_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
_START = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+) (\S+) HTTP/1\.([01])\Z")
_BAD_VALUE = re.compile(rb"[\x00\r\n]")
_HOP_BY_HOP = frozenset({"connection", "keep-alive", "proxy-connection", "te", "trailer"}) | {
    "transfer-encoding",
    "upgrade",
}
_NO_BODY = frozenset({204, 304})
_REASONS = {status.value: status.phrase for status in HTTPStatus}


class BadRequest(Exception):
    """The bytes are no request this server takes; the connection ends after the answer."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Received:
    """A request with what the connection itself must know."""

    request: HttpRequest
    keeps_alive: bool


def read_request(stream: BinaryIO, out: BinaryIO) -> Received | None:
    """Read the next request, or None at the end of the stream; *out* gets ``100 Continue``.

    Raises:
        BadRequest: with the status to answer.
    """
    line = _line(stream, LINE_LIMIT)
    while line == b"":  # RFC 9112, 2.2: ignore empty lines before a request line
        line = _line(stream, LINE_LIMIT)
    if line is None:
        return None
    start = _START.match(line)
    if not start:
        raise BadRequest(400, "malformed request line")
    method, is_1_1 = start[1].decode("ascii"), start[3] == b"1"
    headers = _headers(stream)
    target, headers = _target(method, start[2], headers)
    if is_1_1 and sum(name.lower() == "host" for name, _ in headers) != 1:
        raise BadRequest(400, "there must be one Host header")
    if _values(headers, "expect") == ["100-continue"]:
        out.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        out.flush()
    body, headers = _body(stream, headers)
    options = {o.strip().lower() for v in _values(headers, "connection") for o in v.split(",")}
    keeps_alive = "close" not in options if is_1_1 else "keep-alive" in options
    kept = tuple((n, v) for n, v in headers if n.lower() not in _HOP_BY_HOP)
    return Received(HttpRequest(method, target, kept, body), keeps_alive)


def write_answer(out: BinaryIO, answer: HttpAnswer, *, method: str, keeps_alive: bool) -> None:
    """Write an answer; its length is ours to say, except for HEAD."""
    head = [f"HTTP/1.1 {answer.status} {_REASONS.get(answer.status, '')}"]
    has_body = answer.status >= 200 and answer.status not in _NO_BODY
    for name, value in answer.headers:
        low = name.lower()
        if low in _HOP_BY_HOP or (low == "content-length" and (method != "HEAD" or not has_body)):
            continue
        head.append(f"{name}: {value}")
    if has_body and not (method == "HEAD" and answer.header("content-length")):
        head.append(f"Content-Length: {len(answer.body)}")
    head.append(f"Connection: {'keep-alive' if keeps_alive else 'close'}")
    # A handler's header must not end the line it stands in.
    lines = [line.replace("\r", "").replace("\n", "") for line in head]
    data = "\r\n".join([*lines, "", ""]).encode("latin-1", "replace")
    out.write(data + (answer.body if has_body and method != "HEAD" else b""))
    out.flush()


# Private


def _line(stream: BinaryIO, limit: int) -> bytes | None:
    line = stream.readline(limit + 1)
    if not line:
        return None
    if len(line) > limit:
        raise BadRequest(431, "a line is too long")
    if not line.endswith(b"\r\n"):
        raise BadRequest(400, "a line does not end in CR LF")
    return line[:-2]


def _headers(stream: BinaryIO) -> list[tuple[str, str]]:
    headers: list[tuple[str, str]] = []
    size = 0
    while line := _line(stream, LINE_LIMIT):
        size += len(line)
        if size > HEADERS_LIMIT:
            raise BadRequest(431, "the headers are too long")
        name, colon, value = line.partition(b":")
        value = value.strip(b" \t")
        if not colon or not _TOKEN.match(name) or _BAD_VALUE.search(value):
            raise BadRequest(400, "malformed header")
        headers.append((name.decode("ascii"), value.decode("latin-1")))
    if line is None:
        raise BadRequest(400, "the request ends within its headers")
    return headers


def _target(
    method: str, raw: bytes, headers: list[tuple[str, str]]
) -> tuple[str, list[tuple[str, str]]]:
    if any(byte <= 0x20 or byte == 0x7F for byte in raw):
        raise BadRequest(400, "malformed request target")
    target = raw.decode("latin-1")
    if target.startswith("/") or (target == "*" and method == "OPTIONS"):
        return target, headers
    scheme, found, rest = target.partition("://")
    if not found or scheme.lower() not in ("http", "https"):
        raise BadRequest(400, "the request target must be a path")
    # RFC 9112, 3.2.2: the host of an absolute target stands above the Host header.
    cut = min((rest.find(c) for c in "/?" if c in rest), default=len(rest))
    host, path = rest[:cut], rest[cut:]
    kept = [(n, v) for n, v in headers if n.lower() != "host"]
    return path if path.startswith("/") else f"/{path}", [("Host", host), *kept]


def _body(stream: BinaryIO, headers: list[tuple[str, str]]) -> tuple[bytes, list[tuple[str, str]]]:
    lengths, codings = _values(headers, "content-length"), _values(headers, "transfer-encoding")
    if codings:
        if lengths or [c.lower() for c in codings] != ["chunked"]:
            raise BadRequest(400, "unclear how long the body is")
        body = _chunks(stream)
        return body, [*headers, ("Content-Length", str(len(body)))]
    if not lengths:
        return b"", headers
    if len(set(lengths)) > 1 or not (lengths[0].isascii() and lengths[0].isdigit()):
        raise BadRequest(400, "unclear how long the body is")
    return _exactly(stream, int(lengths[0])), headers


def _chunks(stream: BinaryIO) -> bytes:
    body = bytearray()
    while True:
        size_text = (_line(stream, 1024) or b"").partition(b";")[0].strip()
        if not re.fullmatch(rb"[0-9A-Fa-f]{1,8}", size_text):
            raise BadRequest(400, "malformed chunk")
        size = int(size_text, 16)
        if len(body) + size > BODY_LIMIT:
            raise BadRequest(413, "the body is too large")
        if size == 0:
            _headers(stream)
            return bytes(body)
        body += _exactly(stream, size)
        if stream.read(2) != b"\r\n":
            raise BadRequest(400, "malformed chunk")


def _exactly(stream: BinaryIO, size: int) -> bytes:
    if size > BODY_LIMIT:
        raise BadRequest(413, "the body is too large")
    body = stream.read(size)
    if len(body) != size:
        raise BadRequest(400, "the body is shorter than it says")
    return body


def _values(headers: list[tuple[str, str]], name: str) -> list[str]:
    return [value for known, value in headers if known.lower() == name]
