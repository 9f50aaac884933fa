"""Carried from shop.web.stock by `unlith extract`: change it there."""

from __future__ import annotations

from shop import services, shapes
from shop.domain.catalog import Sku
from shop_adapters.wiring import ports
from stock_put.auth import role_required
from stock_put.body import json_object
from unlith_edges.web import ResponseReturnValue, jsonify


@role_required("staff")
def set_level(sku: Sku) -> ResponseReturnValue:
    """Set a level; staff hears of it when it falls to one or none."""
    return jsonify(shapes.stock(services.set_stock(ports(), sku, json_object())))
