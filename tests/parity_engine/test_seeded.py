"""A few of the faults and harmless changes that ``bench/parity_faults`` seeds in full."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from seeded.faults import ADD, BENIGN, FAULTS, TODO, Change
from seeded.workspaces import Bench, bench
from unlith.domain.verdict import Verdict

QUICK = {
    TODO: ("key order", "whole number as float", "null for missing", "404 text", "32 bits"),
    ADD: ("any token", "lost write", "doubled write", "400 as 500"),
}
HARMLESS = {TODO: ("body in base64", "headers in another order"), ADD: ("state read only",)}


@pytest.fixture(scope="module")
def todo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with bench("single", tmp_path_factory.mktemp("todo")) as made:
        yield made


def named(name: str) -> Change:
    return next(change for change in (*FAULTS, *BENIGN) if change.name == name)


@pytest.mark.parametrize(("function", "name"), [(f, n) for f, ns in QUICK.items() for n in ns])
def test_a_seeded_fault_is_found_in_two_requests_at_most(
    todo: Bench, function: str, name: str
) -> None:
    result = todo.compare(function, named(name))

    assert result.verdict is Verdict.DIFFERENT
    assert all(one.requests <= 2 for one in result.differences)
    assert max(len(line) for one in result.differences for line in one.curl.splitlines()) < 240


@pytest.mark.parametrize(("function", "name"), [(f, n) for f, ns in HARMLESS.items() for n in ns])
def test_a_harmless_change_is_the_same(todo: Bench, function: str, name: str) -> None:
    result = todo.compare(function, named(name))

    assert result.differences == ()
    assert result.verdict is Verdict.SAME


def test_there_are_enough_kinds_and_no_name_twice() -> None:
    names = [change.name for change in (*FAULTS, *BENIGN)]

    assert len(FAULTS) >= 40
    assert sum(len(change.functions) for change in BENIGN) >= 40
    assert len(set(names)) == len(names)
