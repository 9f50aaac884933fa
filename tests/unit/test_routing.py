"""The routing table decides the same everywhere and refuses illegal changes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unlith.domain.route import Route
from unlith.domain.routing import Group, Phase, RoutingTable, Side, is_in_share
from unlith.errors import IllegalTransition, RouteNotFound, UsageError

TOTAL = Route("GET", "/orders/<int:id>/total")


GOLDEN = [True, True, False, False, True, True, False, True]


def a_table(phase: Phase = Phase.MONOLITH, share_pct: int = 0) -> RoutingTable:
    group = Group("order_total_get", "order_total_get", (TOTAL,), phase, share_pct)
    return RoutingTable(7, (group,))


@pytest.mark.parametrize("text", ["GET", "GET orders", "/orders", "", "G T /x", "GET\x00 /x"])
def test_what_is_no_route_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="not a route"):
        Route.parse(text)


def test_a_route_reads_back_from_its_text() -> None:
    assert Route.parse(" get  /x/<path:p> ") == Route("GET", "/x/<path:p>")
    assert Route.parse(str(TOTAL)) == TOTAL


@pytest.mark.parametrize(
    ("phase", "side", "shadow"),
    [
        (Phase.MONOLITH, Side.MONOLITH, False),
        (Phase.SHADOW, Side.MONOLITH, True),
        (Phase.FUNCTION, Side.FUNCTION, False),
        (Phase.RETIRED, Side.FUNCTION, False),
    ],
)
def test_the_phase_decides_who_answers(phase: Phase, side: Side, shadow: bool) -> None:
    decision = a_table(phase).decide("GET", TOTAL.rule)

    assert (decision.side, decision.is_shadowed, decision.version) == (side, shadow, 7)


def test_head_goes_where_get_goes_and_other_methods_stay() -> None:
    table = a_table(Phase.FUNCTION)

    assert table.decide("HEAD", TOTAL.rule).side is Side.FUNCTION
    assert table.decide("OPTIONS", TOTAL.rule).side is Side.MONOLITH
    assert table.decide("POST", TOTAL.rule).side is Side.MONOLITH


def test_what_flask_matches_to_nothing_stays_with_the_monolith() -> None:
    assert a_table(Phase.FUNCTION).decide("GET", "").side is Side.MONOLITH


@given(st.text(), st.text(), st.integers(1, 98))
def test_a_key_in_a_share_stays_in_every_larger_share(salt: str, key: str, share: int) -> None:
    assert is_in_share(salt, key, share) <= is_in_share(salt, key, share + 1)
    assert not is_in_share(salt, key, 0)
    assert is_in_share(salt, key, 100)


@pytest.mark.parametrize("share", [1, 5, 25, 50, 99])
def test_the_split_is_within_one_percent_at_100_000_keys(share: int) -> None:
    hits = sum(is_in_share("orders", f"user-{n}", share) for n in range(100_000))

    assert abs(hits / 1000 - share) < 1


def test_a_share_is_stable_across_versions_of_python() -> None:
    """Golden values: a change here moves live users from one side to the other."""
    assert [is_in_share("orders", str(n), 50) for n in range(8)] == GOLDEN


def test_each_change_raises_the_version() -> None:
    table = a_table().moved("order_total_get", Phase.CANARY, 25, "cookie:visitor")

    assert table.version == 8
    assert table.groups[0].describe() == "canary, 25 % to the function by cookie:visitor"


@pytest.mark.parametrize("phase", [Phase.MONOLITH, Phase.SHADOW, Phase.CANARY])
def test_only_a_function_can_retire(phase: Phase) -> None:
    with pytest.raises(IllegalTransition, match="only a group in phase function"):
        a_table(phase, 5 if phase is Phase.CANARY else 0).moved("order_total_get", Phase.RETIRED)


def test_nothing_comes_back_from_retirement_by_a_toggle() -> None:
    with pytest.raises(IllegalTransition, match="is retired"):
        a_table(Phase.RETIRED).moved("order_total_get", Phase.MONOLITH)


@pytest.mark.parametrize(
    ("phase", "share"), [(Phase.CANARY, 0), (Phase.CANARY, 100), (Phase.SHADOW, 5)]
)
def test_a_share_that_makes_no_sense_is_refused(phase: Phase, share: int) -> None:
    with pytest.raises(UsageError):
        a_table().moved("order_total_get", phase, share)


@pytest.mark.parametrize("cohort", ["", "ip", "cookie:", "header:a b", "cookie:a\nb"])
def test_a_cohort_key_that_makes_no_sense_is_refused(cohort: str) -> None:
    with pytest.raises(UsageError, match="not a cohort key"):
        RoutingTable(0, (Group("a", "a", (TOTAL,), cohort=cohort),)).moved("a", Phase.CANARY, 5)


def test_an_unknown_route_is_named_with_the_command_that_helps() -> None:
    with pytest.raises(RouteNotFound) as caught:
        RoutingTable().group_of(TOTAL)
    assert caught.value.hint == 'extract it first: unlith extract "GET /orders/<int:id>/total"'
