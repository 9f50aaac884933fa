"""The whole WSGI app behind one Lambda function, unchanged: ``make_handler``.

Each request is carried by aws-wsgi (engine ``awsgi``) or goes the same way without it (engine
``direct``); both give equal answers. Holds no state between calls and has no door for commands:
whatever an event holds, it is data.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib import import_module
from logging import getLogger
from typing import Any

from unlith_runtime.awsgi_compat import carried
from unlith_runtime.errors import BadEvent, BadTarget
from unlith_runtime.events import (
    EventKind,
    clean_base_path,
    is_schedule,
    is_warm_up,
    kind_of,
)
from unlith_runtime.http import Request, Response
from unlith_runtime.limits import within_limit
from unlith_runtime.parts import Event
from unlith_runtime.snapshot import before_snapshot
from unlith_runtime.wsgi import WsgiApp, environ_of, serve

Handler = Callable[[Any, Any], Any]
Engine = Callable[..., Event]  # (app, kind, request, *, is_threaded) -> the gateway's answer

_SURELY_FITS = 100_000  # even if every byte became \\u0000
_log = getLogger("unlith_runtime")


def make_handler(
    app: WsgiApp | str,
    *,
    base_path: str | None = None,
    engine: str = "awsgi",
    on_event: Handler | None = None,
    errors: str = "raise",
) -> Handler:
    """Give the Lambda handler that serves *app*.

    Args:
        app: a WSGI callable, ``"module:app"`` or ``"module:factory()"``.
        base_path: the path prefix the public address has; it goes to ``SCRIPT_NAME`` where a
            path starts with it. None: the stage, as the event tells; ``""``: never a prefix.
        engine: ``"awsgi"`` carries each request through aws-wsgi, ``"direct"`` does not.
        on_event: gets every event that is no HTTP event, a schedule's too.
        errors: ``"raise"`` lets an exception of the app become a function error (metrics,
            alarms); ``"500"`` logs it and answers as a server would.
    """
    if engine not in _ENGINES:
        raise ValueError(f"engine is {engine!r}, not one of {', '.join(map(repr, _ENGINES))}")
    if errors not in ("raise", "500"):
        raise ValueError(f"errors is {errors!r}, not 'raise' or '500'")
    wsgi_app = load(app) if isinstance(app, str) else app
    carry = _ENGINES[engine]
    prefix = clean_base_path(base_path)
    is_threaded = os.environ.get("AWS_LAMBDA_CONCURRENCY_MODE") in ("thread", "hybrid")

    def handler(event: Any, context: Any) -> Any:
        try:
            kind = kind_of(event)
        except BadEvent:
            return _no_http(event, context, on_event)
        request = kind.request(event, context, prefix)
        try:
            answer = carry(wsgi_app, kind, request, is_threaded=is_threaded)
        except (Exception, SystemExit):
            if errors == "raise":
                raise
            answer = _server_error(kind, request)
        if len(answer["body"]) > _SURELY_FITS:
            return within_limit(answer, request, kind)
        return answer

    before_snapshot(handler)
    return handler


def load(target: str) -> WsgiApp:
    """Give the app that ``"module:app"`` or ``"module:factory()"`` names.

    Raises:
        BadTarget: if the text has another form, or names nothing callable.
    """
    module, _, name = target.partition(":")
    is_factory = name.endswith("()")
    steps = name.removesuffix("()").split(".")
    if not all(step.isidentifier() for step in (*module.split("."), *steps)):
        raise BadTarget(f"{target!r} is not of the form 'module:app' or 'module:factory()'")
    found: Any = import_module(module)
    for step in steps:
        if not hasattr(found, step):
            raise BadTarget(f"{target!r}: {module} has no {step!r}")
        found = getattr(found, step)
    if is_factory:
        found = found()
    if not callable(found):
        raise BadTarget(f"{target!r} is a {type(found).__name__}, not a WSGI app")
    return found  # type: ignore[no-any-return]  # whatever can be called may be an app


# Private


def _no_http(event: Any, context: Any, on_event: Handler | None) -> Any:
    if is_warm_up(event) and not (on_event and is_schedule(event)):
        return {"statusCode": 204, "body": ""}
    if on_event is None:
        raise BadEvent(event)
    return on_event(event, context)


def _server_error(kind: EventKind, request: Request) -> Event:
    _log.exception("%s %s%s failed", request.method, request.script_name, request.path)
    told = b"Internal Server Error\n"
    head = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(told)))]
    return kind.response(Response(500, head, told), request.event)


def _direct(
    app: WsgiApp, kind: EventKind, request: Request, *, is_threaded: bool = False
) -> Event:
    event = request.event  # now: the environ is the app's to change
    return kind.response(serve(app, environ_of(request, is_threaded=is_threaded)), event)


_ENGINES: dict[str, Engine] = {"awsgi": carried, "direct": _direct}
