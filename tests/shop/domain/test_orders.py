"""Orders: what they cost, what may be asked for."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.domain.catalog import Sku
from shop.domain.errors import Invalid, PaymentDeclined
from shop.domain.orders import (
    Order,
    OrderLine,
    OrderStatus,
    check_charge,
    read_lines,
    total_of,
)
from shop.domain.reports import sales_by
from shop.seed import BEN, START

lines = st.builds(
    OrderLine,
    sku=st.just(Sku("TEA-1")),
    title=st.just("Tea"),
    quantity=st.integers(1, 1000),
    unit_price=st.decimals("0.01", "1000", places=2),
)


def order_of(*lines: OrderLine) -> Order:
    return Order(1, BEN, lines, OrderStatus.PLACED, START)


def line_of(quantity: int, price: str) -> OrderLine:
    return OrderLine(Sku("TEA-1"), "Tea", quantity, Decimal(price))


@pytest.mark.parametrize(
    ("quantity", "price", "total"),
    [(1, "1.10", "1.10"), (9, "1.10", "9.90"), (10, "1.10", "9.90"), (10, "0.05", "0.45"),
     (11, "0.05", "0.50"), (10, "1.005", "9.05")],
)  # fmt: skip
def test_ten_pieces_are_a_tenth_cheaper_and_halves_go_up(
    quantity: int, price: str, total: str
) -> None:
    assert line_of(quantity, price).total == Decimal(total)


@pytest.mark.parametrize(("price", "shipping"), [("49.99", "4.90"), ("50.00", "0.00")])
def test_shipping_is_free_from_fifty_on(price: str, shipping: str) -> None:
    assert total_of(order_of(line_of(1, price))).shipping == Decimal(shipping)


@given(st.lists(lines, min_size=1, max_size=5))
def test_a_total_has_two_places_and_is_lines_and_shipping(some: list[OrderLine]) -> None:
    total = total_of(order_of(*some))

    assert total.total == sum(line.total for line in some) + total.shipping
    assert total.total.as_tuple().exponent == -2


def test_lines_of_one_sku_are_added_up() -> None:
    wanted = [{"sku": "tea-1", "quantity": 2}, {"sku": "TEA-1", "quantity": 3}]

    assert read_lines(wanted) == {"TEA-1": 5}


@pytest.mark.parametrize("wanted", [None, [], {}, "x", [1], [{"sku": "x", "quantity": 1}]])
def test_what_is_no_list_of_lines_is_refused(wanted: object) -> None:
    with pytest.raises(Invalid):
        read_lines(wanted)


@pytest.mark.parametrize("quantity", [0, 1001, True, 1.0, "1", None])
def test_a_quantity_is_refused_by_the_place_of_its_line(quantity: object) -> None:
    with pytest.raises(Invalid) as raised:
        read_lines([{"sku": "TEA-1", "quantity": 1}, {"sku": "TEA-1", "quantity": quantity}])

    assert set(raised.value.fields) == {"lines.1.quantity"}


def test_payments_stop_at_the_limit() -> None:
    check_charge(Decimal("5000.00"))

    with pytest.raises(PaymentDeclined):
        check_charge(Decimal("5000.01"))


def test_cancelled_orders_are_no_sales() -> None:
    cancelled = Order(2, BEN, (line_of(1, "1.00"),), OrderStatus.CANCELLED, START)

    assert sales_by([cancelled], "day") == {}
    assert list(sales_by([order_of(line_of(1, "1.00"))], "week")) == ["2024-W09"]
