"""What was sold, by day, week or month."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from shop.domain.catalog import Sku
from shop.domain.orders import Order, OrderStatus


@dataclass(frozen=True, slots=True)
class Sales:
    """What was sold in one day, week or month."""

    period: str
    orders: int
    pieces: Mapping[Sku, int]
    revenue: Decimal


def sales_by(orders: Iterable[Order], period: str) -> Mapping[str, tuple[Order, ...]]:
    """Give the orders that were not cancelled, by day, week or month, in the order of time."""
    form = {"day": "%Y-%m-%d", "week": "%G-W%V", "month": "%Y-%m"}[period]
    groups: dict[str, list[Order]] = {}
    for order in sorted(orders, key=lambda order: order.placed_at):
        if order.status is not OrderStatus.CANCELLED:
            groups.setdefault(order.placed_at.strftime(form), []).append(order)
    return {name: tuple(group) for name, group in groups.items()}


def sales_of(period: str, orders: Collection[Order], revenue: Decimal) -> Sales:
    """Give the sales of some orders, pieces by SKU."""
    pieces: dict[Sku, int] = {}
    for order in orders:
        for line in order.lines:
            pieces[line.sku] = pieces.get(line.sku, 0) + line.quantity
    return Sales(period, len(orders), dict(sorted(pieces.items())), revenue)
