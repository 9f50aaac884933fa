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
from typing import TYPE_CHECKING, Any

from unlith_runtime.parts import Answer, Event, latin1, public_port, public_scheme, rebased

if TYPE_CHECKING:
    from unlith_runtime.http import Request

Environ = dict[str, Any]
WsgiApp = Callable[[Environ, Any], Iterable[bytes]]
ExcInfo = tuple[type[BaseException], BaseException, Any]

# Header name -> environ key, as computed before: names repeat from request to request.
# The bound keeps a client from filling memory with names.
_KEYS: dict[str, str] = {}
_KEYS_AT_MOST = 512
STATUSES: dict[str, int] = {}  # "404 Not Found" -> 404, bounded likewise
_WITH_BODY = frozenset(("POST", "PUT", "PATCH"))


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


def _roomy(environ: Environ) -> Environ:
    """Give *environ* with room for more keys, which CPython's copies keep: growing costs."""
    size = sys.getsizeof(environ)
    for _ in range(64):
        environ["room"] = None
        del environ["room"]
        if sys.getsizeof(environ) > size:
            break
    return environ


_SAME: Environ = _roomy({
    # A place for what differs: a copy with every key is made in one go, new keys cost.
    # Literals: the strings of a file are one object each, found without comparing letters.
    **dict.fromkeys(
        ("REQUEST_METHOD", "PATH_INFO", "wsgi.errors", "unlith.event", "unlith.context",
         "awsgi.event", "awsgi.context", "serverless.event", "serverless.context",
         "serverless.authorizer", "apig_wsgi.full_event", "apig_wsgi.request_context",
         "apig_wsgi.context")
    ),
    **dict.fromkeys(("SCRIPT_NAME", "RAW_URI", "REQUEST_URI", "QUERY_STRING", "REMOTE_ADDR"), ""),
    "SERVER_NAME": "localhost",
    "SERVER_PORT": "443",
    "SERVER_PROTOCOL": "HTTP/1.1",
    "wsgi.url_scheme": "https",
    "wsgi.input": b"",
    "wsgi.version": (1, 0),
    "wsgi.input_terminated": True,  # werkzeug reads chunked requests only with this
    "wsgi.file_wrapper": FileWrapper,
    "wsgi.multithread": False,
    "wsgi.multiprocess": True,  # other environments of the same function serve meanwhile
    "wsgi.run_once": False,
})  # fmt: skip
_SIZE = len(_SAME)


def begun(event: Any, context: object, about: Any, fields: Any = None) -> Environ:
    """Give an environ with event and context, also where other adapters put them.

    *fields* are headers, a map with one text a name.
    """
    environ = _SAME.copy()
    environ["unlith.event"] = environ["awsgi.event"] = environ["serverless.event"] = event
    environ["apig_wsgi.full_event"] = event
    environ["unlith.context"] = environ["awsgi.context"] = environ["serverless.context"] = context
    environ["apig_wsgi.context"] = context
    environ["apig_wsgi.request_context"] = about
    if "authorizer" in about:
        environ["serverless.authorizer"] = about["authorizer"]
    environ["wsgi.errors"] = sys.stderr
    if not fields:
        return environ
    keys = _KEYS
    try:  # the usual case: names seen before, none twice
        for name, value in fields.items():
            environ[keys[name]] = value if value.isascii() else latin1(value)
        if len(environ) == _SIZE + len(fields):
            return environ
    except (AttributeError, KeyError, TypeError):
        pass
    _add_each(environ, fields)
    return environ


def headed(
    event: Event, context: object, about: Event, lists: str = "multiValueHeaders"
) -> Environ:
    """Give an environ as ``begun`` does, with headers of the map under *lists* if there."""
    fields = event.get(lists)
    if not fields:
        return begun(event, context, about, event.get("headers"))
    environ = begun(event, context, about)
    keys = _KEYS
    try:
        for name, (value,) in fields.items():
            environ[keys[name]] = value if value.isascii() else latin1(value)
        if len(environ) == _SIZE + len(fields):
            return environ
    except (AttributeError, KeyError, TypeError, ValueError):
        pass
    _add_each(environ, fields)
    return environ


def finish(
    environ: Environ, event: Event, path: str, uri: str, query: str, base_path: str | None
) -> Environ:
    """Add body, address, path and query to an environ with method and headers; give it.

    The body stays bytes under ``wsgi.input``: whoever calls the app makes it a stream. *path* is
    what ``PATH_INFO`` holds before the prefix goes, *uri* the path as the client sent it.
    """
    if body := event.get("body"):
        is_base64 = event.get("isBase64Encoded")
        told = a2b_base64(body) if is_base64 else body.encode("utf-8", "surrogatepass")
        environ["wsgi.input"] = told
        environ["CONTENT_LENGTH"] = str(len(told))  # whatever the client claimed
    elif "CONTENT_LENGTH" in environ or environ["REQUEST_METHOD"] in _WITH_BODY:
        # REST APIs drop the header, but clients send it with these methods (RFC 9110, 8.6).
        environ["CONTENT_LENGTH"] = "0"
    try:  # the usual case: https on its own port
        host = environ["HTTP_HOST"]
        if (
            environ["HTTP_X_FORWARDED_PORT"] != "443"
            or environ["HTTP_X_FORWARDED_PROTO"] != "https"
            or ":" in host
        ):
            _add_address(environ, host)
        else:
            environ["SERVER_NAME"] = host
    except KeyError:
        _add_address(environ, environ.get("HTTP_HOST", ""))
    if base_path is not None:
        path = rebased(environ, path, base_path)
    if not path or ("//" in path and path[:2] == "//"):
        # As servers do: a path must never look like a host.
        path, uri = "/" + path.lstrip("/"), "/" + uri.lstrip("/")
    environ["PATH_INFO"] = path
    if query:
        environ["QUERY_STRING"] = query
        uri = f"{uri}?{query}"
    # Not in PEP 3333: gunicorn's name of the target and mod_wsgi's.
    environ["RAW_URI"] = environ["REQUEST_URI"] = uri
    return environ


