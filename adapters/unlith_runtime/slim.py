"""A slim function: the monolith's own app behind the adapter, answering its own endpoints only.

The view runs under Flask with every hook, handler, converter, session and provider that serves
it, because it is the app that runs; imports that can wait do, in its bundle's bytecode.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from typing import Any

from unlith_runtime.errors import BadTarget
from unlith_runtime.whole import load
from unlith_runtime.whole import make_handler as adapted


def make_handler(
    target: str, *, endpoints: Iterable[str], **options: Any
) -> Callable[[Any, Any], Any]:
    """Give the Lambda handler that serves some endpoints of ``module:app``.

    Requests for other endpoints get 421 before any hook of the app runs; those that no rule
    answers get the app's own 404, 405 or redirect. *options* are those of ``whole``.

    Raises:
        BadTarget: if there is no Flask app at the target, or it has no such endpoint.
    """
    app = load(target)
    flask_app = _inner(app)
    wanted = frozenset(endpoints)
    unknown = wanted - set(flask_app.view_functions)
    if unknown:
        raise BadTarget(f"{target!r} has no endpoint {', '.join(sorted(unknown))}")
    if not hasattr(flask_app.full_dispatch_request, "is_guarded"):
        flask_app.full_dispatch_request = _guarded(flask_app)
    answer = adapted(app, **options)

    def handler(event: Any, lambda_context: Any) -> Any:
        token = _served.set(wanted)
        try:
            return answer(event, lambda_context)
        finally:
            _served.reset(token)

    return handler


# Private

# What the handler at work serves; None outside of any, where the app serves all it has.
_served: ContextVar[frozenset[str] | None] = ContextVar("unlith.served", default=None)


def _guarded(app: Any) -> Callable[[], Any]:
    # Between matching and the first hook: no hook of the app runs for another's request.
    dispatch = app.full_dispatch_request
    # The app has imported Flask; this module must not.
    request = sys.modules["flask"].request

    def dispatch_own() -> Any:
        served = _served.get()
        if served is None or request.endpoint is None or request.endpoint in served:
            return dispatch()
        told = {
            "error": "misdirected_request",
            "message": f"this function does not serve {request.method} {request.path}",
        }
        body = json.dumps(told) + "\n"
        return app.response_class(body, 421, mimetype="application/json")

    dispatch_own.is_guarded = True  # type: ignore[attr-defined]  # a mark on a function
    return dispatch_own


def _inner(app: Any) -> Any:
    # Middleware around the app object: the usual attribute names, a few levels deep.
    for _ in range(6):
        if hasattr(app, "before_request_funcs") and hasattr(app, "view_functions"):
            return app
        names = ("app", "application", "wsgi_app")
        app = next((getattr(app, name) for name in names if hasattr(app, name)), None)
    raise BadTarget("there is no Flask app behind the target")
