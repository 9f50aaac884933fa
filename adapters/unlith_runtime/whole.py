"""The whole WSGI app behind one Lambda function, unchanged: ``make_handler``.

Each request is carried by aws-wsgi (engine ``awsgi``) or goes the same way without it (engine
``direct``); both give equal answers. Holds no state between calls and has no door for commands:
whatever an event holds, it is data.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib import import_module
from io import BytesIO
from logging import getLogger
from typing import Any

from unlith_runtime.events import (
    clean_base_path,
    found_kind,
    is_schedule,
    is_warm_up,
)
from unlith_runtime.kinds import EventKind
from unlith_runtime.parts import Event
from unlith_runtime.wsgi import Environ, WsgiApp, serve

# Errors, limits, snapshots and aws-wsgi are imported where they are needed: every cold start
# pays for each import.

Handler = Callable[[Any, Any], Any]
Engine = Callable[[WsgiApp, EventKind, Environ], Event]

_SURELY_FITS = 100_000  # even if every byte became \\u0000


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
    if engine not in ("awsgi", "direct"):
        raise ValueError(f"engine is {engine!r}, not 'awsgi' or 'direct'")
    if errors not in ("raise", "500"):
        raise ValueError(f"errors is {errors!r}, not 'raise' or '500'")
    wsgi_app = load(app) if isinstance(app, str) else app
    carry = _direct if engine == "direct" else _carrier()
    prefix = clean_base_path(base_path)
    is_threaded = os.environ.get("AWS_LAMBDA_CONCURRENCY_MODE") in ("thread", "hybrid")

    def handler(event: Any, context: Any) -> Any:
        kind = found_kind(event)
        if kind is None:
            return _no_http(event, context, on_event)
        try:
            environ = kind.environ(event, context, prefix)
        except (AttributeError, TypeError, ValueError) as error:
            raise _bad(event, "a part of it has another type than gateways send") from error
        if is_threaded:
            environ["wsgi.multithread"] = True
        try:
            answer = carry(wsgi_app, kind, environ)
        except (Exception, SystemExit):
            if errors == "raise":
                raise
            answer = _server_error(kind, environ, event)
        if len(answer["body"]) > _SURELY_FITS:
            from unlith_runtime.http import Request
            from unlith_runtime.limits import within_limit

            return within_limit(answer, Request(environ), kind)
        return answer

    return _ready(handler)


def load(target: str) -> WsgiApp:
    """Give the app that ``"module:app"`` or ``"module:factory()"`` names.

    Raises:
        BadTarget: if the text has another form, or names nothing callable.
    """
    from unlith_runtime.errors import BadTarget

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
    return found  # type: ignore[no-any-return]  # any callable may be an app


# Private


def _no_http(event: Any, context: Any, on_event: Handler | None) -> Any:
    if is_warm_up(event) and not (on_event and is_schedule(event)):
        return {"statusCode": 204, "body": ""}
    if on_event is None:
        raise _bad(event)
    return on_event(event, context)


def _ready(handler: Handler) -> Handler:
    if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start":
        from unlith_runtime.snapshot import before_snapshot

        before_snapshot(handler)
    return handler


def _bad(event: Any, why: str = "") -> Exception:
    from unlith_runtime.errors import BadEvent

    return BadEvent(event, why)


def _server_error(kind: EventKind, environ: Environ, event: Event) -> Event:
    from unlith_runtime.http import Request, Response

    request = Request(environ)
    getLogger("unlith_runtime").exception(
        "%s %s%s failed", request.method, request.script_name, request.path
    )
    told = b"Internal Server Error\n"
    head = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(told)))]
    return kind.response(Response(500, head, told), event)


def _carrier() -> Engine:
    from unlith_runtime.awsgi_compat import carried

    return carried


def _direct(app: WsgiApp, kind: EventKind, environ: Environ) -> Event:
    method = environ["REQUEST_METHOD"]  # now: the app may change it
    environ["wsgi.input"] = BytesIO(environ["wsgi.input"])
    return kind.answer(serve(app, environ), method)
