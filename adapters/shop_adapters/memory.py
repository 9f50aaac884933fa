"""All ports in dictionaries: for tests, and for a look around that leaves nothing behind."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

from shop.domain.catalog import Article, Comment, Sku, StockLevel
from shop.domain.errors import EmailTaken, NotFound, OutOfStock, SlugTaken, WrongStatus
from shop.domain.money import ZERO
from shop.domain.orders import Order, OrderStatus, check_charge
from shop.domain.ports import Letter, Picture, Ports
from shop.domain.users import User
from shop.system import RandomIds, SystemClock


def ports() -> Ports:
    """Give ports that are empty and shared with nobody."""
    return Ports(
        users=MemoryUsers(),
        articles=MemoryArticles(),
        comments=MemoryComments(),
        stock=MemoryStock(),
        orders=MemoryOrders(),
        payments=MemoryPayments(),
        photos=MemoryPhotos(),
        mail=MemoryMail(),
        notifications=MemoryNotifications(),
        clock=SystemClock(),
        ids=RandomIds(),
        counters=MemoryCounters(),
    )


class MemoryUsers:
    """The accounts."""

    def __init__(self) -> None:
        self._users: dict[UUID, User] = {}

    def add(self, user: User) -> None:
        """Keep a new user."""
        if self.by_email(user.email):
            raise EmailTaken("This e-mail address is registered already.")
        self._users[user.id] = user

    def get(self, user_id: UUID) -> User | None:
        """Give a user, or None."""
        return self._users.get(user_id)

    def by_email(self, email: str) -> User | None:
        """Give the user with this address, or None."""
        return next((user for user in self._users.values() if user.email == email), None)


class MemoryArticles:
    """The catalogue."""

    def __init__(self) -> None:
        self._articles: dict[str, Article] = {}

    def add(self, article: Article) -> None:
        """Keep a new article."""
        if article.slug in self._articles or self.by_sku(article.sku):
            raise SlugTaken("Another article has this address or this SKU.")
        self._articles[article.slug] = article

    def get(self, slug: str) -> Article | None:
        """Give an article, or None."""
        return self._articles.get(slug)

    def by_sku(self, sku: Sku) -> Article | None:
        """Give the article sold under this SKU, or None."""
        return next((one for one in self._articles.values() if one.sku == sku), None)

    def replace(self, article: Article) -> None:
        """Write an article anew."""
        if article.slug not in self._articles:
            raise NotFound("There is no such article.")
        self._articles[article.slug] = article

    def all(self) -> tuple[Article, ...]:
        """Give all articles, by slug."""
        return tuple(self._articles[slug] for slug in sorted(self._articles))


class MemoryComments:
    """What was said."""

    def __init__(self) -> None:
        self._comments: dict[int, Comment] = {}

    def add(self, comment: Comment) -> None:
        """Keep a new comment."""
        self._comments[comment.id] = comment

    def get(self, comment_id: int) -> Comment | None:
        """Give a comment, or None."""
        return self._comments.get(comment_id)

    def of(self, article: str) -> tuple[Comment, ...]:
        """Give an article's comments, by id."""
        return tuple(comment for comment in self.all() if comment.article == article)

    def all(self) -> tuple[Comment, ...]:
        """Give all comments, by id."""
        return tuple(self._comments[number] for number in sorted(self._comments))


class MemoryStock:
    """How many pieces there are; one lock makes each change one step."""

    def __init__(self) -> None:
        self._levels: dict[Sku, int] = {}
        self._lock = threading.Lock()

    def add(self, sku: Sku, level: int) -> None:
        """Begin to keep a SKU."""
        self._levels.setdefault(sku, level)

    def get(self, sku: Sku) -> StockLevel | None:
        """Give a level, or None."""
        return StockLevel(sku, self._levels[sku]) if sku in self._levels else None

    def all(self) -> tuple[StockLevel, ...]:
        """Give all levels, by SKU."""
        return tuple(StockLevel(sku, self._levels[sku]) for sku in sorted(self._levels))

    def set_level(self, sku: Sku, level: int) -> int:
        """Set a level; give the one before."""
        with self._lock:
            before = self._kept(sku)
            self._levels[sku] = level
        return before

    def take(self, sku: Sku, quantity: int) -> int:
        """Take pieces out; give what is left."""
        with self._lock:
            if self._levels.get(sku, 0) < quantity:
                raise OutOfStock(f"There are not {quantity} of {sku}.")
            self._levels[sku] -= quantity
            return self._levels[sku]

    def put_back(self, sku: Sku, quantity: int) -> None:
        """Put pieces back."""
        with self._lock:
            self._levels[sku] = self._kept(sku) + quantity

    def _kept(self, sku: Sku) -> int:
        if sku not in self._levels:
            raise NotFound(f"There is no stock of {sku}.")
        return self._levels[sku]


class MemoryOrders:
    """The orders."""

    def __init__(self) -> None:
        self._orders: dict[int, Order] = {}

    def add(self, order: Order) -> None:
        """Keep a new order."""
        self._orders[order.id] = order

    def get(self, order_id: int) -> Order | None:
        """Give an order, or None."""
        return self._orders.get(order_id)

    def of(self, user: UUID) -> tuple[Order, ...]:
        """Give a user's orders, by id."""
        return tuple(order for order in self.all() if order.user == user)

    def all(self) -> Iterator[Order]:
        """Give all orders, by id."""
        for number in sorted(self._orders):
            yield self._orders[number]

    def move(self, order_id: int, before: OrderStatus, after: OrderStatus) -> None:
        """Change a status."""
        order = self._orders.get(order_id)
        if order is None or order.status is not before:
            raise WrongStatus(f"Order {order_id} is not {before}.")
        self._orders[order_id] = replace(order, status=after)


class MemoryPayments:
    """The till."""

    def __init__(self) -> None:
        self._paid: dict[str, Decimal] = {}

    def charge(self, reference: str, amount: Decimal) -> None:
        """Take the money, once for a reference."""
        check_charge(amount)
        self._paid.setdefault(reference, amount)

    def refund(self, reference: str) -> None:
        """Give the money back."""
        if reference in self._paid:
            self._paid[reference] = ZERO

    def paid(self, reference: str) -> Decimal:
        """Give what is paid under a reference."""
        return self._paid.get(reference, ZERO)


class MemoryPhotos:
    """Pictures as bytes."""

    def __init__(self) -> None:
        self._pictures: dict[tuple[UUID, str], Picture] = {}

    def put(self, picture: Picture) -> None:
        """Keep a picture."""
        self._pictures[picture.photo, picture.variant] = picture

    def get(self, photo: UUID, variant: str) -> Picture | None:
        """Give a picture, or None."""
        return self._pictures.get((photo, variant))


class MemoryMail:
    """Letters, kept in ``sent``."""

    def __init__(self) -> None:
        self.sent: list[Letter] = []

    def send(self, letter: Letter) -> None:
        """Send a letter."""
        self.sent.append(letter)


class MemoryNotifications:
    """Notifications, kept in ``published``."""

    def __init__(self) -> None:
        self.published: list[tuple[str, dict[str, str | int]]] = []

    def publish(self, topic: str, facts: Mapping[str, str | int]) -> None:
        """Tell all who listen to the topic."""
        self.published.append((topic, dict(facts)))


class MemoryCounters:
    """Numbers that count up."""

    def __init__(self) -> None:
        self._values: Counter[str] = Counter()
        self._lock = threading.Lock()

    def next(self, name: str) -> int:
        """Give the next number of a counter."""
        with self._lock:
            self._values[name] += 1
            return self._values[name]
