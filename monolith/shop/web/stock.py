"""The API's stock: seeing and setting levels."""

from __future__ import annotations

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from shop import services, shapes
from shop.domain.catalog import Sku
from shop.web.auth import role_required
from shop.web.body import json_object
from shop.web.context import ports

bp = Blueprint("stock", __name__, url_prefix="/api/stock")


@bp.get("/")
def show_all() -> ResponseReturnValue:
    """Show all levels."""
    return jsonify([shapes.stock(level) for level in services.stock_levels(ports())])


@bp.get("/<sku:sku>")
def show(sku: Sku) -> ResponseReturnValue:
    """Show one level."""
    return jsonify(shapes.stock(services.stock_level(ports(), sku)))


@bp.put("/<sku:sku>")
@role_required("staff")
def set_level(sku: Sku) -> ResponseReturnValue:
    """Set a level; staff hears of it when it falls to one or none."""
    return jsonify(shapes.stock(services.set_stock(ports(), sku, json_object())))
