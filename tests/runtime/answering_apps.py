"""WSGI apps that answer in every way PEP 3333 allows, each one a case of the response table."""

from __future__ import annotations

import gzip
import io
import sys
from collections.abc import Callable, Iterator
from typing import Any

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\xff\xfe"
TEXT = ("Content-Type", "text/plain; charset=utf-8")

App = Callable[[dict[str, Any], Any], Any]


def sized(body: bytes, *headers: tuple[str, str], status: str = "200 OK") -> App:
    """Give an app that answers *body* with its length."""

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response(status, [*headers, ("Content-Length", str(len(body)))])
        return [body]

    return app


def bodiless(status: str, *headers: tuple[str, str]) -> App:
    """Give an app that answers with a head only."""

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response(status, list(headers))
        return []

    return app


def generator(environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
    start_response("200 OK", [TEXT])
    yield b"one "
    yield b""
    yield "zwei\N{EURO SIGN}".encode()


def late(environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
    yield b""
    start_response("201 Created", [TEXT, ("X-Late", "yes")])
    yield b"late"


def written(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    write = start_response("200 OK", [TEXT])
    write(b"first ")
    write(b"second ")
    return [b"third"]


def written_between(environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
    write = start_response("200 OK", [TEXT])
    yield b"a"
    write(b"b")
    yield b"c"


def second_thought(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    start_response("200 OK", [TEXT, ("X-First", "yes")])
    try:
        raise ValueError("changed my mind")
    except ValueError:
        start_response("409 Conflict", [TEXT, ("Content-Length", "5")], sys.exc_info())
    return [b"sorry"]


def from_file(environ: dict[str, Any], start_response: Any) -> Any:
    start_response("200 OK", [("Content-Type", "image/png"), ("Content-Length", str(len(PNG)))])
    wrapper = environ.get("wsgi.file_wrapper")
    file = io.BytesIO(PNG)
    return wrapper(file, 4) if wrapper else iter(lambda: file.read(4), b"")


class Once:
    """An iterable without length that can be gone through once, with ``close``."""

    def __init__(self) -> None:
        self.left = [b"x", b"y"]

    def __iter__(self) -> Once:
        """Give itself."""
        return self

    def __next__(self) -> bytes:
        """Give the next chunk."""
        if not self.left:
            raise StopIteration
        return self.left.pop(0)

    def close(self) -> None:
        self.left = []


def once(environ: dict[str, Any], start_response: Any) -> Once:
    start_response("200 OK", [TEXT, ("Content-Length", "2")])
    return Once()


def tuple_of_bytes(environ: dict[str, Any], start_response: Any) -> tuple[bytes, ...]:
    start_response("200 OK", [TEXT, ("Content-Length", "3")])
    return b"a", b"b", b"c"


APPS: dict[str, App] = {
    "text": sized(b"hello", TEXT),
    "utf-8 text": sized("h\xe9llo \N{EURO SIGN} \N{GRINNING FACE}".encode(), TEXT),
    "utf-8 without charset": sized("\xe9".encode(), ("Content-Type", "text/plain")),
    "latin-1 text": sized(b"h\xe9llo", ("Content-Type", "text/plain; charset=iso-8859-1")),
    "utf-16 text": sized("h\xe9".encode("utf-16"), ("Content-Type", "text/plain; charset=utf-16")),
    "ascii as utf-16": sized("ab".encode("utf-16-le"), ("Content-Type", "text/x; charset=utf-16")),
    "broken utf-8": sized(b"\xc3(", TEXT),
    "cut utf-8": sized("\N{EURO SIGN}".encode()[:2], TEXT),
    "byte order mark": sized(b"\xef\xbb\xbfhi", TEXT),
    "control characters": sized(bytes(range(32)) + b"\x7f", TEXT),
    "quotes and backslashes": sized(b'"\\/\b\f', TEXT),
    "json": sized('{"a": "\xe9"}'.encode(), ("Content-Type", "application/json")),
    "lower-case content type": sized(PNG, ("content-type", "image/png")),
    "image": sized(PNG, ("Content-Type", "image/png")),
    "image called text": sized(PNG, TEXT),
    "svg": sized(b"<svg/>", ("Content-Type", "image/svg+xml")),
    "untyped": sized(b"hello"),
    "untyped binary": sized(b"\x00\xff"),
    "every byte": sized(bytes(range(256)), ("Content-Type", "application/octet-stream")),
    "gzip": sized(gzip.compress(b"x" * 99, mtime=0), TEXT, ("Content-Encoding", "gzip")),
    "empty": sized(b"", TEXT),
    "two cookies": sized(b"", TEXT, ("Set-Cookie", "a=1; Path=/"),
                         ("Set-Cookie", "b=2; Expires=Wed, 21 Oct 2026 07:28:00 GMT; HttpOnly")),
    "twelve cookies": sized(b"", *[("Set-Cookie", f"c{i}=1") for i in range(12)]),
    "cookie of mixed case": sized(b"", ("SET-cookie", "a=1"), ("set-Cookie", "b=2")),
    "links and vary": sized(b"", ("Link", "</a>; rel=next"), ("Link", "</b>; rel=prev"),
                            ("Vary", "Cookie"), ("vary", "Accept")),
    "latin-1 header": sized(b"", ("X-Name", "caf\xe9")),
    "empty header": sized(b"", ("X-Empty", "")),
    "location": sized(b"", ("Location", "/x?y=1#z"), status="302 Found"),
    "teapot": sized(b"", status="418 I'm a teapot"),
    "own reason": sized(b"", status="299 Quite Fine"),
    "not found": sized(b"no", TEXT, status="404 Not Found"),
    "server error": sized(b"no", TEXT, status="500 Internal Server Error"),
    "no content": bodiless("204 No Content"),
    "no content, typed": bodiless("204 No Content", TEXT),
    "not modified": bodiless("304 Not Modified", ("ETag", '"a"')),
    "reset content": sized(b"", status="205 Reset Content"),
    "partial": sized(b"ab", TEXT, ("Content-Range", "bytes 0-1/5"), status="206 Partial Content"),
    "generator": generator,
    "late start_response": late,
    "write": written,
    "write between": written_between,
    "second thought": second_thought,
    "file wrapper": from_file,
    "iterator without length": once,
    "tuple": tuple_of_bytes,
}  # fmt: skip


class Factory:
    """A factory that hides behind a name with a dot."""

    @staticmethod
    def make() -> App:
        """Give an app."""
        return sized(b"made")
