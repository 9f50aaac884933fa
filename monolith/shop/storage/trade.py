"""Orders, payments, counters, photos, mail and notifications on SQLite."""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from shop.domain.catalog import Sku
from shop.domain.errors import WrongStatus
from shop.domain.money import ZERO, from_cents, to_cents
from shop.domain.orders import Order, OrderLine, OrderStatus, check_charge
from shop.domain.ports import Letter, Picture
from shop.storage.table import Table, first

log = logging.getLogger(__name__)


class SqliteOrders(Table):
    """The orders, with their lines in a table of their own."""

    def add(self, order: Order) -> None:
        """Keep a new order."""
        with self.transaction() as database:
            database.execute(
                "INSERT INTO orders VALUES (?, ?, ?, ?)",
                (order.id, str(order.user), order.status, order.placed_at.isoformat()),
            )
            database.executemany(
                "INSERT INTO order_lines VALUES (?, ?, ?, ?, ?, ?)",
                (
                    (
                        order.id,
                        place,
                        line.sku,
                        line.title,
                        line.quantity,
                        to_cents(line.unit_price),
                    )
                    for place, line in enumerate(order.lines)
                ),
            )

    def get(self, order_id: int) -> Order | None:
        """Give an order, or None."""
        return first(self._orders(self.rows("SELECT * FROM orders WHERE id = ?", order_id)))

    def of(self, user: UUID) -> tuple[Order, ...]:
        """Give a user's orders, by id."""
        sql = "SELECT * FROM orders WHERE user = ? ORDER BY id"
        return tuple(self._orders(self.rows(sql, str(user))))

    def all(self) -> Iterator[Order]:
        """Give all orders, by id, a hundred at a time."""
        last = 0
        sql = "SELECT * FROM orders WHERE id > ? ORDER BY id LIMIT 100"
        while rows := self.rows(sql, last):
            yield from self._orders(rows)
            last = rows[-1]["id"]

    def move(self, order_id: int, before: OrderStatus, after: OrderStatus) -> None:
        """Change a status."""
        sql = "UPDATE orders SET status = ? WHERE id = ? AND status = ?"
        if not self.write(sql, after, order_id, before):
            raise WrongStatus(f"Order {order_id} is not {before}.")

    def _orders(self, rows: Sequence[sqlite3.Row]) -> Iterator[Order]:
        sql = "SELECT * FROM order_lines WHERE order_id = ? ORDER BY place"
        for row in rows:
            lines = tuple(map(_line, self.rows(sql, row["id"])))
            status = OrderStatus(row["status"])
            placed_at = datetime.fromisoformat(row["placed_at"])
            yield Order(row["id"], UUID(row["user"]), lines, status, placed_at)


class SqlitePayments(Table):
    """The till."""

    def charge(self, reference: str, amount: Decimal) -> None:
        """Take the money, once for a reference."""
        check_charge(amount)
        sql = "INSERT OR IGNORE INTO payments (reference, cents) VALUES (?, ?)"
        self.write(sql, reference, to_cents(amount))

    def refund(self, reference: str) -> None:
        """Give the money back."""
        self.write("UPDATE payments SET refunded = 1 WHERE reference = ?", reference)

    def paid(self, reference: str) -> Decimal:
        """Give what is paid under a reference."""
        sql = "SELECT cents FROM payments WHERE reference = ? AND NOT refunded"
        row = first(self.rows(sql, reference))
        return ZERO if row is None else from_cents(row["cents"])


class SqlitePhotos(Table):
    """Pictures as blobs."""

    def put(self, picture: Picture) -> None:
        """Keep a picture."""
        self.write(
            "INSERT OR REPLACE INTO photos VALUES (?, ?, ?, ?, ?)",
            *(str(picture.photo), picture.variant, picture.content_type),
            *(str(picture.owner), picture.data),
        )

    def get(self, photo: UUID, variant: str) -> Picture | None:
        """Give a picture, or None."""
        sql = "SELECT * FROM photos WHERE photo = ? AND variant = ?"
        row = first(self.rows(sql, str(photo), variant))
        if row is None:
            return None
        return Picture(photo, variant, row["content_type"], UUID(row["owner"]), row["data"])


class SqliteOutbox(Table):
    """Mail and notifications: rows that a person can read, and a line in the log."""

    def send(self, letter: Letter) -> None:
        """Send a letter."""
        self._keep("mail", letter.to, letter.subject, letter.text)

    def publish(self, topic: str, facts: Mapping[str, str | int]) -> None:
        """Tell all who listen to the topic."""
        self._keep("notification", "staff", topic, json.dumps(facts, ensure_ascii=False))

    def _keep(self, kind: str, receiver: str, subject: str, body: str) -> None:
        sql = "INSERT INTO outbox (kind, receiver, subject, body) VALUES (?, ?, ?, ?)"
        self.write(sql, kind, receiver, subject, body)
        log.info("%s: %s", kind, subject)


class SqliteCounters(Table):
    """Numbers that count up."""

    def next(self, name: str) -> int:
        """Give the next number of a counter."""
        sql = (
            "INSERT INTO counters VALUES (?, 1)"
            " ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value"
        )
        with self.transaction() as database:
            return int(database.execute(sql, (name,)).fetchone()["value"])


# Private


def _line(row: sqlite3.Row) -> OrderLine:
    price = from_cents(row["unit_cents"])
    return OrderLine(Sku(row["sku"]), row["title"], row["quantity"], price)
