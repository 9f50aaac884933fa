"""The catalogue: search, paging, addresses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.domain.catalog import (
    SORTS,
    Article,
    Search,
    find,
    has_fallen_low,
    read_article,
    slug_of,
)
from shop.domain.errors import Invalid
from shop.domain.fields import Fields
from shop.domain.ports import Ports
from shop.seed import ADA, START


def slugs(ports: Ports, search: Search) -> list[str]:
    return [article.slug for article in find(ports.articles.all(), search).items]


def test_every_tag_must_be_there(ports: Ports) -> None:
    assert slugs(ports, Search(tags=("tea", "green"), sort="title")) == ["grüner-tee", "抹茶"]
    assert slugs(ports, Search(tags=("TEA ", "coffee"))) == []


def test_every_word_must_be_there_in_any_case(ports: Ports) -> None:
    assert slugs(ports, Search(words="ROAST dark")) == ["espresso"]
    assert slugs(ports, Search(words="cof-10", sort="price")) == ["café-crème", "espresso"]


@pytest.mark.parametrize("sort", SORTS)
def test_each_order_and_its_reverse_have_the_same_articles(ports: Ports, sort: str) -> None:
    found = slugs(ports, Search(sort=sort, per_page=50))

    assert sorted(found) == sorted(article.slug for article in ports.articles.all())


def test_articles_of_one_price_are_ordered_by_slug(ports: Ports) -> None:
    same = [article_of("b"), article_of("a"), article_of("c")]

    for sort in SORTS[2:]:
        assert [one.slug for one in find(same, Search(sort=sort)).items] == ["a", "b", "c"]


@given(st.integers(0, 60), st.integers(1, 50))
def test_the_pages_together_are_everything_once(count: int, per_page: int) -> None:
    articles = [article_of(f"article-{number:03}") for number in range(count)]
    first = find(articles, Search(per_page=per_page, sort="title"))

    pages = [
        find(articles, Search(page=number, per_page=per_page, sort="title"))
        for number in range(1, first.pages + 1)
    ]

    assert [one for page in pages for one in page.items] == articles
    assert {page.total for page in pages} == {count}


def test_all_that_is_wrong_with_a_search_is_told() -> None:
    with pytest.raises(Invalid) as raised:
        Search(page=0, per_page=51, sort="colour")

    assert set(raised.value.fields) == {"page", "per_page", "sort"}


@pytest.mark.parametrize("title", ["New", "search", "!!!"])
def test_a_title_that_gives_no_free_address_is_refused(title: str) -> None:
    with pytest.raises(Invalid):
        read_article(Fields({"title": title, "sku": "TEA-1", "price": "1"}), ADA, START)


@given(st.text())
def test_a_slug_of_a_slug_is_the_slug(title: str) -> None:
    assert slug_of(slug_of(title)) == slug_of(title)


@pytest.mark.parametrize(
    ("before", "after", "fallen"),
    [(5, 1, True), (2, 0, True), (1, 0, False), (1, 1, False), (0, 1, False), (5, 2, False)],
)
def test_only_falling_to_one_or_below_is_told(before: int, after: int, fallen: bool) -> None:
    assert has_fallen_low(before, after) is fallen


def article_of(title: str) -> Article:
    return read_article(Fields({"title": title, "sku": "TEA-1", "price": "1.00"}), ADA, START)
