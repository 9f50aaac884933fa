"""Some routes of the monolith as a function of its own, without Flask."""

from __future__ import annotations

from shop.domain.errors import ShopError
from stock_put import converters, hooks, json_provider, stock
from unlith_edges.function import Function, make_handler
from unlith_edges.rules import Rule
from unlith_edges.web import HTTPException

function = Function(
    "shop.web",
    rules=[
        Rule(
            "/api/stock/",
            "stock.show_all",
            ["GET", "HEAD", "OPTIONS"],
        ),
        Rule(
            "/api/stock/<sku:sku>",
            "stock.show",
            ["GET", "HEAD", "OPTIONS"],
        ),
        Rule(
            "/api/stock/<sku:sku>",
            "stock.set_level",
            ["OPTIONS", "PUT"],
        ),
    ],
    views={
        "stock.set_level": stock.set_level,
    },
    hooks={
        "before_request": {
            "": [hooks.name_request, hooks.load_user],
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
    converters={
        "sku": converters.SkuConverter,
    },
    config={
        "MAX_CONTENT_LENGTH": 2097152,
        "SESSION_COOKIE_NAME": "shop_session",
        "SESSION_COOKIE_SAMESITE": "Lax",
    },
    json_provider=json_provider.ShopJSONProvider,
    session="SECRET_KEY",
)
handler = make_handler(function)
