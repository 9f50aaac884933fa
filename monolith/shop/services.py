"""What can be done with the shop, one function a use case, on whatever ports it is given.

Never knows who asks: the web, a queue, a test. Raises the domain's errors.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TypeVar
from uuid import UUID

from shop.domain import catalog, images, orders, reports, users
from shop.domain.catalog import Article, Comment, Page, Search, Sku, StockLevel
from shop.domain.errors import (
    Forbidden,
    Invalid,
    LoginFailed,
    NotFound,
    OutOfStock,
    PaymentDeclined,
)
from shop.domain.fields import Fields
from shop.domain.money import ZERO
from shop.domain.orders import Order, OrderLine, OrderStatus, Total
from shop.domain.ports import Letter, Picture, Ports
from shop.domain.reports import Sales
from shop.domain.users import Role, User

T = TypeVar("T")
LOW_STOCK = "low stock"
ORIGINAL, THUMBNAIL = "original", "thumbnail"

# Users


def register(ports: Ports, data: Mapping[str, object], *, rounds: int) -> User:
    """Make an account for a new customer."""
    fields = Fields(data)
    email, name = users.normal_email(fields), fields.text("name", longest=80)
    password = fields.secret("password", shortest=8)
    fields.done()
    stored = users.hash_password(password, ports.ids.token(), rounds)
    user = User(ports.ids.uuid(), email, name, Role.CUSTOMER, stored, ports.clock.now())
    ports.users.add(user)
    return user


def log_in(ports: Ports, data: Mapping[str, object]) -> User:
    """Give the user whose address and password these are."""
    fields = Fields(data)
    email, password = users.normal_email(fields), fields.secret("password", shortest=1)
    fields.done()
    user = ports.users.by_email(email)
    if user is None or not users.is_password(password, user.password):
        raise LoginFailed("The e-mail address or the password is wrong.")
    return user


def find_user(ports: Ports, user_id: UUID) -> User | None:
    """Give a user, or None: the account behind a session may be gone."""
    return ports.users.get(user_id)


def show_user(ports: Ports, asker: User, user_id: UUID) -> User:
    """Give a user: anybody themselves, staff all."""
    if asker.id != user_id and not asker.may(Role.STAFF):
        raise Forbidden("You may see your own account only.")
    return _found(ports.users.get(user_id), "There is no such user.")


# Articles and comments


def search_articles(ports: Ports, search: Search) -> Page:
    """Give one page of the articles that fit."""
    return catalog.find(ports.articles.all(), search)


def show_article(ports: Ports, slug: str) -> Article:
    """Give an article."""
    return _found(ports.articles.get(slug), "There is no such article.")


def article_of(ports: Ports, sku: Sku) -> Article:
    """Give the article sold under a SKU."""
    return _found(ports.articles.by_sku(sku), f"Nothing is sold as {sku}.")


def add_article(ports: Ports, author: User, data: Mapping[str, object]) -> Article:
    """Put a new article into the catalogue, with none of it in stock."""
    article = catalog.read_article(Fields(data), author.id, ports.clock.now())
    ports.articles.add(article)
    ports.stock.add(article.sku, 0)
    return article


def change_article(ports: Ports, slug: str, data: Mapping[str, object]) -> Article:
    """Write an article anew; its address, its SKU and its author stay."""
    before = show_article(ports, slug)
    read = catalog.read_article(
        Fields({**data, "sku": before.sku}), before.author, ports.clock.now()
    )
    after = replace(read, slug=before.slug, created_at=before.created_at)
    ports.articles.replace(after)
    return after


def all_comments(ports: Ports) -> tuple[Comment, ...]:
    """Give what was said, about anything."""
    return ports.comments.all()


def comments_of(ports: Ports, slug: str) -> tuple[Comment, ...]:
    """Give what was said about an article."""
    return ports.comments.of(show_article(ports, slug).slug)


def show_comment(ports: Ports, comment_id: int) -> Comment:
    """Give a comment."""
    return _found(ports.comments.get(comment_id), "There is no such comment.")


def add_comment(ports: Ports, author: User, slug: str, data: Mapping[str, object]) -> Comment:
    """Say something about an article."""
    fields = Fields(data)
    text = fields.text("text", longest=2000)
    fields.done()
    article = show_article(ports, slug)
    number, now = ports.counters.next("comments"), ports.clock.now()
    comment = Comment(number, article.slug, author.id, author.name, text, now)
    ports.comments.add(comment)
    return comment


# Stock


def stock_levels(ports: Ports) -> tuple[StockLevel, ...]:
    """Give all levels."""
    return ports.stock.all()


def stock_level(ports: Ports, sku: Sku) -> StockLevel:
    """Give the level of one SKU."""
    return _found(ports.stock.get(sku), f"There is no stock of {sku}.")


def set_stock(ports: Ports, sku: Sku, data: Mapping[str, object]) -> StockLevel:
    """Set a level, and tell staff when that made it low."""
    fields = Fields(data)
    level = fields.whole("level")
    fields.done()
    before = ports.stock.set_level(sku, level)
    _tell_if_low(ports, sku, before, level)
    return StockLevel(sku, level)


# Orders


def place_order(ports: Ports, user: User, data: Mapping[str, object]) -> Order:
    """Order what is wanted: take it from stock, take the money, keep the order.

    When a step fails, the steps before it are undone and nothing stays changed.
    """
    wanted = orders.read_lines(data.get("lines"))
    lines = tuple(_line(ports, sku, quantity) for sku, quantity in wanted.items())
    number = ports.counters.next("orders")
    order = Order(number, user.id, lines, OrderStatus.PLACED, ports.clock.now())
    left: dict[Sku, int] = {}
    try:
        for line in lines:
            left[line.sku] = ports.stock.take(line.sku, line.quantity)
        ports.payments.charge(order.reference, orders.total_of(order).total)
    except (OutOfStock, PaymentDeclined):
        for sku in left:
            ports.stock.put_back(sku, wanted[sku])
        raise
    ports.orders.add(order)
    for sku, level in left.items():
        _tell_if_low(ports, sku, level + wanted[sku], level)
    return order


def orders_of(ports: Ports, user: User) -> tuple[Order, ...]:
    """Give a user's own orders."""
    return ports.orders.of(user.id)


