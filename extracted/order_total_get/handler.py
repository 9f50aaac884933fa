"""Some routes of the monolith as a function of its own, without Flask."""

from __future__ import annotations

from order_total_get import hooks, json_provider, orders
from shop.domain.errors import ShopError
from unlith_edges.function import Function, make_handler
from unlith_edges.rules import Rule
from unlith_edges.web import HTTPException

function = Function(
    "shop.web",
    rules=[
        Rule(
            "/api/orders/<int:order_id>/total",
            "orders.total",
            ["GET", "HEAD", "OPTIONS"],
        ),
    ],
    views={
        "orders.total": orders.total,
    },
    hooks={
        "before_request": {
            "": [hooks.name_request, hooks.load_user],
            "orders": [orders.ask_for_login],
        },
        "after_request": {
            "": [hooks.add_headers],
        },
        "teardown_request": {
            "": [hooks.note_request],
        },
    },
    error_handlers=[
        ("", None, ShopError, hooks.on_shop_error),
        ("", None, HTTPException, hooks.on_http_error),
    ],
    config={
        "MAX_CONTENT_LENGTH": 2097152,
        "SESSION_COOKIE_NAME": "shop_session",
        "SESSION_COOKIE_SAMESITE": "Lax",
    },
    json_provider=json_provider.ShopJSONProvider,
    session="SECRET_KEY",
)
handler = make_handler(function)
