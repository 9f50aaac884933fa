"""Money as exact decimals of one currency; stores keep whole cents."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

CURRENCY = "EUR"
CENT = Decimal("0.01")
ZERO = Decimal("0.00")


def rounded(amount: Decimal) -> Decimal:
    """Give the amount with two places, halves away from zero as invoices do.

    >>> rounded(Decimal("2.345"))
    Decimal('2.35')
    """
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def to_cents(amount: Decimal) -> int:
    """Give the amount as whole cents."""
    return int(rounded(amount) * 100)


def from_cents(cents: int) -> Decimal:
    """Give whole cents as an amount.

    >>> from_cents(490)
    Decimal('4.90')
    """
    return (Decimal(cents) / 100).quantize(CENT)