def environ_of(request: Request) -> Environ:
    """Give the environ a real server would give for *request*."""
    return request.environ


def serve(app: WsgiApp, environ: Environ) -> Answer:
    """Give *app*'s whole answer; what it raises goes up after its iterable was closed."""
    started = Started()
    started.status = 0
    chunks: list[bytes] = []
    started.sink = chunks
    iterable = app(environ, started.start_response)
    if type(iterable) is list and len(iterable) == 1 and started.status and not chunks:
        started.body = iterable[0]  # the usual case: nothing to join, nothing to close
        if type(started.body) is bytes:
            return started
    pump(started, iterable)
    started.body = b"".join(chunks)
    return started


def pump(started: Started, iterable: Iterable[bytes]) -> None:
    """Send each chunk to ``started.sink.append`` as it comes, ``close()`` always.

    The sink must be true once it got a chunk: a head can no longer be replaced then.

    Raises:
        NoResponse: if ``start_response`` was never called.
    """
    sink = started.sink
    try:
        for chunk in iterable:
            if type(chunk) is bytes and chunk:
                sink.append(chunk)
            else:
                started.write(chunk)
    finally:
        if type(iterable) is not list and hasattr(iterable, "close"):
            iterable.close()
    if not started.status:
        from unlith_runtime.errors import NoResponse  # here: seldom needed

        raise NoResponse("the app answered without calling start_response")


class Started(Answer):
    """A response as ``start_response`` starts it; ``sink`` gets the body's chunks."""

    __slots__ = ("body", "headers", "is_base64", "line", "sink", "status")
    sink: Any

    def start_response(
        self, status: str, headers: list[tuple[str, str]], exc_info: ExcInfo | None = None
    ) -> Callable[[bytes], None]:
        """Take the head; a second one needs *exc_info* and must come before the body."""
        if exc_info:
            try:
                if self.sink:  # too late for another head: the error goes up
                    raise exc_info[1].with_traceback(exc_info[2])
            finally:
                exc_info = None  # or the traceback would hold itself
        elif self.status:
            raise AssertionError("start_response was called twice without exc_info")
        self.status = STATUSES[status] if status in STATUSES else _status(status)
        self.line = status
        self.headers = headers
        return self.write

    def write(self, data: bytes) -> None:
        """Send *data* on; an app may use its buffer again, so only bytes go uncopied."""
        data = memoryview(data).tobytes()
        if data:
            self.sink.append(data)


# Private


def _add_each(environ: Environ, fields: Any) -> None:
    """Add every header, repeats joined as the protocol says."""
    found: Environ = {}
    for name, values in fields.items():
        key = _KEYS.get(name) or _key(name)
        for value in values if isinstance(values, list) else (values,):
            if value is None:
                continue
            text = latin1(str(value))
            if key not in found or key[:8] == "CONTENT_":
                found[key] = text
            else:
                found[key] += ("; " if key == "HTTP_COOKIE" else ", ") + text
    environ.update(found)


def _key(name: str) -> str:
    """Give a header's environ key, one of its own for a name that could pass for another."""
    key = name.upper().replace("-", "_")
    if "_" in name or not name.isascii():
        key = "unlith.dropped"
    elif key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        key = "HTTP_" + key
    if len(_KEYS) < _KEYS_AT_MOST:
        _KEYS[name] = key = sys.intern(key)  # apps look their names up with literals
    return key


def _status(line: str) -> int:
    status = int(line[:3])
    if len(STATUSES) < _KEYS_AT_MOST:
        STATUSES[line] = STATUSES[str(status)] = status
    return status


def _add_address(environ: Environ, host: str) -> None:
    """Add the public scheme, host and port; the environ's scheme is for headers that lack."""
    if not host:
        host = environ["apig_wsgi.request_context"].get("domainName") or ""
    found = environ.get("HTTP_X_FORWARDED_PROTO")
    if found:
        environ["wsgi.url_scheme"] = public_scheme(found, environ["wsgi.url_scheme"])
    port = environ.get("HTTP_X_FORWARDED_PORT") or ""
    environ["SERVER_PORT"] = public_port(port, host, environ["wsgi.url_scheme"])
    if ":" in host:
        name, _, port = host.rpartition(":")
        host = name if port.isdecimal() else host
    environ["SERVER_NAME"] = host or "localhost"
