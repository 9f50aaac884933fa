"""A WSGI app's side of one request: the environ it gets, and its answer gathered to the end.

Holds no state between requests. The one seam for streaming is ``pump``: it sends each chunk on
as it comes, head first; ``serve`` joins them, because Lambda's Python runtime (awslambdaric 4.2)
posts one body. Source: PEP 3333, https://peps.python.org/pep-3333/.

Every request pays for this file, so it prefers few steps to short ones; bench/adapter counts.
"""

from __future__ import annotations

import sys
from binascii import a2b_base64
from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from typing import Any

from unlith_runtime.errors import NoResponse
from unlith_runtime.http import Request, Response, latin1, public_port, public_scheme

Environ = dict[str, Any]
WsgiApp = Callable[[Environ, Any], Iterable[bytes]]
ExcInfo = tuple[type[BaseException], BaseException, Any]

# Header name -> environ key, as computed before: names repeat from request to request.
# The bound keeps a client from filling memory with names.
_KEYS: dict[str, str] = {}
_KEYS_AT_MOST = 512
_DROPPED = "unlith.dropped"


class FileWrapper:
    """An open file as an iterable of blocks, ``wsgi.file_wrapper`` of PEP 3333."""

    def __init__(self, file: Any, block_size: int = 65536) -> None:
        self.file = file
        self.block_size = block_size
        if hasattr(file, "close"):
            self.close = file.close

    def __iter__(self) -> Iterator[bytes]:
        """Give the rest of the file."""
        return iter(lambda: self.file.read(self.block_size), b"")


_SAME: Environ = {
    # A place for what differs: a copy with every key is made in one go, new keys cost.
    "SCRIPT_NAME": "",
    **dict.fromkeys(
        ("REQUEST_METHOD", "PATH_INFO", "QUERY_STRING", "REMOTE_ADDR",
         "SERVER_NAME", "SERVER_PORT", "wsgi.url_scheme", "wsgi.input", "wsgi.errors",
         "unlith.event", "unlith.context", "awsgi.event", "awsgi.context", "serverless.event",
         "serverless.context", "serverless.authorizer", "apig_wsgi.full_event",
         "apig_wsgi.request_context", "apig_wsgi.context")
    ),
    "SERVER_PROTOCOL": "HTTP/1.1",
    "wsgi.version": (1, 0),
    "wsgi.input_terminated": True,  # werkzeug reads chunked requests only with this
    "wsgi.file_wrapper": FileWrapper,
    "wsgi.multithread": False,
    "wsgi.multiprocess": True,  # other environments of the same function serve meanwhile
    "wsgi.run_once": False,
}  # fmt: skip


def begun(event: Any, context: object, about: Any) -> Environ:
    """Give an environ that holds event and context, also where other adapters put them."""
    environ = _SAME.copy()
    environ["unlith.event"] = environ["awsgi.event"] = environ["serverless.event"] = event
    environ["apig_wsgi.full_event"] = event
    environ["unlith.context"] = environ["awsgi.context"] = environ["serverless.context"] = context
    environ["apig_wsgi.context"] = context
    environ["apig_wsgi.request_context"] = about
    if "authorizer" in about:
        environ["serverless.authorizer"] = about["authorizer"]
    environ["wsgi.errors"] = sys.stderr
    return environ


def completed(
    environ: Environ, event: Any, base_path: str | None, cookies: list[str] | None = None
) -> Request:
    """Give the request whose environ has method, path and query, now with all the rest."""
    is_many = True
    fields = event.get("multiValueHeaders")
    if not fields:
        is_many = False
        fields = event.get("headers")
    body = event.get("body")
    if not body:
        body = b""
    elif event.get("isBase64Encoded"):
        body = a2b_base64(body)
    else:
        body = body.encode("utf-8", "surrogatepass")
    request = Request(environ, body, fields, cookies, is_many)
    environ["wsgi.input"] = BytesIO(body)
    if fields or cookies:
        _add_headers(environ, request)
    if body:
        environ["CONTENT_LENGTH"] = str(len(body))
    elif "CONTENT_LENGTH" in environ or environ["REQUEST_METHOD"] in ("POST", "PUT", "PATCH"):
        # REST APIs drop the header, but clients send it with these methods (RFC 9110, 8.6).
        environ["CONTENT_LENGTH"] = "0"
    path = environ["PATH_INFO"]
    if base_path is not None:
        path = _rebase(environ, path, base_path)
    if not path or path[:2] == "//":  # as servers do: a path must never look like a host
        environ["PATH_INFO"] = "/" + path.lstrip("/")
    return request


