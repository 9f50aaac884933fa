"""The contracts of Orders, Payments and Counters."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from shop.domain.catalog import Sku
from shop.domain.errors import PaymentDeclined, WrongStatus
from shop.domain.orders import Order, OrderLine, OrderStatus
from shop.domain.ports import Ports
from shop.seed import ADA, BEN, START

LINES = (
    OrderLine(Sku("TEA-001"), "Grüner Tee", 2, Decimal("12.50")),
    OrderLine(Sku("CUP-001"), "Cup", 1, Decimal("4.30")),
)
ORDER = Order(1, BEN, LINES, OrderStatus.PLACED, START)


def test_an_order_is_kept_with_its_lines_in_their_order(empty: Ports) -> None:
    empty.orders.add(ORDER)

    assert empty.orders.get(1) == ORDER
    assert empty.orders.get(2) is None


@pytest.mark.parametrize("number", [2**63 - 1, 2**63, 10**30, 10**1200])
def test_no_number_is_too_large_to_be_asked_for(empty: Ports, number: int) -> None:
    assert empty.orders.get(number) is None


def test_users_have_their_own_orders(empty: Ports) -> None:
    for number, user in ((11, BEN), (2, BEN), (3, ADA)):
        empty.orders.add(replace(ORDER, id=number, user=user))

    assert [order.id for order in empty.orders.of(BEN)] == [2, 11]
    assert [order.id for order in empty.orders.all()] == [2, 3, 11]


def test_all_orders_come_even_when_there_are_many(empty: Ports) -> None:
    for number in range(1, 104):
        empty.orders.add(replace(ORDER, id=number, lines=LINES[:1]))

    assert [order.id for order in empty.orders.all()] == list(range(1, 104))


def test_a_status_moves_only_from_where_it_was(empty: Ports) -> None:
    empty.orders.add(ORDER)

    empty.orders.move(1, OrderStatus.PLACED, OrderStatus.CANCELLED)

    assert empty.orders.get(1) == replace(ORDER, status=OrderStatus.CANCELLED)
    for number in (1, 2):
        with pytest.raises(WrongStatus):
            empty.orders.move(number, OrderStatus.PLACED, OrderStatus.SHIPPED)
    assert [order.status for order in empty.orders.of(BEN)] == [OrderStatus.CANCELLED]


def test_a_reference_is_charged_once(empty: Ports) -> None:
    empty.payments.charge("order-1", Decimal("12.50"))
    empty.payments.charge("order-1", Decimal("99.00"))

    assert empty.payments.paid("order-1") == Decimal("12.50")
    assert empty.payments.paid("order-2") == 0


def test_a_refund_gives_all_back_and_twice_is_no_harm(empty: Ports) -> None:
    empty.payments.charge("order-1", Decimal("12.50"))

    for _ in range(2):
        empty.payments.refund("order-1")
    empty.payments.refund("order-2")

    assert empty.payments.paid("order-1") == empty.payments.paid("order-2") == 0


def test_too_much_is_declined_and_not_kept(empty: Ports) -> None:
    with pytest.raises(PaymentDeclined):
        empty.payments.charge("order-1", Decimal("5000.01"))

    assert empty.payments.paid("order-1") == 0


def test_counters_count_up_each_for_itself(empty: Ports) -> None:
    assert [empty.counters.next("orders") for _ in range(3)] == [1, 2, 3]
    assert empty.counters.next("comments") == 1
