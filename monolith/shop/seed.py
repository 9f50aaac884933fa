"""The same small shop every time: for a first look, for tests, for comparing two sides.

Everybody knows these passwords; they are in the README.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

from shop import services, storage
from shop.config import Settings
from shop.domain.catalog import Article, Comment, Sku, slug_of
from shop.domain.images import Raster, encode
from shop.domain.orders import Order, OrderLine, OrderStatus, total_of
from shop.domain.ports import Picture, Ports
from shop.domain.users import Role, User, hash_password

START = datetime(2024, 3, 1, 9, 0, tzinfo=UTC)
ADA = UUID("a0a0a0a0-0000-4000-8000-000000000001")
BEN = UUID("b0b0b0b0-0000-4000-8000-000000000002")
CLEO = UUID("c0c0c0c0-0000-4000-8000-000000000003")
PHOTO = UUID("f0f0f0f0-0000-4000-8000-000000000004")
# few rounds: a password that stands in the README needs no slow hash
ROUNDS = 1000

USERS = (
    (ADA, "ada@shop.example", "Ada", Role.STAFF, "ada-likes-tea"),
    (BEN, "ben@shop.example", "Ben", Role.CUSTOMER, "ben-likes-tea"),
    (CLEO, "cleo@shop.example", "Cleo", Role.ADMIN, "cleo-likes-tea"),
)
ARTICLES = (
    ("Grüner Tee", "TEA-001", "12.50", ("green", "loose", "tea"), 24, "Sencha from the south."),
    ("Black Tea", "TEA-002", "8.20", ("black", "loose", "tea"), 3, "Strong, for the morning."),
    ("Mint Tea", "TEA-003", "6.00", ("bags", "herbal", "tea"), 120, "Nothing but mint."),
    ("Tea Pot", "POT-010", "34.90", ("pot", "tea"), 2, "One litre, cast iron."),
    ("Café Crème", "COF-100", "9.95", ("coffee", "whole beans"), 40, "A mild roast."),
    ("Espresso", "COF-101", "11.45", ("coffee", "dark", "whole beans"), 0, "A dark roast."),
    ("抹茶", "TEA-004", "29.00", ("green", "powder", "tea"), 7, "Matcha, 30 g."),
    ("Cup", "CUP-001", "4.30", ("cup",), 60, "White, a quarter of a litre."),
    ("Cup & Saucer", "CUP-002", "7.80", ("cup", "saucer"), 15, "White <china>."),
    ("Filter", "COF-200", "3.25", ("coffee", "paper"), 1, "A hundred of them."),
    ("Honey", "HON-001", "5.60", ("sweet",), 33, "From the roof of the shop."),
    ("Sugar", "SUG-001", "1.10", ("sweet",), 500, "In lumps."),
)
ORDERS: tuple[tuple[UUID, int, OrderStatus, tuple[tuple[str, int], ...]], ...] = (
    (BEN, 3, OrderStatus.SHIPPED, (("TEA-001", 1), ("CUP-001", 2))),
    (BEN, 40, OrderStatus.PLACED, (("SUG-001", 12), ("TEA-003", 1))),
    (CLEO, 41, OrderStatus.PLACED, (("POT-010", 2),)),
    (BEN, 75, OrderStatus.CANCELLED, (("HON-001", 1),)),
)
COMMENTS = (
    (BEN, "Ben", "grüner-tee", "Fresh, and not bitter."),
    (CLEO, "Cleo", "grüner-tee", "Better with cooler water."),
    (BEN, "Ben", "tea-pot", "Heavy!"),
)


def fill(ports: Ports) -> None:
    """Put the small shop into empty ports."""
    for user_id, email, name, role, password in USERS:
        stored = hash_password(password, user_id.bytes, ROUNDS)
        ports.users.add(User(user_id, email, name, role, stored, START))
    for place, (title, sku, price, tags, level, text) in enumerate(ARTICLES):
        at = START + timedelta(hours=place)
        amount = Decimal(price)
        ports.articles.add(
            Article(slug_of(title), title, text, tags, Sku(sku), amount, ADA, at, at)
        )
        ports.stock.add(Sku(sku), level)
    for author, name, slug, text in COMMENTS:
        number = ports.counters.next("comments")
        at = START + timedelta(days=1, minutes=number)
        ports.comments.add(Comment(number, slug, author, name, text, at))
    for order in _orders(ports):
        ports.orders.add(order)
        ports.payments.charge(order.reference, total_of(order).total)
        if order.status is OrderStatus.CANCELLED:
            ports.payments.refund(order.reference)
    ports.photos.put(Picture(PHOTO, services.ORIGINAL, "image/png", BEN, picture()))
    services.make_thumbnail(ports, PHOTO)


def picture(width: int = 96, height: int = 72) -> bytes:
    """Give a PNG with two colours that run into each other."""
    pixels = bytes(
        value
        for y in range(height)
        for x in range(width)
        for value in (x * 255 // width, 96, y * 255 // height)
    )
    return encode(Raster(width, height, 3, pixels))


def prepare(path: str) -> None:
    """Make the file with its tables and the small shop in it, unless it is there."""
    if Path(path).exists():
        return
    # Built aside and then linked, so that no other process or thread ever sees half of it.
    with tempfile.TemporaryDirectory(dir=Path(path).parent, prefix=".shop-") as aside:
        new = Path(aside, "new.sqlite3")
        storage.create_tables(str(new))
        fill(storage.ports(str(new)))
        with suppress(FileExistsError):
            os.link(new, path)


def main() -> None:
    """Make the SQLite file of the settings afresh."""
    path = Settings.from_env(os.environ).database
    Path(path).unlink(missing_ok=True)
    prepare(path)


# Private


def _orders(ports: Ports) -> list[Order]:
    prices = {sku: (title, Decimal(price)) for title, sku, price, _, _, _ in ARTICLES}
    orders = []
    for user, days, status, wanted in ORDERS:
        lines = tuple(
            OrderLine(Sku(sku), prices[sku][0], quantity, prices[sku][1])
            for sku, quantity in wanted
        )
        at = START + timedelta(days=days)
        orders.append(Order(ports.counters.next("orders"), user, lines, status, at))
    return orders


if __name__ == "__main__":
    main()
