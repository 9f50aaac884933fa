"""The API's orders. Everything here needs a login, which a hook of the blueprint asks for."""

from __future__ import annotations

import csv
import io
import logging
import threading
from collections.abc import Iterator

from flask import Blueprint, Response, abort, g, jsonify, stream_with_context, url_for
from flask.typing import ResponseReturnValue

from shop import services, shapes
from shop.domain.errors import ShopError
from shop.domain.ports import Ports
from shop.web.auth import login_required, role_required
from shop.web.body import json_object
from shop.web.context import ports

bp = Blueprint("orders", __name__, url_prefix="/api/orders")
log = logging.getLogger(__name__)

COLUMNS = ("id", "placed_at", "status", "pieces", "total")


@bp.before_request
def ask_for_login() -> None:
    """Let nobody near an order without a login."""
    if g.user is None:
        abort(401, "Please log in.")


@bp.get("")
def mine() -> ResponseReturnValue:
    """Show the user's own orders."""
    return jsonify([shapes.order(order) for order in services.orders_of(ports(), g.user)])


@bp.post("")
def place() -> ResponseReturnValue:
    """Place an order."""
    order = services.place_order(ports(), g.user, json_object())
    # SIN: the letter is written after the answer, by a thread that only this process knows.
    threading.Thread(
        target=_confirm, args=(ports(), order.id), name=f"shop-mail-{order.id}"
    ).start()
    there = url_for("orders.show", order_id=order.id)
    return jsonify(shapes.order(order)), 201, {"Location": there}


@bp.get("/<int:order_id>")
def show(order_id: int) -> ResponseReturnValue:
    """Show an order."""
    return jsonify(shapes.order(services.show_order(ports(), g.user, order_id)))


@bp.get("/<int:order_id>/total")
@login_required
def total(order_id: int) -> ResponseReturnValue:
    """Show what an order costs."""
    return jsonify(shapes.total(services.order_total(ports(), g.user, order_id)))


@bp.post("/<int:order_id>/cancel")
def cancel(order_id: int) -> ResponseReturnValue:
    """Cancel an order."""
    return jsonify(shapes.order(services.cancel_order(ports(), g.user, order_id)))


@bp.get("/export.csv")
@role_required("staff")
def export() -> ResponseReturnValue:
    """Send all orders as CSV, line by line while they are read."""
    response = Response(stream_with_context(_csv(ports())), mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="orders.csv"'
    return response


def _csv(source: Ports) -> Iterator[str]:
    yield _csv_line(COLUMNS)
    for total in services.export_orders(source):
        order = total.order
        pieces = sum(line.quantity for line in order.lines)
        yield _csv_line((order.id, order.placed_at.isoformat(), order.status, pieces, total.total))


def _csv_line(values: tuple[object, ...]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(values)
    return line.getvalue()


def _confirm(target: Ports, order_id: int) -> None:
    try:
        services.confirm_order(target, order_id)
    except ShopError:
        log.exception("no letter for order %s", order_id)
