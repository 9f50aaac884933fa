"""Money: exact, two places, halves up."""

from __future__ import annotations

import doctest
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from shop.domain import catalog, money


@given(st.integers(0, 10**9))
def test_cents_come_back_as_they_were(cents: int) -> None:
    assert money.to_cents(money.from_cents(cents)) == cents


@given(st.decimals("0.00", "100000", places=2))
def test_amounts_come_back_as_they_were(amount: Decimal) -> None:
    assert money.from_cents(money.to_cents(amount)) == amount


def test_the_examples_in_the_docstrings_hold() -> None:
    for module in (money, catalog):
        assert doctest.testmod(module) == (0, doctest.testmod(module).attempted)
        assert doctest.testmod(module).attempted
