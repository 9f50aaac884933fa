"""Orders, payments and counters in one DynamoDB table.

Kinds of items (``pk``), each with what names it (``sk``):

order     number        order-of#…     number, of one user
payment   reference     counter        name
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from shop.domain.catalog import Sku
from shop.domain.errors import WrongStatus
from shop.domain.money import ZERO, from_cents, to_cents
from shop.domain.orders import Order, OrderLine, OrderStatus, check_charge
from shop_adapters.table import Item, OnTable, Refused, numbered


class DynamoOrders(OnTable):
    """The orders, each one item with its lines."""

    def add(self, order: Order) -> None:
        """Keep a new order."""
        lines = [
            {
                "sku": line.sku,
                "title": line.title,
                "quantity": line.quantity,
                "cents": to_cents(line.unit_price),
            }
            for line in order.lines
        ]
        item = {
            "pk": "order",
            "sk": numbered(order.id),
            "user": str(order.user),
            "status": str(order.status),
            "placed_at": order.placed_at.isoformat(),
            "lines": lines,
        }
        self._table.add(item, {"pk": f"order-of#{order.user}", "sk": numbered(order.id)})

    def get(self, order_id: int) -> Order | None:
        """Give an order, or None."""
        item = self._table.get("order", numbered(order_id))
        return None if item is None else _order(item)

    def of(self, user: UUID) -> tuple[Order, ...]:
        """Give a user's orders, by id."""
        found = (self.get(int(item["sk"])) for item in self._table.of_kind(f"order-of#{user}"))
        return tuple(order for order in found if order is not None)

    def all(self) -> Iterator[Order]:
        """Give all orders, by id, page after page."""
        return map(_order, self._table.of_kind("order"))

    def move(self, order_id: int, before: OrderStatus, after: OrderStatus) -> None:
        """Change a status."""
        values = {":before": str(before), ":after": str(after)}
        change, when = "SET #status = :after", "#status = :before"
        try:
            self._table.change("order", numbered(order_id), change, values, when=when)
        except Refused as error:
            raise WrongStatus(f"Order {order_id} is not {before}.") from error


class DynamoPayments(OnTable):
    """The till."""

    def charge(self, reference: str, amount: Decimal) -> None:
        """Take the money, once for a reference."""
        check_charge(amount)
        try:
            self._table.add({"pk": "payment", "sk": reference, "cents": to_cents(amount)})
        except Refused:
            return

    def refund(self, reference: str) -> None:
        """Give the money back."""
        try:
            self._table.change("payment", reference, "SET #refunded = :yes", {":yes": True})
        except Refused:
            return

    def paid(self, reference: str) -> Decimal:
        """Give what is paid under a reference."""
        item = self._table.get("payment", reference)
        return ZERO if item is None or "refunded" in item else from_cents(int(item["cents"]))


class DynamoCounters(OnTable):
    """Numbers that count up."""

    def next(self, name: str) -> int:
        """Give the next number of a counter."""
        return self._table.count_up("counter", name)


# Private


def _order(item: Item) -> Order:
    lines = tuple(
        OrderLine(
            Sku(line["sku"]), line["title"], int(line["quantity"]), from_cents(int(line["cents"]))
        )
        for line in item["lines"]
    )
    placed_at = datetime.fromisoformat(item["placed_at"])
    return Order(
        int(item["sk"]), UUID(item["user"]), lines, OrderStatus(item["status"]), placed_at
    )
