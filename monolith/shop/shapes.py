"""How the shop's things look from outside: plain mappings, the same in every answer."""

from __future__ import annotations

from collections.abc import Mapping

from shop.domain.catalog import Article, Comment, Page, StockLevel
from shop.domain.money import CURRENCY
from shop.domain.orders import Order, OrderLine, Total
from shop.domain.reports import Sales
from shop.domain.users import User

Shape = Mapping[str, object]


def user(of: User) -> Shape:
    """Show a user, never the password's hash."""
    return {"id": of.id, "email": of.email, "name": of.name, "role": of.role}


def article(of: Article) -> Shape:
    """Show an article."""
    return {
        "slug": of.slug,
        "title": of.title,
        "text": of.text,
        "tags": of.tags,
        "sku": of.sku,
        "price": of.price,
        "currency": CURRENCY,
        "created_at": of.created_at,
        "updated_at": of.updated_at,
    }


def page(of: Page) -> Shape:
    """Show one page of articles."""
    items = [article(one) for one in of.items]
    return {"items": items, "page": of.page, "per_page": of.per_page, "total": of.total}


def comment(of: Comment) -> Shape:
    """Show a comment."""
    return {
        "id": of.id,
        "article": of.article,
        "name": of.name,
        "text": of.text,
        "created_at": of.created_at,
    }


def stock(of: StockLevel) -> Shape:
    """Show a level."""
    return {"sku": of.sku, "level": of.level, "low": of.is_low}


def line(of: OrderLine) -> Shape:
    """Show a line of an order."""
    return {
        "sku": of.sku,
        "title": of.title,
        "quantity": of.quantity,
        "unit_price": of.unit_price,
        "total": of.total,
    }


def order(of: Order) -> Shape:
    """Show an order."""
    return {
        "id": of.id,
        "status": of.status,
        "placed_at": of.placed_at,
        "lines": [line(one) for one in of.lines],
    }


def total(of: Total) -> Shape:
    """Show what an order costs."""
    return {
        "order": of.order.id,
        "currency": CURRENCY,
        "lines": [line(one) for one in of.order.lines],
        "subtotal": of.subtotal,
        "shipping": of.shipping,
        "total": of.total,
    }


def sales(of: Sales) -> Shape:
    """Show the sales of one period."""
    return {
        "period": of.period,
        "orders": of.orders,
        "pieces": of.pieces,
        "revenue": of.revenue,
        "currency": CURRENCY,
    }
