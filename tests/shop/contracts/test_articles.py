"""The contract of Articles."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from shop.domain.catalog import Article, Sku
from shop.domain.errors import NotFound, SlugTaken
from shop.domain.ports import Ports
from shop.seed import ADA, START

TEA = Article(
    slug="grüner-tee",
    title="Grüner Tee",
    text="",
    tags=("loose", "tea"),
    sku=Sku("TEA-001"),
    price=Decimal("12.50"),
    author=ADA,
    created_at=START,
    updated_at=START,
)
CUP = replace(TEA, slug="cup", sku=Sku("CUP-1"), tags=())


def test_an_article_is_found_by_slug_and_by_sku(empty: Ports) -> None:
    empty.articles.add(TEA)

    assert empty.articles.get("grüner-tee") == empty.articles.by_sku(Sku("TEA-001")) == TEA


@pytest.mark.parametrize("slug", ["no", "", "x" * 5000, "' OR 1=1 --", "\0"])
def test_what_is_not_there_is_none(empty: Ports, slug: str) -> None:
    empty.articles.add(TEA)

    assert empty.articles.get(slug) is None
    assert empty.articles.by_sku(Sku(slug)) is None


@pytest.mark.parametrize("other", [replace(CUP, slug=TEA.slug), replace(CUP, sku=TEA.sku)])
def test_neither_slug_nor_sku_is_taken_twice(empty: Ports, other: Article) -> None:
    empty.articles.add(TEA)

    with pytest.raises(SlugTaken):
        empty.articles.add(other)

    assert empty.articles.all() == (TEA,)


def test_all_are_ordered_by_slug(empty: Ports) -> None:
    empty.articles.add(TEA)
    empty.articles.add(CUP)
    empty.articles.add(replace(TEA, slug="抹茶", sku=Sku("TEA-2")))

    assert [article.slug for article in empty.articles.all()] == ["cup", "grüner-tee", "抹茶"]


def test_an_article_is_written_anew(empty: Ports) -> None:
    changed = replace(
        TEA,
        title="Tee",
        text="Neu.",
        tags=("new",),
        price=Decimal("0.01"),
        updated_at=START + timedelta(days=1),
    )
    empty.articles.add(TEA)

    empty.articles.replace(changed)

    assert empty.articles.get(TEA.slug) == empty.articles.by_sku(TEA.sku) == changed


def test_what_is_not_there_is_not_written_anew(empty: Ports) -> None:
    with pytest.raises(NotFound):
        empty.articles.replace(TEA)

    assert empty.articles.all() == ()
