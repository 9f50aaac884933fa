"""A WSGI app's side of one request: the environ it gets, and its answer gathered to the end.

Holds no state between requests. The one seam for streaming is ``pump``: it sends each chunk on
as it comes, head first; ``serve`` joins them, because Lambda's Python runtime (awslambdaric 4.2)
posts one body. Source: PEP 3333, https://peps.python.org/pep-3333/.
"""

from __future__ import annotations

import sys
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


def environ_of(request: Request, *, is_threaded: bool = False) -> Environ:
    """Give the environ a real server would give for *request*."""
    event, context, body, method = request.event, request.context, request.body, request.method
    about = event.get("requestContext") if isinstance(event, dict) else None
    environ: Environ = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": request.script_name,
        "PATH_INFO": request.path_info,
        "QUERY_STRING": request.query_string,
        "REMOTE_ADDR": request.client_address,
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.input": BytesIO(body),
        "wsgi.input_terminated": True,  # werkzeug reads chunked requests only with this
        "wsgi.errors": sys.stderr,
        "wsgi.file_wrapper": FileWrapper,
        "wsgi.multithread": is_threaded,
        "wsgi.multiprocess": True,  # other environments of the same function serve meanwhile
        "wsgi.run_once": False,
        "unlith.event": event,
        "unlith.context": context,
        # What apps find under other adapters, so that they move over unchanged.
        "awsgi.event": event,
        "awsgi.context": context,
        "serverless.event": event,
        "serverless.context": context,
        "serverless.authorizer": about.get("authorizer") if isinstance(about, dict) else None,
        "apig_wsgi.full_event": event,
        "apig_wsgi.request_context": about,
        "apig_wsgi.context": context,
        "lambda.event": event,
        "lambda.context": context,
    }
    _add_headers(environ, request)
    if body:
        environ["CONTENT_LENGTH"] = str(len(body))
    elif "CONTENT_LENGTH" in environ or method == "POST" or method == "PUT" or method == "PATCH":
        # REST APIs drop the header, but clients send it with these methods (RFC 9110, 8.6).
        environ["CONTENT_LENGTH"] = "0"
    _add_address(environ, request)
    return environ


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
    iterable = app(environ, started)
    try:
        for chunk in iterable:
            if chunk:
                started.write(chunk)
    finally:
        if hasattr(iterable, "close"):
            iterable.close()


class Started(Response):
    """``start_response`` and the response it starts; ``send`` gets the body's chunks."""

    __slots__ = ("is_sent", "send")

    def __init__(self, send: Callable[[bytes], object]) -> None:
        self.status = 0
        self.body = b""
        self.is_sent = False
        self.send = send

    def __call__(
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
        code, _, self.reason = status.partition(" ")
        self.status = int(code)
        self.headers = list(headers)
        return self.write

    def write(self, data: bytes) -> None:
        """Send *data* on; an app may use its buffer again, so only bytes go uncopied."""
        if data.__class__ is not bytes:
            data = memoryview(data).tobytes()
        if data:
            self.is_sent = True
            self.send(data)


# Private


def _add_headers(environ: Environ, request: Request) -> None:
    fields: dict[str, Any] | None = request.fields
    size = len(environ) + (len(fields) if fields else 0)
    try:  # the usual case: names seen before, each with one value, none twice
        if fields is None:
            size = 0
        elif request.is_many:
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


def _add_address(environ: Environ, request: Request) -> None:
    scheme = environ.get("HTTP_X_FORWARDED_PROTO")
    if scheme != "https" and scheme != "http":
        scheme = public_scheme(scheme or "", request.default_scheme)
    host = environ.get("HTTP_HOST") or request.default_host or "localhost"
    port = environ.get("HTTP_X_FORWARDED_PORT", "")
    environ["wsgi.url_scheme"] = scheme
    environ["SERVER_PORT"] = port if port == "443" else public_port(port, host, scheme)
    if ":" in host:
        name, _, port = host.rpartition(":")
        host = name if port.isdecimal() else host
    environ["SERVER_NAME"] = host


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
