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
    event, context, body = request.event, request.context, request.body
    about = event.get("requestContext") if isinstance(event, dict) else None
    environ: Environ = {
        "REQUEST_METHOD": request.method,
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
    _add_headers(environ, request.headers)
    if body:
        environ["CONTENT_LENGTH"] = str(len(body))
    elif "CONTENT_LENGTH" in environ or request.method in ("POST", "PUT", "PATCH"):
        # REST APIs drop the header, but clients send it with these methods (RFC 9110, 8.6).
        environ["CONTENT_LENGTH"] = "0"
    get = environ.get
    scheme = public_scheme(get("HTTP_X_FORWARDED_PROTO", ""), request.default_scheme)
    host = get("HTTP_HOST") or request.default_host or "localhost"
    environ["wsgi.url_scheme"] = scheme
    environ["SERVER_PORT"] = public_port(get("HTTP_X_FORWARDED_PORT", ""), host, scheme)
    name, colon, port = host.rpartition(":")
    environ["SERVER_NAME"] = name if colon and port.isdecimal() else host
    return environ


def serve(app: WsgiApp, environ: Environ) -> Response:
    """Give *app*'s whole answer; what it raises goes up after its iterable was closed."""
    chunks: list[bytes] = []
    started = Started(chunks.append)
    pump(app, environ, started)
    code, _, reason = started.status.partition(" ")
    if not code:
        raise NoResponse("the app answered without calling start_response")
    return Response(int(code), started.headers, b"".join(chunks), reason.strip())


def pump(app: WsgiApp, environ: Environ, started: Started) -> None:
    """Run *app* to its end, each chunk to ``started.send`` as it comes, ``close()`` always."""
    iterable = app(environ, started)
    try:
        for chunk in iterable:
            if chunk:
                started.write(chunk)
    finally:
        close = getattr(iterable, "close", None)
        if close is not None:
            close()


class Started:
    """``start_response``, and what it was told; ``send`` gets the body's non-empty chunks."""

    __slots__ = ("headers", "is_sent", "send", "status")

    def __init__(self, send: Callable[[bytes], object]) -> None:
        self.status = ""
        self.headers: list[tuple[str, str]] = []
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
        self.status = status
        self.headers = list(headers)
        return self.write

    def write(self, data: bytes) -> None:
        """Send *data* on; an app may use its buffer again, so only bytes go uncopied."""
        if data:
            if data.__class__ is not bytes:
                data = memoryview(data).tobytes()
            self.is_sent = True
            self.send(data)


# Private


def _add_headers(environ: Environ, headers: list[tuple[str, str]]) -> None:
    for name, value in headers:
        key = _KEYS.get(name)
        if key is None:
            key = _key(name)
        if not key:
            continue
        if not value.isascii():
            value = latin1(value)
        if key not in environ or key[:8] == "CONTENT_":
            environ[key] = value
        else:
            environ[key] += ("; " if key == "HTTP_COOKIE" else ", ") + value


def _key(name: str) -> str:
    """Give a header's environ key, or "" for a name that could pass for another one."""
    key = "" if "_" in name or not name.isascii() else name.upper().replace("-", "_")
    if key and key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        key = "HTTP_" + key
    if len(_KEYS) < _KEYS_AT_MOST:
        _KEYS[name] = key
    return key
