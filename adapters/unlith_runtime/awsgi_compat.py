"""aws-wsgi as the carrier of each request, and its ``response`` for code that calls it today.

aws-wsgi 0.2.7 (https://github.com/slank/awsgi, archived) loses repeated query keys and headers,
never decodes paths, reads the status too early, decodes every body as UTF-8 and never closes.
Here it gets an event it can carry and an app that closes those gaps around the real one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import awsgi

from unlith_runtime.events import kind_of
from unlith_runtime.kinds import EventKind
from unlith_runtime.parts import Answer, Event
from unlith_runtime.wsgi import STATUSES, Environ, WsgiApp, serve

_BINARY = [("Content-Type", "application/octet-stream")]
_BASE64 = frozenset(("application/octet-stream",))


def response(
    app: WsgiApp,
    event: Event,
    context: object,
    base64_content_types: Iterable[str] | None = None,
) -> Event:
    """Answer as ``awsgi.response`` does, for every kind of event and without its losses.

    Bodies that are not UTF-8 are base64 anyway; *base64_content_types* adds types that always are.
    """
    from unlith_runtime.http import Request
    from unlith_runtime.limits import within_limit

    kind = kind_of(event)
    environ = kind.environ(event, context)
    answer = carried(app, kind, environ, frozenset(base64_content_types or ()))
    return within_limit(answer, Request(environ), kind)


def carried(
    app: WsgiApp,
    kind: EventKind,
    complete: Environ,
    base64_types: frozenset[str] = frozenset(),
) -> Event:
    """Give the answer that ``awsgi.response`` carries: its status, its body, our headers."""
    method = complete["REQUEST_METHOD"]  # now: the app may change it
    head: Any = None

    def carry(environ: Environ, start_response: Any) -> Iterable[bytes]:
        nonlocal head
        complete["wsgi.input"] = environ["wsgi.input"]
        head = serve(app, complete)
        body = head.body  # the kind's answer leaves it out where none may be
        is_text = body.isascii() or _is_utf8(body)
        if base64_types and _type_of(head) in base64_types:
            is_text = False
        start_response(str(head.status), () if is_text else _BINARY)
        return (body,)

    plain: Event = {
        "httpMethod": method,
        "path": complete["PATH_INFO"],
        "queryStringParameters": None,
    }
    if body := complete["wsgi.input"]:
        plain["body"] = body
    told = awsgi.response(carry, plain, None, _BASE64)
    status = told["statusCode"]
    head.status = STATUSES[status] if status in STATUSES else int(status)
    head.body = told["body"]
    head.is_base64 = told["isBase64Encoded"]
    return kind.answer(head, method)


# Private


def _type_of(head: Answer) -> str:
    kinds = [value for name, value in head.headers if name.lower() == "content-type"]
    return kinds[-1].partition(";")[0].strip() if kinds else ""


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True
