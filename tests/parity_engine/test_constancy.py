"""A value that stands still on one side: found where chance explains it not, and only there."""

from __future__ import annotations

import json
import random
from collections.abc import Callable

import pytest

from unlith.domain.constancy import standing_still
from unlith.domain.exchange import HttpAnswer, Observation
from unlith.domain.observed import Observed, observed

Make = Callable[[], object]
DICE = random.Random(1)
UUID = "7c9e6679-7425-40de-944b-e07fc1f90afe"


def runs(make: Make, count: int) -> list[Observed]:
    head = (("Content-Type", "application/json"),)
    return [
        observed(Observation(HttpAnswer(200, head, json.dumps({"v": make()}).encode())))
        for _ in range(count)
    ]


def number() -> object:
    return DICE.getrandbits(60)


def page() -> object:
    return f"<p>{DICE.getrandbits(40)}</p><i>{DICE.getrandbits(40)}</i>"


@pytest.mark.parametrize(
    ("control", "candidate", "count", "found"),
    [
        (number, lambda: 5, 8, ["body/v"]),
        (number, number, 8, []),
        (lambda: 5, lambda: 5, 24, []),
        (lambda: DICE.random() < 0.5, lambda: True, 40, ["body/v"]),
        (lambda: DICE.random() < 0.5, lambda: DICE.random() < 0.5, 40, []),
        (lambda: DICE.choice("aaaaaaab"), lambda: "a", 24, []),
        (page, lambda: f"<p>7</p><i>{DICE.getrandbits(40)}</i>", 8, ["body/v"]),
        (page, page, 8, []),
        (lambda: [number(), 1], lambda: [3, 1], 8, ["body/v/0"]),
    ],
)
def test_only_what_chance_does_not_explain_stands_still(
    control: Make, candidate: Make, count: int, found: list[str]
) -> None:
    differences, _ = standing_still(runs(control, count), runs(candidate, count))

    assert [(one.path, one.kind) for one in differences] == [(path, "constant") for path in found]


def test_few_runs_say_nothing_yet() -> None:
    differences, is_open = standing_still(runs(number, 3), runs(lambda: UUID, 3))

    assert differences == ()
    assert is_open


def test_a_candidate_that_varied_needs_no_more_runs() -> None:
    differences, is_open = standing_still(runs(number, 2), runs(number, 2))

    assert differences == ()
    assert not is_open
