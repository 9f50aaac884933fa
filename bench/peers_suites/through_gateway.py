"""A pytest plugin: Werkzeug's test client asks through a gateway's event and the adapter.

Only the way between client and app is another one; the tests are what their authors wrote.
The shape is in ``UNLITH_SHAPE``; every request is counted into the file ``UNLITH_COUNT``.
Keys the test client itself put into the environ (contexts it keeps alive, an error stream) are
handed over beside the event: no gateway knows them.
"""

from __future__ import annotations

import os
from http import HTTPStatus
from io import BytesIO
from typing import Any
from urllib.parse import quote

import werkzeug.test
from werkzeug.datastructures import Headers
from werkzeug.wsgi import ClosingIterator

from unlith.domain.exchange import HttpRequest
from unlith.domain.gateways import GATEWAYS, Arrival
from unlith_runtime.whole import make_handler

SHAPE = os.environ.get("UNLITH_SHAPE", "")
PORTS = {"http": 80, "https": 443}
calls = 0


def run_wsgi_app(app: Any, environ: dict[str, Any], buffered: bool = False) -> Any:
    """Do what werkzeug.test.run_wsgi_app does, by way of an event."""
    global calls
    calls += 1
    environ = {"REQUEST_METHOD": "GET", **werkzeug.test._get_environ(environ)}
    gateway = GATEWAYS[SHAPE]
    event = gateway.event(request_of(environ), arrival_of(environ))
    private = {
        key: value
        for key, value in environ.items()
        if key.startswith(("werkzeug.", "flask.", "wsgi.errors"))
    }

    def beside(inside: dict[str, Any], start_response: Any) -> Any:
        inside.update(private)
        return app(inside, start_response)

    engine = os.environ.get("UNLITH_ENGINE", "awsgi")
    handler = make_handler(beside, base_path=environ.get("SCRIPT_NAME") or None, engine=engine)
    answer = gateway.answer(handler(event, None))
    try:
        reason = HTTPStatus(answer.status).phrase
    except ValueError:
        reason = "UNKNOWN"
    return (
        ClosingIterator([answer.body]),
        f"{answer.status} {reason}".upper(),
        Headers(list(answer.headers)),
    )


def request_of(environ: dict[str, Any]) -> HttpRequest:
    """Give the request as it would stand on the wire."""
    path = (environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")).encode("latin-1")
    target = quote(path, safe="/!$&'()*+,;=:@~") or "/"
    if query := environ.get("QUERY_STRING"):
        target += f"?{query}"
    headers = [
        (key[5:].replace("_", "-").title(), str(value))
        for key, value in environ.items()
        if key.startswith("HTTP_")
    ]
    for key, name in (("CONTENT_TYPE", "Content-Type"), ("CONTENT_LENGTH", "Content-Length")):
        if environ.get(key):
            headers.append((name, str(environ[key])))
    stream = environ.get("wsgi.input") or BytesIO()
    length = environ.get("CONTENT_LENGTH")
    start = stream.tell() if hasattr(stream, "tell") else None
    body = stream.read(int(length)) if length else stream.read()
    if start is not None:
        stream.seek(start)  # the client sends the same stream again when it is redirected
    return HttpRequest(environ["REQUEST_METHOD"], target, tuple(headers), body)


def arrival_of(environ: dict[str, Any]) -> Arrival:
    """Give the scheme, port and client of the test's own base URL."""
    scheme = environ.get("wsgi.url_scheme", "http")
    port = environ.get("SERVER_PORT") or PORTS.get(scheme, 80)
    return Arrival(environ.get("REMOTE_ADDR", "127.0.0.1"), scheme=scheme, port=int(port))


def pytest_configure() -> None:
    """Put the other way in place, where a shape was asked for."""
    if SHAPE:
        werkzeug.test.run_wsgi_app = run_wsgi_app


def pytest_unconfigure() -> None:
    """Write down how many requests went that way."""
    if count := os.environ.get("UNLITH_COUNT"):
        with open(count, "w", encoding="utf-8") as file:
            file.write(str(calls))
