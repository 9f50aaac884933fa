"""aws-wsgi as the carrier of each request, and its ``response`` for code that calls it today.

aws-wsgi 0.2.7 (https://github.com/slank/awsgi, archived) loses repeated query keys and headers,
never decodes paths, reads the status too early, decodes every body as UTF-8 and never closes.
Here it gets an event it can carry and an app that closes those gaps around the real one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import awsgi

from unlith_runtime.events import EventKind, kind_of
from unlith_runtime.http import Request, Response, has_no_body
from unlith_runtime.limits import within_limit
from unlith_runtime.parts import Event
from unlith_runtime.wsgi import Environ, WsgiApp, environ_of, serve

_TEXT, _BINARY = "text/plain", "application/octet-stream"


def response(
    app: WsgiApp,
    event: Event,
    context: object,
    base64_content_types: Iterable[str] | None = None,
) -> Event:
    """Answer as ``awsgi.response`` does, for every kind of event and without its losses.

    Bodies that are not UTF-8 are base64 anyway; *base64_content_types* adds types that always are.
    """
    kind = kind_of(event)
    request = kind.request(event, context)
    answer = carried(app, kind, request, base64_types=frozenset(base64_content_types or ()))
    return within_limit(answer, request, kind)


def carried(
    app: WsgiApp,
    kind: EventKind,
    request: Request,
    *,
    is_threaded: bool = False,
    base64_types: frozenset[str] = frozenset(),
) -> Event:
    """Give the answer that ``awsgi.response`` carries: its status, its body, our headers."""
    carrier = _Carrier(app, request, is_threaded, base64_types)
    plain = {
        "httpMethod": request.method,
        "path": request.path_info,
        "queryStringParameters": None,
        "body": request.body,
    }
    told = awsgi.response(carrier, plain, request.context, (_BINARY,))
    head = carrier.response
    head.status, head.body = int(told["statusCode"]), b""
    answer = kind.response(head, request.event)
    answer["body"], answer["isBase64Encoded"] = told["body"], told["isBase64Encoded"]
    return answer


# Private


class _Carrier:
    """The app as aws-wsgi sees it: one value a header, a status in time, a body it can decode."""

    __slots__ = ("app", "base64_types", "is_threaded", "request", "response")

    def __init__(
        self, app: WsgiApp, request: Request, is_threaded: bool, base64_types: frozenset[str]
    ) -> None:
        self.app = app
        self.request = request
        self.is_threaded = is_threaded
        self.base64_types = base64_types
        self.response = Response(500)

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        complete = environ_of(self.request, is_threaded=self.is_threaded)
        complete["wsgi.input"] = environ["wsgi.input"]
        self.response = told = serve(self.app, complete)
        body = b"" if has_no_body(self.request.method, told.status) else told.body
        is_text = (body.isascii() or _is_utf8(body)) and not self._is_listed(told)
        kind = _TEXT if is_text else _BINARY
        start_response(told.status_line, [("Content-Type", kind)])
        return (body,)

    def _is_listed(self, told: Response) -> bool:
        if not self.base64_types:
            return False
        kinds = [value for name, value in told.headers if name.lower() == "content-type"]
        return bool(kinds) and kinds[-1].partition(";")[0].strip() in self.base64_types


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True
