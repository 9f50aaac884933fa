"""Carried from shop.web.orders by `unlith extract`: change it there."""

from __future__ import annotations

from order_total_get.auth import login_required
from shop import services, shapes
from shop_adapters.wiring import ports
from unlith_edges.web import ResponseReturnValue, abort, g, jsonify


def ask_for_login() -> None:
    """Let nobody near an order without a login."""
    if g.user is None:
        abort(401, "Please log in.")


@login_required
def total(order_id: int) -> ResponseReturnValue:
    """Show what an order costs."""
    return jsonify(shapes.total(services.order_total(ports(), g.user, order_id)))
