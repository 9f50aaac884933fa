"""Says which rule Flask itself would choose for a request; loaded by ``worker.py`` by its path.

Runs inside the user's process: standard library and the user's own Flask only. Nothing is
dispatched: no view and no hook runs.
"""

from __future__ import annotations

import io
import sys
from typing import Any
from urllib.parse import unquote_to_bytes


def match_of(handler: Any, asked: dict[str, str]) -> dict[str, str]:
    """Give outcome, endpoint, rule and method for a request to the handler's app."""
    outermost = _wsgi_app_of(handler)
    if outermost is None:
        return {"outcome": "unknown"}
    return _match(_flask_of(outermost), outermost, asked)


# Private


def _wsgi_app_of(handler: Any) -> Any:
    """Give the WSGI app a handler serves: its attribute ``app``, or what it closes over."""
    cells = getattr(handler, "__closure__", None) or ()
    for cell in (getattr(handler, "app", None), *(c.cell_contents for c in cells), handler):
        if callable(cell) and _flask_of(cell) is not None:
            return cell
    return None


def _flask_of(thing: Any) -> Any:
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


class _Seen(BaseException):
    """Carries a request past middleware that catches Exception."""


def _match(app: Any, outermost: Any, asked: dict[str, str]) -> dict[str, str]:
    """Say which rule Flask chooses for a request, converters and middleware included."""
    environ = _environ(asked)
    if outermost is not app or _is_wrapped(app):
        environ = _behind_middleware(app, outermost, environ)
        if environ is None:
            return {"outcome": "middleware"}
    try:
        return _matched(app, environ)
    except RuntimeError:
        # A converter may use current_app: Flask has its context pushed by then.
        with app.app_context():
            return _matched(app, environ)


def _is_wrapped(app: Any) -> bool:
    from flask import Flask

    inner = app.wsgi_app
    own = getattr(inner, "__self__", None) is app and inner.__func__ is Flask.wsgi_app
    return not own or type(app).__call__ is not Flask.__call__


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


def _behind_middleware(app: Any, outermost: Any, environ: dict[str, Any]) -> Any:
    seen: list[dict[str, Any]] = []

    def capture(inner: dict[str, Any]) -> Any:
        seen.append(inner)
        raise _Seen

    # Flask.wsgi_app first asks the app for a request context: there its view of the request is.
    app.request_context = capture
    try:
        for _ in outermost(environ, lambda *_: lambda _: None):
            break
    except _Seen:
        return seen[0]
    except Exception:
        return None
    finally:
        del app.request_context
    return None


def _environ(asked: dict[str, str]) -> dict[str, Any]:
    host = asked["host"] or "localhost"
    name, _, port = host.rpartition(":") if not host.endswith("]") else (host, "", "")
    return {
        "REQUEST_METHOD": asked["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(asked["path"]).decode("latin-1"),
        "QUERY_STRING": asked["query"],
        "SERVER_NAME": name or host,
        "SERVER_PORT": port if port.isdigit() else "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": host,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": asked.get("scheme") or "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
