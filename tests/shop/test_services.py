"""The use cases, on ports in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import cast
from uuid import UUID

import pytest

from shop import seed, services
from shop.domain import images
from shop.domain.catalog import Search, Sku
from shop.domain.errors import (
    BrokenImage,
    EmailTaken,
    Forbidden,
    Invalid,
    LoginFailed,
    NotFound,
    OutOfStock,
    PaymentDeclined,
    ShopError,
    WrongStatus,
)
from shop.domain.orders import OrderStatus
from shop.domain.ports import Ports
from shop.domain.users import Role, User
from shop_adapters.memory import MemoryMail, MemoryNotifications

from .conftest import NOW, FakeClock

NEW = {"email": "Dora@shop.example", "name": "Dora", "password": "dora-likes-tea"}
TEA, POT, SUGAR = Sku("TEA-001"), Sku("POT-010"), Sku("SUG-001")


def user_of(ports: Ports, user_id: UUID) -> User:
    user = ports.users.get(user_id)
    assert user is not None
    return user


def level_of(ports: Ports, sku: Sku) -> int:
    return services.stock_level(ports, sku).level


def told(ports: Ports) -> list[tuple[str, dict[str, str | int]]]:
    return cast("MemoryNotifications", ports.notifications).published


def wanted(**pieces: int) -> Mapping[str, object]:
    lines = [{"sku": sku.replace("_", "-"), "quantity": n} for sku, n in pieces.items()]
    return {"lines": lines}


def test_a_new_user_is_a_customer_and_can_log_in(ports: Ports) -> None:
    user = services.register(ports, NEW, rounds=10)

    assert (user.role, user.email, user.created_at) == (Role.CUSTOMER, "dora@shop.example", NOW)
    assert services.log_in(ports, NEW) == user
    assert services.find_user(ports, user.id) == user
    assert NEW["password"] not in user.password


def test_an_address_registers_once(ports: Ports) -> None:
    services.register(ports, NEW, rounds=10)

    with pytest.raises(EmailTaken):
        services.register(ports, {**NEW, "email": "DORA@shop.example"}, rounds=10)


@pytest.mark.parametrize(
    "sent",
    [
        {"email": "ben@shop.example", "password": "wrong"},
        {"email": "no@shop.example", "password": "x"},
    ],
)
def test_a_failed_login_does_not_say_why(ports: Ports, sent: Mapping[str, object]) -> None:
    with pytest.raises(LoginFailed) as raised:
        services.log_in(ports, sent)

    assert raised.value.message == "The e-mail address or the password is wrong."


def test_customers_see_their_own_account_only(ports: Ports) -> None:
    ben, ada = user_of(ports, seed.BEN), user_of(ports, seed.ADA)

    assert services.show_user(ports, ben, ben.id) == ben
    assert services.show_user(ports, ada, ben.id) == ben
    with pytest.raises(Forbidden):
        services.show_user(ports, ben, ada.id)
    with pytest.raises(NotFound):
        services.show_user(ports, ada, UUID(int=0))


def test_a_new_article_is_found_and_has_no_stock(ports: Ports) -> None:
    ada = user_of(ports, seed.ADA)
    data = {"title": "White Tea", "sku": "tea-9", "price": "15", "tags": ["Tea", "white "]}

    article = services.add_article(ports, ada, data)

    assert article.tags == ("tea", "white")
    assert services.show_article(ports, "white-tea") == article
    assert services.article_of(ports, Sku("TEA-9")) == article
    assert services.search_articles(ports, Search("white")).items[0] == article
    assert level_of(ports, Sku("TEA-9")) == 0


def test_a_changed_article_keeps_address_sku_author_and_age(ports: Ports) -> None:
    before = services.show_article(ports, "cup")

    after = services.change_article(ports, "cup", {"title": "Mug", "sku": "MUG-1", "price": "5"})

    assert (after.title, after.price, after.updated_at) == ("Mug", Decimal("5.00"), NOW)
    assert (after.slug, after.sku, after.author) == (before.slug, before.sku, before.author)
    assert after.created_at == before.created_at
    assert services.show_article(ports, "cup") == after


def test_a_comment_is_numbered_and_shown(ports: Ports) -> None:
    comment = services.add_comment(ports, user_of(ports, seed.BEN), "cup", {"text": " Nice. "})

    assert (comment.id, comment.text, comment.name) == (4, "Nice.", "Ben")
    assert services.show_comment(ports, 4) == comment
    assert services.comments_of(ports, "cup") == (comment,)
    assert services.all_comments(ports)[-1] == comment


def test_nothing_is_said_about_nothing(ports: Ports) -> None:
    with pytest.raises(NotFound):
        services.comments_of(ports, "no")
    with pytest.raises(NotFound):
        services.add_comment(ports, user_of(ports, seed.BEN), "no", {"text": "x"})
    with pytest.raises(NotFound):
        services.show_comment(ports, 99)


def test_staff_is_told_once_when_a_level_falls_low(ports: Ports) -> None:
    for level in (1, 0, 5, 2, 1):
        services.set_stock(ports, TEA, {"level": level})

    assert told(ports) == [(services.LOW_STOCK, {"sku": TEA, "level": 1})] * 2


@pytest.mark.parametrize("level", [-1, "1", 1.0, True, None, 10**7])
def test_a_refused_level_changes_nothing(ports: Ports, level: object) -> None:
    with pytest.raises(Invalid):
        services.set_stock(ports, TEA, {"level": level})

    assert level_of(ports, TEA) == 24
    assert told(ports) == []


def test_an_order_takes_stock_and_money_and_tells_staff(ports: Ports) -> None:
    ben = user_of(ports, seed.BEN)

    order = services.place_order(ports, ben, wanted(TEA_001=2, POT_010=1))

    total = services.order_total(ports, ben, order.id)
    assert (order.id, order.status, order.placed_at) == (5, OrderStatus.PLACED, NOW)
    assert (level_of(ports, TEA), level_of(ports, POT)) == (22, 1)
    assert ports.payments.paid("order-5") == total.total == Decimal("59.90")
    assert told(ports) == [(services.LOW_STOCK, {"sku": POT, "level": 1})]
    assert services.orders_of(ports, ben)[-1] == services.show_order(ports, ben, 5) == order


@pytest.mark.parametrize(
    ("pieces", "error"),
    [
        ({"TEA_001": 2, "POT_010": 3}, OutOfStock),
        ({"TEA_001": 1, "SUG_001": 400, "POT_010": 2}, PaymentDeclined),
        ({"NO_1": 1}, Invalid),
    ],
)
def test_a_refused_order_leaves_everything_as_it_was(
    ports: Ports, pieces: dict[str, int], error: type[ShopError]
) -> None:
    article = services.show_article(ports, "sugar")
    ports.articles.replace(replace(article, price=Decimal("100.00")))
    before = (services.stock_levels(ports), list(services.export_orders(ports)))

    with pytest.raises(error):
        services.place_order(ports, user_of(ports, seed.BEN), wanted(**pieces))

    assert (services.stock_levels(ports), list(services.export_orders(ports))) == before
    assert told(ports) == []
    assert ports.payments.paid("order-5") == 0


def test_orders_are_for_their_owner_and_staff(ports: Ports) -> None:
    ada, ben = user_of(ports, seed.ADA), user_of(ports, seed.BEN)

    assert services.order_total(ports, ben, 1) == services.order_total(ports, ada, 1)
    with pytest.raises(Forbidden):
        services.order_total(ports, ben, 3)
    with pytest.raises(NotFound):
        services.order_total(ports, ben, 99)


def test_a_cancelled_order_gives_pieces_and_money_back_once(ports: Ports) -> None:
    ben = user_of(ports, seed.BEN)

    assert services.cancel_order(ports, ben, 2).status is OrderStatus.CANCELLED

    assert level_of(ports, SUGAR) == 512
    assert ports.payments.paid("order-2") == 0
    for number in (1, 2):
        with pytest.raises(WrongStatus):
            services.cancel_order(ports, ben, number)
    assert level_of(ports, SUGAR) == 512


def test_the_letter_says_what_was_ordered(ports: Ports) -> None:
    services.confirm_order(ports, 1)

    (letter,) = cast("MemoryMail", ports.mail).sent
    assert (letter.to, letter.subject) == ("ben@shop.example", "Your order 1")
    assert "1 x Grüner Tee\n2 x Cup\n\nTotal: 26.00 EUR" in letter.text
    with pytest.raises(NotFound):
        services.confirm_order(ports, 99)


def test_a_photo_gets_a_thumbnail_of_the_same_owner(ports: Ports) -> None:
    photo = services.add_photo(ports, user_of(ports, seed.ADA), seed.picture(200, 100))

    small = services.show_photo(ports, photo, services.THUMBNAIL)
    assert small.owner == seed.ADA
    assert (images.decode(small.data).width, images.decode(small.data).height) == (64, 32)
    assert services.show_photo(ports, photo, services.ORIGINAL).data == seed.picture(200, 100)


def test_a_broken_photo_is_not_kept(ports: Ports) -> None:
    with pytest.raises(BrokenImage):
        services.add_photo(ports, user_of(ports, seed.ADA), seed.picture()[:-5])
    with pytest.raises(NotFound):
        services.show_photo(ports, UUID(int=1), services.ORIGINAL)


def test_the_report_counts_what_was_paid_and_waits_as_long_as_it_must(ports: Ports) -> None:
    report = services.sales_report(ports, "month", seconds=35)

    assert [(part.period, part.orders) for part in report] == [("2024-03", 1), ("2024-04", 2)]
    assert [part.revenue for part in report] == [Decimal("26.00"), Decimal("92.58")]
    assert report[1].pieces == {"POT-010": 2, "SUG-001": 12, "TEA-003": 1}
    assert sum(cast("FakeClock", ports.clock).slept) == 35
