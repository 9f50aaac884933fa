"""Users, articles, comments and stock in one DynamoDB table.

Kinds of items (``pk``), each with what names it (``sk``):

user      id        user-email     address; holds the id, so that it is unique
article   slug      article-sku    SKU; holds the slug
comment   number    comment-of#…   number, of one article; the comment once more
stock     SKU
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from shop.domain.catalog import Article, Comment, Sku, StockLevel
from shop.domain.errors import EmailTaken, NotFound, OutOfStock, SlugTaken
from shop.domain.money import from_cents, to_cents
from shop.domain.users import Role, User
from shop_adapters.table import Item, OnTable, Refused, numbered


class DynamoUsers(OnTable):
    """The accounts."""

    def add(self, user: User) -> None:
        """Keep a new user."""
        item = {
            "pk": "user",
            "sk": str(user.id),
            "email": user.email,
            "name": user.name,
            "role": str(user.role),
            "password": user.password,
            "created_at": user.created_at.isoformat(),
        }
        try:
            self._table.add(item, {"pk": "user-email", "sk": user.email, "id": str(user.id)})
        except Refused as error:
            raise EmailTaken("This e-mail address is registered already.") from error

    def get(self, user_id: UUID) -> User | None:
        """Give a user, or None."""
        item = self._table.get("user", str(user_id))
        return None if item is None else _user(item)

    def by_email(self, email: str) -> User | None:
        """Give the user with this address, or None."""
        item = self._table.get("user-email", email)
        return None if item is None else self.get(UUID(item["id"]))


class DynamoArticles(OnTable):
    """The catalogue."""

    def add(self, article: Article) -> None:
        """Keep a new article."""
        item = {
            "pk": "article",
            "sk": article.slug,
            "title": article.title,
            "text": article.text,
            "tags": list(article.tags),
            "sku": article.sku,
            "cents": to_cents(article.price),
            "author": str(article.author),
            "created_at": article.created_at.isoformat(),
            "updated_at": article.updated_at.isoformat(),
        }
        try:
            self._table.add(item, {"pk": "article-sku", "sk": article.sku, "slug": article.slug})
        except Refused as error:
            raise SlugTaken("Another article has this address or this SKU.") from error

    def get(self, slug: str) -> Article | None:
        """Give an article, or None."""
        item = self._table.get("article", slug)
        return None if item is None else _article(item)

    def by_sku(self, sku: Sku) -> Article | None:
        """Give the article sold under this SKU, or None."""
        item = self._table.get("article-sku", sku)
        return None if item is None else self.get(item["slug"])

    def replace(self, article: Article) -> None:
        """Write an article anew."""
        values = {
            ":title": article.title,
            ":text": article.text,
            ":tags": list(article.tags),
            ":cents": to_cents(article.price),
            ":at": article.updated_at.isoformat(),
        }
        change = (
            "SET #title = :title , #text = :text , #tags = :tags"
            " , #cents = :cents , #updated_at = :at"
        )
        try:
            self._table.change("article", article.slug, change, values)
        except Refused as error:
            raise NotFound("There is no such article.") from error

    def all(self) -> tuple[Article, ...]:
        """Give all articles, by slug."""
        return tuple(map(_article, self._table.of_kind("article")))


class DynamoComments(OnTable):
    """What was said; comments never change, so each is kept twice."""

    def add(self, comment: Comment) -> None:
        """Keep a new comment."""
        item = {
            "sk": numbered(comment.id),
            "article": comment.article,
            "author": str(comment.author),
            "name": comment.name,
            "text": comment.text,
            "created_at": comment.created_at.isoformat(),
        }
        self._table.add({"pk": "comment", **item}, {"pk": f"comment-of#{comment.article}", **item})

    def get(self, comment_id: int) -> Comment | None:
        """Give a comment, or None."""
        item = self._table.get("comment", numbered(comment_id))
        return None if item is None else _comment(item)

    def of(self, article: str) -> tuple[Comment, ...]:
        """Give an article's comments, by id."""
        return tuple(map(_comment, self._table.of_kind(f"comment-of#{article}")))

    def all(self) -> tuple[Comment, ...]:
        """Give all comments, by id."""
        return tuple(map(_comment, self._table.of_kind("comment")))


class DynamoStock(OnTable):
    """How many pieces there are; each change is one conditional update."""

    def add(self, sku: Sku, level: int) -> None:
        """Begin to keep a SKU."""
        try:
            self._table.add({"pk": "stock", "sk": sku, "level": level})
        except Refused:
            return

    def get(self, sku: Sku) -> StockLevel | None:
        """Give a level, or None."""
        item = self._table.get("stock", sku)
        return None if item is None else StockLevel(sku, int(item["level"]))

    def all(self) -> tuple[StockLevel, ...]:
        """Give all levels, by SKU."""
        items = self._table.of_kind("stock")
        return tuple(StockLevel(Sku(item["sk"]), int(item["level"])) for item in items)

    def set_level(self, sku: Sku, level: int) -> int:
        """Set a level; give the one before."""
        try:
            before = self._table.change("stock", sku, "SET #level = :level", {":level": level})
        except Refused as error:
            raise NotFound(f"There is no stock of {sku}.") from error
        return int(before["level"])

    def take(self, sku: Sku, quantity: int) -> int:
        """Take pieces out; give what is left."""
        change, values = "SET #level = #level - :taken", {":taken": quantity}
        try:
            before = self._table.change("stock", sku, change, values, when="#level >= :taken")
        except Refused as error:
            raise OutOfStock(f"There are not {quantity} of {sku}.") from error
        return int(before["level"]) - quantity

    def put_back(self, sku: Sku, quantity: int) -> None:
        """Put pieces back."""
        change = "SET #level = #level + :back"
        try:
            self._table.change("stock", sku, change, {":back": quantity})
        except Refused as error:
            raise NotFound(f"There is no stock of {sku}.") from error


# Private


def _user(item: Item) -> User:
    return User(
        id=UUID(item["sk"]),
        email=item["email"],
        name=item["name"],
        role=Role(item["role"]),
        password=item["password"],
        created_at=datetime.fromisoformat(item["created_at"]),
    )


def _article(item: Item) -> Article:
    return Article(
        slug=item["sk"],
        title=item["title"],
        text=item["text"],
        tags=tuple(item["tags"]),
        sku=Sku(item["sku"]),
        price=from_cents(int(item["cents"])),
        author=UUID(item["author"]),
        created_at=datetime.fromisoformat(item["created_at"]),
        updated_at=datetime.fromisoformat(item["updated_at"]),
    )


def _comment(item: Item) -> Comment:
    return Comment(
        id=int(item["sk"]),
        article=item["article"],
        author=UUID(item["author"]),
        name=item["name"],
        text=item["text"],
        created_at=datetime.fromisoformat(item["created_at"]),
    )