def add_address(environ: Environ, scheme: str, host: str) -> None:
    """Add the public scheme, host and port; *scheme* and *host* are for headers that lack."""
    found = environ.get("HTTP_X_FORWARDED_PROTO")
    if found == "https" or found == "http":
        scheme = found
    elif found:
        scheme = public_scheme(found, scheme)
    host = environ.get("HTTP_HOST") or host or "localhost"
    port = environ.get("HTTP_X_FORWARDED_PORT") or ""
    environ["wsgi.url_scheme"] = scheme
    environ["SERVER_PORT"] = port if port == "443" else public_port(port, host, scheme)
    if ":" in host:
        name, _, port = host.rpartition(":")
        host = name if port.isdecimal() else host
    environ["SERVER_NAME"] = host


def environ_of(request: Request, *, is_threaded: bool = False) -> Environ:
    """Give the environ a real server would give for *request*."""
    if is_threaded:
        request.environ["wsgi.multithread"] = True
    return request.environ


def serve(app: WsgiApp, environ: Environ) -> Response:
    """Give *app*'s whole answer; what it raises goes up after its iterable was closed."""
    chunks: list[bytes] = []
    started = Started(chunks.append)
    pump(app, environ, started)
    if not started.status:
        raise NoResponse("the app answered without calling start_response")
    started.body = chunks[0] if len(chunks) == 1 else b"".join(chunks)
    return started


def pump(app: WsgiApp, environ: Environ, started: Started) -> None:
    """Run *app* to its end, each chunk to ``started.send`` as it comes, ``close()`` always."""
    iterable = app(environ, started.start_response)
    try:
        for chunk in iterable:
            if chunk.__class__ is bytes and chunk:
                started.is_sent = True
                started.send(chunk)
            else:
                started.write(chunk)
    finally:
        if hasattr(iterable, "close"):
            iterable.close()


class Started(Response):
    """A response as ``start_response`` starts it; ``send`` gets the body's chunks."""

    __slots__ = ("is_sent", "send")

    def __init__(self, send: Callable[[bytes], object]) -> None:
        self.status = 0
        self.is_sent = False
        self.send = send

    def start_response(
        self, status: str, headers: list[tuple[str, str]], exc_info: ExcInfo | None = None
    ) -> Callable[[bytes], None]:
        """Take the head; a second one needs *exc_info* and must come before the body."""
        if exc_info:
            try:
                if self.is_sent:  # too late for another head: the error goes up
                    raise exc_info[1].with_traceback(exc_info[2])
            finally:
                exc_info = None  # or the traceback would hold itself
        elif self.status:
            raise AssertionError("start_response was called twice without exc_info")
        self.status = int(status[:3])
        self.reason = status[4:]
        self.headers = headers
        return self.write

    def write(self, data: bytes) -> None:
        """Send *data* on; an app may use its buffer again, so only bytes go uncopied."""
        data = memoryview(data).tobytes()
        if data:
            self.is_sent = True
            self.send(data)


# Private


def _add_headers(environ: Environ, request: Request) -> None:
    fields: Any = request.fields
    try:  # the usual case: names seen before, each with one value, none twice
        size = len(environ) + len(fields)
        if request.is_many:
            for name, (value,) in fields.items():
                environ[_KEYS[name]] = value if value.isascii() else latin1(value)
        else:
            for name, value in fields.items():
                environ[_KEYS[name]] = value if value.isascii() else latin1(value)
    except (AttributeError, KeyError, TypeError, ValueError):
        size = 0
    if len(environ) != size:
        _add_each(environ, request.headers)
    if request.cookies:
        environ["HTTP_COOKIE"] = latin1("; ".join(request.cookies))


def _add_each(environ: Environ, headers: list[tuple[str, str]]) -> None:
    found: Environ = {}
    for name, value in headers:
        key = _KEYS.get(name) or _key(name)
        if key not in found or key[:8] == "CONTENT_":
            found[key] = latin1(value)
        else:
            found[key] += ("; " if key == "HTTP_COOKIE" else ", ") + latin1(value)
    environ.update(found)


def _key(name: str) -> str:
    """Give a header's environ key, one of its own for a name that could pass for another."""
    key = name.upper().replace("-", "_")
    if "_" in name or not name.isascii():
        key = _DROPPED
    elif key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        key = "HTTP_" + key
    if len(_KEYS) < _KEYS_AT_MOST:
        _KEYS[name] = key
    return key


def _rebase(environ: Environ, path: str, base_path: str) -> str:
    if not base_path:
        environ["SCRIPT_NAME"] = ""
    elif path == base_path or path.startswith(base_path + "/"):
        environ["PATH_INFO"] = path = path[len(base_path) :]
        environ["SCRIPT_NAME"] += base_path
    return path
