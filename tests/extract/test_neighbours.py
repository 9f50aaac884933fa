"""Rules that may match the same address are found; nothing that can is passed over."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule

from unlith.domain.neighbours import neighbours
from unlith.domain.survey import Converter, Location, SurveyedRule

PIECES = ["a", "b", "<int:x>", "<x>", "<path:x>", "<uuid:x>", '<any("a", b):x>', "v<int:x>"]
TEXTS = ["a", "b", "1", "v2", "x", "00000000-0000-4000-8000-000000000000"]


def surveyed(rule: Rule) -> SurveyedRule:
    converters = tuple(
        Converter(name, "c", "m:C", found.regex, found.part_isolating)
        for name, found in rule._converters.items()
    )
    return SurveyedRule(rule.rule, "e", ("GET",), Location("m", "f"), converters=converters)


@st.composite
def rules(draw: st.DrawFn) -> str:
    pieces = draw(st.lists(st.sampled_from(PIECES), max_size=3))
    named = [piece.replace("x>", f"x{index}>") for index, piece in enumerate(pieces)]
    return "/" + "/".join(named) + draw(st.sampled_from(["", "/"])) * bool(named)


PATHS = st.lists(st.sampled_from(TEXTS), max_size=4).map(lambda parts: "/" + "/".join(parts))


def meet(one: SurveyedRule, other: SurveyedRule) -> bool:
    return other in neighbours([one, other], [one])


def test_what_a_gateway_cannot_tell_from_a_functions_own_is_a_neighbour() -> None:
    """Types, percent-encoded slashes: a 405 there must name the neighbour's methods."""
    for pair in [("/a/<int:x>", "/a/new"), ("/<x>", "/a/b"), ("/a/<x>", "/a")]:
        found = [Rule(text, endpoint=text) for text in pair]
        Map(found)
        assert meet(*map(surveyed, found)), pair


def matches(rule: str, path: str) -> bool:
    adapter = Map([Rule(rule, endpoint="e", strict_slashes=False)]).bind("h")
    try:
        adapter.match(path)
    except HTTPException:
        return False
    return True


@given(rules(), rules(), PATHS)
def test_rules_that_match_one_address_overlap(one: str, other: str, path: str) -> None:
    found = [Rule(text, endpoint=text) for text in (one, other)]
    Map(found)

    if matches(one, path) and matches(other, path):
        assert meet(*map(surveyed, found))


def test_rules_that_cannot_meet_do_not_overlap() -> None:
    pairs = [
        ("/a", "/b"),
        ("/a", "/a/<x>"),
        ("/a", "/a/b"),
        ("/a/<x>/b", "/a/<x>/c"),
    ]
    for pair in pairs:
        found = [Rule(text, endpoint=text) for text in pair]
        Map(found)
        assert not meet(*map(surveyed, found)), pair
