"""Orders: their lines, what they cost, what may become of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from shop.domain.catalog import SKU, Sku
from shop.domain.errors import Invalid, PaymentDeclined
from shop.domain.money import ZERO, rounded

MANY = 10
DISCOUNT = Decimal("0.10")
SHIPPING = Decimal("4.90")
FREE_FROM = Decimal("50.00")
CHARGE_LIMIT = Decimal("5000.00")


class OrderStatus(StrEnum):
    """Where an order stands."""

    PLACED = "placed"
    SHIPPED = "shipped"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class OrderLine:
    """Some pieces of one article, at the price of the day of the order."""

    sku: Sku
    title: str
    quantity: int
    unit_price: Decimal

    @property
    def total(self) -> Decimal:
        """Give the price of the line: ten pieces or more are a tenth cheaper."""
        full = self.unit_price * self.quantity
        return rounded(full * (1 - DISCOUNT)) if self.quantity >= MANY else rounded(full)


@dataclass(frozen=True, slots=True)
class Order:
    """What one user ordered at one time."""

    id: int
    user: UUID
    lines: tuple[OrderLine, ...]
    status: OrderStatus
    placed_at: datetime

    @property
    def reference(self) -> str:
        """Give the name under which the order is paid."""
        return f"order-{self.id}"


@dataclass(frozen=True, slots=True)
class Total:
    """What an order costs; shipping is free from a certain sum on."""

    order: Order
    subtotal: Decimal
    shipping: Decimal

    @property
    def total(self) -> Decimal:
        """Give what is to be paid."""
        return self.subtotal + self.shipping


def total_of(order: Order) -> Total:
    """Give the cost of an order, shipping included."""
    subtotal = sum((line.total for line in order.lines), ZERO)
    return Total(order, subtotal, ZERO if subtotal >= FREE_FROM else SHIPPING)


def read_lines(wanted: object) -> Mapping[Sku, int]:
    """Give the pieces wanted of each SKU; lines of the same SKU are added up.

    Raises: Invalid: with every problem, named by the line's place.
    """
    if not isinstance(wanted, list) or not wanted:
        raise Invalid({"lines": "must be a list with at least one line"})
    pieces: dict[Sku, int] = {}
    problems: dict[str, str] = {}
    for place, line in enumerate(wanted):
        sku = line.get("sku") if isinstance(line, dict) else None
        quantity = line.get("quantity") if isinstance(line, dict) else None
        if not isinstance(sku, str) or not SKU.fullmatch(sku.upper()):
            problems[f"lines.{place}.sku"] = "must look like TEA-001"
        elif type(quantity) is not int or not 1 <= quantity <= 1000:
            problems[f"lines.{place}.quantity"] = "must be between 1 and 1000"
        else:
            pieces[Sku(sku.upper())] = pieces.get(Sku(sku.upper()), 0) + quantity
    if problems:
        raise Invalid(problems)
    return pieces


def check_charge(amount: Decimal) -> None:
    """Raise PaymentDeclined for a sum that is not paid in one go."""
    if amount > CHARGE_LIMIT:
        raise PaymentDeclined(f"Payments above {CHARGE_LIMIT} are declined.")
