"""The judge of the adapter's tests: the same app on real servers, asked over real sockets.

``through`` sends a request the other way: gateway emulation, JSON, handler, JSON, gateway.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import waitress.server
import werkzeug.serving

from unlith.domain.exchange import HttpAnswer, HttpRequest
from unlith.domain.gateways import GATEWAYS, Arrival

SHAPES = tuple(GATEWAYS)
ADDED = ("HTTP_X_AMZN_TRACE_ID", "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PORT",
         "HTTP_X_FORWARDED_PROTO")  # fmt: skip
PER_HOP = ("connection", "date", "keep-alive", "server", "transfer-encoding", "via")

App = Callable[[dict[str, Any], Any], Any]


class _Silent(werkzeug.serving.WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing."""


@contextlib.contextmanager
def werkzeug_server(app: App) -> Iterator[int]:
    """Serve *app* with werkzeug and give the port."""
    server = werkzeug.serving.make_server(
        "127.0.0.1", 0, app, threaded=True, request_handler=_Silent
    )
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextlib.contextmanager
def waitress_server(app: App) -> Iterator[int]:
    """Serve *app* with waitress and give the port."""
    sockets: dict[int, Any] = {}
    server = waitress.server.create_server(
        app, host="127.0.0.1", port=0, map=sockets, threads=2, clear_untrusted_proxy_headers=False
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield server.effective_port
    finally:
        # The loop ends when nothing is left in its map.
        server.trigger.pull_trigger(lambda: [one.close() for one in list(sockets.values())])
        thread.join()
        server.task_dispatcher.shutdown()


SERVERS = {"werkzeug": werkzeug_server, "waitress": waitress_server}


def wire(request: HttpRequest, *, chunked: bool = False) -> bytes:
    """Give the request's bytes; Content-Length is added where a client would."""
    head = f"{request.method} {request.target} HTTP/1.1\r\n"
    for name, value in request.headers:
        head += f"{name}: {value}\r\n"
    body = request.body
    if chunked:
        head += "Transfer-Encoding: chunked\r\n"
        halves = (body[: len(body) // 2], body[len(body) // 2 :])
        body = b"".join(b"%x\r\n%s\r\n" % (len(half), half) for half in halves if half)
        body += b"0\r\n\r\n"
    return (head + "\r\n").encode("latin-1") + body


def ask(port: int, request: HttpRequest, *, chunked: bool = False) -> HttpAnswer:
    """Send *request* to the server on *port* and give its answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as link:
        link.sendall(wire(request, chunked=chunked))
        answer = http.client.HTTPResponse(link, method=request.method)
        answer.begin()
        body = answer.read()
        headers = tuple(answer.getheaders())
        answer.close()
    return HttpAnswer(answer.status, headers, body)


def through(
    handler: Callable[[Any, Any], Any],
    shape: str,
    request: HttpRequest,
    arrival: Arrival | None = None,
) -> HttpAnswer:
    """Give what a client gets for *request* when *handler* answers behind *shape*."""
    gateway = GATEWAYS[shape]
    event = json.loads(json.dumps(gateway.event(request, arrival or Arrival())))
    before = json.dumps(event)
    result = handler(event, None)
    assert json.dumps(event) == before, "the event was changed"
    return gateway.answer(json.loads(json.dumps(result)))


def echo(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """Answer with what the app was told about the request."""
    if "wsgi.input_terminated" in environ:
        body = environ["wsgi.input"].read()
    else:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    keys = ("REQUEST_METHOD", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING", "CONTENT_TYPE",
            "CONTENT_LENGTH", "SERVER_PROTOCOL")  # fmt: skip
    seen = {key: environ[key] for key in keys if environ.get(key) is not None}
    seen |= {key: environ[key] for key in environ if key[:5] == "HTTP_" and key not in ADDED}
    seen["body"] = body.decode("latin-1")
    told = json.dumps(seen).encode()
    start_response("200 OK", [("Content-Type", "application/json"),
                              ("Content-Length", str(len(told)))])  # fmt: skip
    return [told]


def seen_in(answer: HttpAnswer) -> dict[str, str]:
    """Give what ``echo`` saw, repeated headers with one way of joining."""
    assert answer.status == 200, answer
    seen: dict[str, str] = json.loads(answer.body)
    return {key: value.replace(", ", ",") if key[:5] == "HTTP_" else value
            for key, value in seen.items()}  # fmt: skip


def visible(answer: HttpAnswer) -> dict[str, Any]:
    """Give what a client can tell apart: status, headers by name, body."""
    headers: dict[str, list[str]] = {}
    for name, value in answer.headers:
        if name.lower() not in PER_HOP:
            headers.setdefault(name.lower(), []).append(value)
    return {
        "status": answer.status,
        "headers": {
            name: values if name == "set-cookie" else ", ".join(values)
            for name, values in sorted(headers.items())
        },
        "body": answer.body,
    }