def show_order(ports: Ports, user: User, order_id: int) -> Order:
    """Give an order: customers their own, staff any."""
    order = _found(ports.orders.get(order_id), f"There is no order {order_id}.")
    if order.user != user.id and not user.may(Role.STAFF):
        raise Forbidden("You may see your own orders only.")
    return order


def order_total(ports: Ports, user: User, order_id: int) -> Total:
    """Give what an order costs, to those who may see it."""
    return orders.total_of(show_order(ports, user, order_id))


def cancel_order(ports: Ports, user: User, order_id: int) -> Order:
    """Cancel an order that was not shipped: pieces back to stock, money back to the customer."""
    order = show_order(ports, user, order_id)
    ports.orders.move(order.id, OrderStatus.PLACED, OrderStatus.CANCELLED)
    for line in order.lines:
        ports.stock.put_back(line.sku, line.quantity)
    ports.payments.refund(order.reference)
    return replace(order, status=OrderStatus.CANCELLED)


def confirm_order(ports: Ports, order_id: int) -> None:
    """Write to the customer that the order has come in."""
    order = _found(ports.orders.get(order_id), f"There is no order {order_id}.")
    user = _found(ports.users.get(order.user), f"Nobody is there to write to of {order_id}.")
    pieces = "\n".join(f"{line.quantity} x {line.title}" for line in order.lines)
    total = orders.total_of(order).total
    text = f"Dear {user.name},\n\nwe have your order:\n{pieces}\n\nTotal: {total} EUR\n"
    ports.mail.send(Letter(user.email, f"Your order {order.id}", text))


def export_orders(ports: Ports) -> Iterator[Total]:
    """Give all orders with their cost, one by one."""
    return map(orders.total_of, ports.orders.all())


# Photos


def add_photo(ports: Ports, owner: User, data: bytes) -> UUID:
    """Keep a picture, and its thumbnail beside it."""
    images.decode(data)
    photo = ports.ids.uuid()
    ports.photos.put(Picture(photo, ORIGINAL, "image/png", owner.id, data))
    make_thumbnail(ports, photo)
    return photo


def make_thumbnail(ports: Ports, photo: UUID) -> None:
    """Make the thumbnail of a picture that is kept; again is no harm."""
    original = show_photo(ports, photo, ORIGINAL)
    small = images.encode(images.shrink(images.decode(original.data)))
    ports.photos.put(replace(original, variant=THUMBNAIL, data=small))


def show_photo(ports: Ports, photo: UUID, variant: str) -> Picture:
    """Give a picture."""
    return _found(ports.photos.get(photo, variant), "There is no such photo.")


# Reports


def sales_report(ports: Ports, period: str, *, seconds: float) -> tuple[Sales, ...]:
    """Give the sales by day, week or month; *seconds* is what the ledger needs for it.

    The ledger answers one question at a time, and slowly: each step waits its part.
    """
    groups = reports.sales_by(ports.orders.all(), period)
    report = []
    for name, group in groups.items():
        ports.clock.sleep(seconds / len(groups))
        revenue = sum((ports.payments.paid(order.reference) for order in group), ZERO)
        report.append(reports.sales_of(name, group, revenue))
    return tuple(report)


# Private


def _found(thing: T | None, otherwise: str) -> T:
    if thing is None:
        raise NotFound(otherwise)
    return thing


def _tell_if_low(ports: Ports, sku: Sku, before: int, after: int) -> None:
    if catalog.has_fallen_low(before, after):
        ports.notifications.publish(LOW_STOCK, {"sku": sku, "level": after})


def _line(ports: Ports, sku: Sku, quantity: int) -> OrderLine:
    article = ports.articles.by_sku(sku)
    if article is None:
        raise Invalid({"lines": f"nothing is sold as {sku}"})
    return OrderLine(sku, article.title, quantity, article.price)
