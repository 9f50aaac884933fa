"""Reading fields: every problem is found, nothing odd gets through."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.domain.errors import Invalid
from shop.domain.fields import Fields

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


def test_all_problems_are_told_at_once() -> None:
    fields = Fields({"title": 1, "level": True, "price": 1.5})
    fields.text("title")
    fields.whole("level")
    fields.money("price")
    fields.secret("password", shortest=8)

    with pytest.raises(Invalid) as raised:
        fields.done()

    assert set(raised.value.fields) == {"title", "level", "price", "password"}


@pytest.mark.parametrize("level", [True, False, None, "3", 3.0, -1, 1_000_001, [3], float("nan")])
def test_what_is_no_level_is_refused(level: object) -> None:
    fields = Fields({"level": level})
    fields.whole("level")

    with pytest.raises(Invalid):
        fields.done()


@pytest.mark.parametrize("price", ["12.345", "NaN", "sNaN", "Infinity", "0", "-1", "1e9", 2.5, ""])
def test_what_is_no_price_is_refused(price: object) -> None:
    fields = Fields({"price": price})
    fields.money("price")

    with pytest.raises(Invalid):
        fields.done()


@pytest.mark.parametrize(("price", "amount"), [("12.50", "12.50"), (3, "3.00"), ("0.01", "0.01")])
def test_a_price_has_two_places(price: object, amount: str) -> None:
    fields = Fields({"price": price})

    assert str(fields.money("price")) == amount
    fields.done()


def test_half_a_character_is_no_text() -> None:
    fields = Fields({"text": "\ud800", "password": "12345678\udfff", "tags": ["\ud800"]})
    fields.text("text")
    fields.secret("password", shortest=8)
    fields.texts("tags")

    with pytest.raises(Invalid) as raised:
        fields.done()

    assert len(raised.value.fields) == 3


@given(anything)
def test_whatever_is_sent_is_read_or_refused(value: object) -> None:
    fields = Fields({"it": value})
    text, whole, money = fields.text("it"), fields.whole("it"), fields.money("it")
    secret, texts = fields.secret("it", shortest=8), fields.texts("it")

    assert (type(text), type(whole), type(money)) == (str, int, Decimal)
    assert (type(secret), type(texts)) == (str, tuple)
