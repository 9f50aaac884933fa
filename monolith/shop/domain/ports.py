"""What the shop needs from outside, as protocols; the inside owns them.

Stores raise the domain's errors and nothing of their own; a write is done when the call returns.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from shop.domain.catalog import Article, Comment, Sku, StockLevel
from shop.domain.orders import Order, OrderStatus
from shop.domain.users import User


@dataclass(frozen=True, slots=True)
class Picture:
    """The bytes of one variant of a photo, with whose it is."""

    photo: UUID
    variant: str
    content_type: str
    owner: UUID
    data: bytes


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail."""

    to: str
    subject: str
    text: str


class Users(Protocol):
    """The accounts."""

    def add(self, user: User) -> None:
        """Keep a new user. Raises: EmailTaken."""

    def get(self, user_id: UUID) -> User | None:
        """Give a user, or None."""

    def by_email(self, email: str) -> User | None:
        """Give the user with this address, or None."""


class Articles(Protocol):
    """The catalogue."""

    def add(self, article: Article) -> None:
        """Keep a new article. Raises: SlugTaken, for its slug or its SKU."""

    def get(self, slug: str) -> Article | None:
        """Give an article, or None."""

    def by_sku(self, sku: Sku) -> Article | None:
        """Give the article sold under this SKU, or None."""

    def replace(self, article: Article) -> None:
        """Write an article anew; its slug and SKU stay. Raises: NotFound."""

    def all(self) -> tuple[Article, ...]:
        """Give all articles, by slug."""


class Comments(Protocol):
    """What was said."""

    def add(self, comment: Comment) -> None:
        """Keep a new comment."""

    def get(self, comment_id: int) -> Comment | None:
        """Give a comment, or None."""

    def of(self, article: str) -> tuple[Comment, ...]:
        """Give an article's comments, by id."""

    def all(self) -> tuple[Comment, ...]:
        """Give all comments, by id."""


class Stock(Protocol):
    """How many pieces there are. Each change is one atomic step."""

    def add(self, sku: Sku, level: int) -> None:
        """Begin to keep a SKU, if it is not kept yet."""

    def get(self, sku: Sku) -> StockLevel | None:
        """Give a level, or None for an unknown SKU."""

    def all(self) -> tuple[StockLevel, ...]:
        """Give all levels, by SKU."""

    def set_level(self, sku: Sku, level: int) -> int:
        """Set a level; give the one before. Raises: NotFound."""

    def take(self, sku: Sku, quantity: int) -> int:
        """Take pieces out; give what is left. Raises: OutOfStock, also for an unknown SKU."""

    def put_back(self, sku: Sku, quantity: int) -> None:
        """Put pieces back. Raises: NotFound."""


class Orders(Protocol):
    """The orders."""

    def add(self, order: Order) -> None:
        """Keep a new order."""

    def get(self, order_id: int) -> Order | None:
        """Give an order, or None."""

    def of(self, user: UUID) -> tuple[Order, ...]:
        """Give a user's orders, by id."""

    def all(self) -> Iterator[Order]:
        """Give all orders, by id, without having them all in memory."""

    def move(self, order_id: int, before: OrderStatus, after: OrderStatus) -> None:
        """Change a status. Raises: WrongStatus if it was not *before*."""


class Payments(Protocol):
    """The till."""

    def charge(self, reference: str, amount: Decimal) -> None:
        """Take the money, once for a reference. Raises: PaymentDeclined."""

    def refund(self, reference: str) -> None:
        """Give the money back; a reference never charged is no error."""

    def paid(self, reference: str) -> Decimal:
        """Give what is paid under a reference, 0 after a refund."""


class Photos(Protocol):
    """Pictures as bytes."""

    def put(self, picture: Picture) -> None:
        """Keep a picture; one of the same photo and variant is replaced."""

    def get(self, photo: UUID, variant: str) -> Picture | None:
        """Give a picture, or None."""


class Mail(Protocol):
    """The way letters leave the shop."""

    def send(self, letter: Letter) -> None:
        """Send a letter."""


class Notifications(Protocol):
    """The way staff hears of things."""

    def publish(self, topic: str, facts: Mapping[str, str | int]) -> None:
        """Tell all who listen to the topic."""


class Clock(Protocol):
    """Time."""

    def now(self) -> datetime:
        """Give the time, in UTC."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class Ids(Protocol):
    """Names that are new, and chance."""

    def uuid(self) -> UUID:
        """Give a new id."""

    def token(self, size: int = 16) -> bytes:
        """Give bytes nobody can guess."""


class Counters(Protocol):
    """Numbers that count up, without two the same."""

    def next(self, name: str) -> int:
        """Give the next number of a counter; the first is 1."""


@dataclass(frozen=True, slots=True)
class Ports:
    """All ports, as one side has them."""

    users: Users
    articles: Articles
    comments: Comments
    stock: Stock
    orders: Orders
    payments: Payments
    photos: Photos
    mail: Mail
    notifications: Notifications
    clock: Clock
    ids: Ids
    counters: Counters
