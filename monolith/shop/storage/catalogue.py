"""Users, articles, comments and stock on SQLite."""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime
from uuid import UUID

from shop.domain.catalog import Article, Comment, Sku, StockLevel
from shop.domain.errors import EmailTaken, NotFound, OutOfStock, SlugTaken
from shop.domain.money import from_cents, to_cents
from shop.domain.users import Role, User
from shop.storage.table import Table, first


class SqliteUsers(Table):
    """The accounts."""

    def add(self, user: User) -> None:
        """Keep a new user."""
        try:
            self.write(
                "INSERT INTO users VALUES (?, ?, ?, ?, ?, ?)",
                *(str(user.id), user.email, user.name, user.role),
                *(user.password, user.created_at.isoformat()),
            )
        except sqlite3.IntegrityError as error:
            raise EmailTaken("This e-mail address is registered already.") from error

    def get(self, user_id: UUID) -> User | None:
        """Give a user, or None."""
        return first(map(_user, self.rows("SELECT * FROM users WHERE id = ?", str(user_id))))

    def by_email(self, email: str) -> User | None:
        """Give the user with this address, or None."""
        return first(map(_user, self.rows("SELECT * FROM users WHERE email = ?", email)))


class SqliteArticles(Table):
    """The catalogue."""

    def add(self, article: Article) -> None:
        """Keep a new article."""
        try:
            self.write(
                "INSERT INTO articles VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                *(article.slug, article.title, article.text, _tags(article), article.sku),
                *(to_cents(article.price), str(article.author)),
                *(article.created_at.isoformat(), article.updated_at.isoformat()),
            )
        except sqlite3.IntegrityError as error:
            raise SlugTaken("Another article has this address or this SKU.") from error

    def get(self, slug: str) -> Article | None:
        """Give an article, or None."""
        return first(map(_article, self.rows("SELECT * FROM articles WHERE slug = ?", slug)))

    def by_sku(self, sku: Sku) -> Article | None:
        """Give the article sold under this SKU, or None."""
        return first(map(_article, self.rows("SELECT * FROM articles WHERE sku = ?", sku)))

    def replace(self, article: Article) -> None:
        """Write an article anew."""
        found = self.write(
            "UPDATE articles SET title = ?, text = ?, tags = ?, price_cents = ?, updated_at = ?"
            " WHERE slug = ?",
            *(article.title, article.text, _tags(article), to_cents(article.price)),
            *(article.updated_at.isoformat(), article.slug),
        )
        if not found:
            raise NotFound("There is no such article.")

    def all(self) -> tuple[Article, ...]:
        """Give all articles, by slug."""
        return tuple(map(_article, self.rows("SELECT * FROM articles ORDER BY slug")))


class SqliteComments(Table):
    """What was said."""

    def add(self, comment: Comment) -> None:
        """Keep a new comment."""
        self.write(
            "INSERT INTO comments VALUES (?, ?, ?, ?, ?, ?)",
            *(comment.id, comment.article, str(comment.author), comment.name),
            *(comment.text, comment.created_at.isoformat()),
        )

    def get(self, comment_id: int) -> Comment | None:
        """Give a comment, or None."""
        return first(map(_comment, self.rows("SELECT * FROM comments WHERE id = ?", comment_id)))

    def of(self, article: str) -> tuple[Comment, ...]:
        """Give an article's comments, by id."""
        sql = "SELECT * FROM comments WHERE article = ? ORDER BY id"
        return tuple(map(_comment, self.rows(sql, article)))

    def all(self) -> tuple[Comment, ...]:
        """Give all comments, by id."""
        return tuple(map(_comment, self.rows("SELECT * FROM comments ORDER BY id")))


class SqliteStock(Table):
    """How many pieces there are."""

    def add(self, sku: Sku, level: int) -> None:
        """Begin to keep a SKU."""
        self.write("INSERT OR IGNORE INTO stock VALUES (?, ?)", sku, level)

    def get(self, sku: Sku) -> StockLevel | None:
        """Give a level, or None."""
        return first(map(_level, self.rows("SELECT * FROM stock WHERE sku = ?", sku)))

    def all(self) -> tuple[StockLevel, ...]:
        """Give all levels, by SKU."""
        return tuple(map(_level, self.rows("SELECT * FROM stock ORDER BY sku")))

    def set_level(self, sku: Sku, level: int) -> int:
        """Set a level; give the one before."""
        with self.transaction() as database:
            row = database.execute("SELECT level FROM stock WHERE sku = ?", (sku,)).fetchone()
            if row is None:
                raise NotFound(f"There is no stock of {sku}.")
            database.execute("UPDATE stock SET level = ? WHERE sku = ?", (level, sku))
        return int(row["level"])

    def take(self, sku: Sku, quantity: int) -> int:
        """Take pieces out; give what is left."""
        with self.transaction() as database:
            row = database.execute(
                "UPDATE stock SET level = level - ? WHERE sku = ? AND level >= ? RETURNING level",
                (quantity, sku, quantity),
            ).fetchone()
        if row is None:
            raise OutOfStock(f"There are not {quantity} of {sku}.")
        return int(row["level"])

    def put_back(self, sku: Sku, quantity: int) -> None:
        """Put pieces back."""
        if not self.write("UPDATE stock SET level = level + ? WHERE sku = ?", quantity, sku):
            raise NotFound(f"There is no stock of {sku}.")


# Private


def _user(row: sqlite3.Row) -> User:
    return User(
        id=UUID(row["id"]),
        email=row["email"],
        name=row["name"],
        role=Role(row["role"]),
        password=row["password"],
        created_at=datetime.fromisoformat(row["created_at"]),
    )


def _tags(article: Article) -> str:
    return json.dumps(article.tags, ensure_ascii=False)


def _article(row: sqlite3.Row) -> Article:
    return Article(
        slug=row["slug"],
        title=row["title"],
        text=row["text"],
        tags=tuple(json.loads(row["tags"])),
        sku=Sku(row["sku"]),
        price=from_cents(row["price_cents"]),
        author=UUID(row["author"]),
        created_at=datetime.fromisoformat(row["created_at"]),
        updated_at=datetime.fromisoformat(row["updated_at"]),
    )


def _comment(row: sqlite3.Row) -> Comment:
    return Comment(
        id=row["id"],
        article=row["article"],
        author=UUID(row["author"]),
        name=row["name"],
        text=row["text"],
        created_at=datetime.fromisoformat(row["created_at"]),
    )


def _level(row: sqlite3.Row) -> StockLevel:
    return StockLevel(Sku(row["sku"]), row["level"])
