"""Says which rule Flask itself would choose for an event; loaded by ``worker.py`` by its path.

The handler gets the event, and what arrives at Flask is caught right before Flask would make a
request context: after adapter and middleware, before any hook or view. Runs inside the user's
process: standard library and the user's own Flask only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def match_of(handler: Callable[..., Any], event: object, context: object) -> dict[str, str]:
    """Give outcome, endpoint, rule and method for an event."""
    app = _app_of(handler)
    if app is None:
        return {"outcome": "unknown"}
    environ = _arriving(app, handler, event, context)
    if environ is None:
        return {"outcome": "middleware"}
    try:
        return _matched(app, environ)
    except RuntimeError:
        # A converter may use current_app: Flask has its context pushed by then.
        with app.app_context():
            return _matched(app, environ)


# Private


class _Seen(BaseException):
    """Passes through everything that catches Exception."""


def _app_of(handler: Any) -> Any:
    """Give the Flask app of a handler: from its attribute ``app``, or what it closes over."""
    cells = getattr(handler, "__closure__", None) or ()
    for thing in (getattr(handler, "app", None), *(c.cell_contents for c in cells), handler):
        if callable(thing) and (app := _flask_below(thing)) is not None:
            return app
    return None


def _flask_below(thing: Any) -> Any:
    """Give the Flask app below any middleware, or None."""
    for _ in range(8):
        if hasattr(thing, "url_map") and hasattr(thing, "create_url_adapter"):
            return thing
        thing = next(
            (getattr(thing, n) for n in ("app", "application", "wsgi_app") if hasattr(thing, n)),
            None,
        )
        owner = getattr(thing, "__self__", None)
        thing = owner if owner is not None else thing
    return None


def _arriving(app: Any, handler: Any, event: object, context: object) -> Any:
    seen: list[dict[str, Any]] = []

    def capture(environ: dict[str, Any]) -> Any:
        seen.append(environ)
        raise _Seen

    # Flask.wsgi_app first asks the app for a request context: there is its view of the request.
    app.request_context = capture
    try:
        handler(event, context)
    except _Seen:
        return seen[0]
    except Exception:
        return None
    finally:
        del app.request_context
    return None


def _matched(app: Any, environ: dict[str, Any]) -> dict[str, str]:
    from werkzeug.exceptions import HTTPException
    from werkzeug.routing import RoutingException

    method = environ["REQUEST_METHOD"]
    try:
        adapter = app.create_url_adapter(app.request_class(environ))
        rule, _ = adapter.match(return_rule=True)
    except HTTPException as error:
        # RequestRedirect is a RoutingException and an HTTPException.
        outcome = "redirect" if isinstance(error, RoutingException) else str(error.code)
        return {"outcome": outcome, "method": method}
    return {"outcome": "match", "endpoint": rule.endpoint, "rule": rule.rule, "method": method}
