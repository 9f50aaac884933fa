"""The bound of the mismatch rate: as computed elsewhere, and true however often one looks."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unlith.domain.bound import Bound, percent, upper_rate


@pytest.mark.parametrize(
    ("exchanges", "rate"), [(59, 0.0504), (299, 0.0107), (1000, 0.00354), (2995, 0.00132)]
)
def test_the_bound_is_that_of_the_mixture_worked_out_by_hand(exchanges: int, rate: float) -> None:
    assert upper_rate(0, exchanges) == pytest.approx(rate, rel=0.005)


def test_it_is_said_in_words() -> None:
    assert str(Bound(0, 2995)) == (
        "0 differences in 2,995 distinct exchanges: mismatch rate below 0.14 % at 95 %, "
        "valid however often one looks"
    )
    assert str(Bound(0, 0)).startswith("no exchange was compared")
    assert str(Bound(1, 1)).startswith("1 distinct exchange, 1 of them with differences")


@pytest.mark.parametrize("rate", [0.0005, 0.002, 0.01, 0.05])
def test_looking_after_every_exchange_does_not_break_the_promise(rate: float) -> None:
    """In at most 5 % of long runs may the bound ever fall below the true rate."""
    chance = random.Random(f"peeking {rate}")
    runs, broken = 400, 0
    for _ in range(runs):
        mismatches = 0
        for exchanges in range(1, 1201):
            mismatches += chance.random() < rate
            # The bound only falls where an exchange agrees: looking every tenth time is enough
            # to see it, as it moves less than that between two looks.
            if exchanges % 10 == 0 and upper_rate(mismatches, exchanges) < rate:
                broken += 1
                break
    # 5 % of 400 are 20; the 99.9 % point of that binomial is 35.
    assert broken <= 35


def test_a_fixed_size_bound_would_break_it() -> None:
    """The same look at Clopper-Pearson's bound for none of n fails: the test can fail."""
    chance, rate, broken = random.Random("peeking"), 0.01, 0
    for _ in range(400):
        mismatches = 0
        for exchanges in range(1, 1201):
            mismatches += chance.random() < rate
            if mismatches == 0 and 1 - 0.05 ** (1 / exchanges) < rate:
                broken += 1
                break
            if mismatches and exchanges > 200 and mismatches / exchanges < rate / 2:
                broken += 1
                break
    assert broken > 35


@given(st.integers(0, 50), st.integers(1, 20_000))
def test_more_mismatches_widen_it_and_more_agreement_narrows_it(some: int, more: int) -> None:
    exchanges = some + more

    assert some / exchanges <= upper_rate(some, exchanges) <= 1
    assert upper_rate(some, exchanges) <= upper_rate(some + 1, exchanges + 1)
    assert upper_rate(some, exchanges + 100) <= upper_rate(some, exchanges)


@given(st.floats(1e-6, 1.0))
def test_percent_never_understates(rate: float) -> None:
    assert float(percent(rate).removesuffix(" %")) >= rate * 100 * (1 - 1e-9)
