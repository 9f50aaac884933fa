"""Carried from shop.web.hooks by `unlith extract`: change it there."""

from __future__ import annotations

import html
import logging
import re
import time
from string import Template
from uuid import UUID

from shop import services
from shop.domain import errors
from shop.domain.errors import ShopError
from shop_adapters.wiring import ports
from unlith_edges.web import (
    HTTPException,
    Response,
    current_app,
    g,
    jsonify,
    make_response,
    request,
    session,
)

log = logging.getLogger(__name__)

REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
STATUS: dict[type[ShopError], int] = {
    errors.NotFound: 404,
    errors.Forbidden: 403,
    errors.LoginFailed: 401,
    errors.Invalid: 422,
    errors.Conflict: 409,
    errors.PaymentDeclined: 402,
    errors.UnsupportedImage: 415,
    errors.BrokenImage: 422,
    errors.ShopError: 400,
}
# No Jinja here: what failed may have been a template.
ERROR_PAGE = Template(
    '<!doctype html>\n<html lang="en">\n<title>$title</title>\n'
    '<link rel="stylesheet" href="/static/shop.css">\n'
    '<h1>$title</h1>\n<p>$message</p>\n<p><a href="/">Back to the shop</a></p>\n</html>\n'
)


def name_request() -> None:
    """Give the request a name that logs and answers share; a caller's own is kept."""
    sent = request.headers.get("X-Request-Id", "")
    g.request_id = sent if REQUEST_ID.fullmatch(sent) else ports().ids.token().hex()
    g.started = time.monotonic()


def load_user() -> None:
    """Find out who asks, from the session; somebody whose account is gone is nobody."""
    g.user = None
    if "user_id" in session:
        g.user = services.find_user(ports(), UUID(session["user_id"]))


def add_headers(response: Response) -> Response:
    """Put the headers on every answer that keep browsers from guessing."""
    response.headers["X-Request-Id"] = g.request_id
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers.setdefault("X-Frame-Options", "DENY")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    if response.mimetype == "text/html":
        response.headers["Content-Security-Policy"] = "default-src 'self'"
    return response


def note_request(error: BaseException | None) -> None:
    """Write how the request went and how long it took."""
    # a request context of a test or a shell ends here too, without having begun above
    if "started" in g:
        took_ms = (time.monotonic() - g.started) * 1000
        log.info("%s %s %s %.0f ms", g.request_id, request.method, request.path, took_ms)
    if error is not None:
        log.error("failed: %s %s: %r", request.method, request.path, error)


def on_shop_error(error: ShopError) -> Response:
    """Answer what the shop refuses with the status that fits."""
    status = next(STATUS[cls] for cls in type(error).__mro__ if cls in STATUS)
    if not request.path.startswith("/api/"):
        return make_response(error_page(str(status), error.message), status)
    shape: dict[str, object] = {"error": error.code, "message": error.message}
    if error.fields:
        shape["fields"] = error.fields
    return make_response(jsonify(shape), status)


def on_http_error(error: HTTPException) -> Response:
    """Answer every other error with its own status and headers, in the format of the place."""
    response = make_response(error.get_response())
    if request.path.startswith("/api/"):
        code = error.name.lower().replace(" ", "_")
        response.data = current_app.json.dumps({"error": code, "message": error.description})
        response.content_type = "application/json"
    else:
        response.data = error_page(f"{error.code} {error.name}", error.description or "")
    return response


def error_page(title: str, message: str) -> str:
    """Give a page that says what went wrong."""
    return ERROR_PAGE.substitute(title=html.escape(title), message=html.escape(message))
