"""What the shop sells and what people say about it: articles, comments, search."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NewType
from uuid import UUID

from shop.domain.errors import Invalid
from shop.domain.fields import Fields

Sku = NewType("Sku", str)
SKU = re.compile(r"[A-Z]{2,4}-[0-9]{1,6}")
LOW_LEVEL = 1
SORTS = ("title", "-title", "price", "-price", "created", "-created")


@dataclass(frozen=True, slots=True)
class Article:
    """One thing for sale; *slug* is its address and never changes."""

    slug: str
    title: str
    text: str
    tags: tuple[str, ...]
    sku: Sku
    price: Decimal
    author: UUID
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Comment:
    """What somebody said about an article."""

    id: int
    article: str
    author: UUID
    name: str
    text: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class StockLevel:
    """How many pieces of one SKU lie in the store."""

    sku: Sku
    level: int

    @property
    def is_low(self) -> bool:
        """Say whether somebody should order more."""
        return self.level <= LOW_LEVEL


@dataclass(frozen=True, slots=True)
class Search:
    """What to look for: every word, every tag; which page, in which order."""

    words: str = ""
    tags: tuple[str, ...] = ()
    page: int = 1
    per_page: int = 10
    sort: str = "-created"

    def __post_init__(self) -> None:
        """Refuse a page or an order that cannot be.

        Raises: Invalid: with all problems.
        """
        problems = {}
        if self.page < 1:
            problems["page"] = "must be 1 or more"
        if not 1 <= self.per_page <= 50:
            problems["per_page"] = "must be between 1 and 50"
        if self.sort not in SORTS:
            problems["sort"] = f"must be one of {', '.join(SORTS)}"
        if problems:
            raise Invalid(problems)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of articles, and how many there are in all."""

    items: tuple[Article, ...]
    page: int
    per_page: int
    total: int

    @property
    def pages(self) -> int:
        """Give the number of the last page; an empty result has one page."""
        return max(1, -(-self.total // self.per_page))


def find(articles: Iterable[Article], search: Search) -> Page:
    """Give the asked page of the articles that have every word and every tag."""
    words = search.words.casefold().split()
    tags = {tag.strip().lower() for tag in search.tags}
    found = [
        article
        for article in articles
        if tags <= set(article.tags)
        and all(
            word in f"{article.title} {article.text} {article.sku}".casefold() for word in words
        )
    ]
    found.sort(key=lambda article: article.slug)
    name = search.sort.removeprefix("-")
    if name == "title":
        found.sort(key=lambda article: article.title.casefold(), reverse=search.sort[0] == "-")
    elif name == "price":
        found.sort(key=lambda article: article.price, reverse=search.sort[0] == "-")
    else:
        found.sort(key=lambda article: article.created_at, reverse=search.sort[0] == "-")
    first = (search.page - 1) * search.per_page
    items = tuple(found[first : first + search.per_page])
    return Page(items, search.page, search.per_page, len(found))


def slug_of(title: str) -> str:
    """Give an address made of the title's letters and digits, in any script.

    >>> slug_of("  Grüner Tee, 100 g ")
    'grüner-tee-100-g'
    """
    return "-".join(re.findall(r"\w+", unicodedata.normalize("NFC", title).lower()))


def read_article(fields: Fields, author: UUID, now: datetime) -> Article:
    """Give the article that the fields describe.

    Raises: Invalid: with every problem.
    """
    title = fields.text("title")
    sku = fields.text("sku", longest=11).upper()
    if sku and not SKU.fullmatch(sku):
        fields.refuse("sku", "must look like TEA-001")
    slug = slug_of(title)
    if title and (not slug or slug in {"new", "search"}):
        fields.refuse("title", "gives no address for the article")
    article = Article(
        slug=slug,
        title=title,
        text=fields.text("text", longest=10_000, needed=False),
        tags=fields.texts("tags"),
        sku=Sku(sku),
        price=fields.money("price"),
        author=author,
        created_at=now,
        updated_at=now,
    )
    fields.done()
    return article


def has_fallen_low(before: int, after: int) -> bool:
    """Say whether this change brought the level down to where somebody must know."""
    return after <= LOW_LEVEL < before
