"""The shop on the web: the factory. Flask is known in this package and nowhere else.

``flask --app shop.web run`` works at once, on one SQLite file that is made when it is missing.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from typing import cast

from flask import Flask
from werkzeug.exceptions import HTTPException

from shop import seed, storage
from shop.config import Settings
from shop.domain.errors import ShopError
from shop.domain.ports import Ports
from shop.web import (
    accounts,
    admin,
    articles,
    comments,
    converters,
    hooks,
    orders,
    pages,
    photos,
    reports,
    stock,
)
from shop.web.json_provider import ShopJSONProvider

BLUEPRINTS = (
    accounts.bp,
    articles.bp,
    comments.bp,
    stock.bp,
    orders.bp,
    photos.bp,
    reports.bp,
    pages.bp,
    admin.bp,
)


class Shop(Flask):
    """Flask with the shop's own way to write JSON."""

    json_provider_class = ShopJSONProvider


def create_app(environ: Mapping[str, str] | None = None) -> Flask:
    """Give the whole app, set up from the environment."""
    environ = os.environ if environ is None else environ
    settings = Settings.from_env(environ)
    app = Shop(__name__)
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SECRET_KEY_FALLBACKS=list(settings.secret_key_fallbacks),
        SESSION_COOKIE_NAME="shop_session",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        MAX_CONTENT_LENGTH=settings.max_upload_bytes,
    )
    app.extensions["shop.settings"] = settings
    app.extensions["shop.ports"] = _ports(settings, environ)
    app.url_map.converters["sku"] = converters.SkuConverter
    app.before_request(hooks.name_request)
    app.before_request(hooks.load_user)
    app.after_request(hooks.add_headers)
    app.teardown_request(hooks.note_request)
    app.register_error_handler(ShopError, hooks.on_shop_error)
    app.register_error_handler(HTTPException, hooks.on_http_error)
    app.context_processor(hooks.template_values)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    return app


def _ports(settings: Settings, environ: Mapping[str, str]) -> Ports:
    """Give the ports on SQLite, or those of the plugin that SHOP_PORTS names."""
    if settings.ports:
        module, _, name = settings.ports.partition(":")
        plugin = getattr(importlib.import_module(module), name)
        return cast("Ports", plugin(environ))
    seed.prepare(settings.database)
    return storage.ports(settings.database)
