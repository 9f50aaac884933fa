"""Cost and advice: AWS's formula, and *leave this one* where a split costs more than it saves."""

from __future__ import annotations

import pytest

from unlith.backends.survey.predictions import load_prices
from unlith.domain.cost import Load, monthly
from unlith.domain.profile import ImportProfile, ModuleTime, RouteCase, in_order, predict

PRICES = load_prices()
WHOLE = ImportProfile(3, 4000.0, 200.0, (ModuleTime("app", 4_000_000, 4_000_000, 0),))


def case(route: str = "GET /", **given: float) -> RouteCase:
    values = {"import_ms": 200.0, "requests": 1e6, "errors": 0, "group": 1} | given
    return RouteCase(route, 10, values["import_ms"], 1000, values["requests"],
                     int(values["errors"]), int(values["group"]))  # fmt: skip


def test_a_month_costs_what_the_formula_says() -> None:
    load = Load(1e9, 100, 1000, 1024, "x86_64")

    gb_s = 1e9 * 0.1
    assert monthly(load, PRICES) == pytest.approx(gb_s * 0.0000166667 + 1e9 * 1.2e-6)


def test_a_quiet_route_is_left_where_it_is() -> None:
    found = predict(case(requests=1000), WHOLE, 1e7, PRICES)

    assert found.advice == "leave"
    assert "too quiet" in found.why


def test_a_busy_light_route_is_worth_it() -> None:
    found = predict(case(requests=5e7), WHOLE, 1e8, PRICES)

    assert found.advice == "extract"
    assert found.saving_usd > 1


def test_errors_come_first_and_no_traffic_means_no_advice() -> None:
    assert predict(case(errors=2), WHOLE, 1e7, PRICES).advice == "fix first"
    assert predict(case(requests=0), WHOLE, 0, PRICES).advice == ""


def test_groups_stay_together_the_most_worthwhile_first() -> None:
    cases = [case("a", requests=2e7, group=1), case("b", requests=9e7, group=2),
             case("c", requests=3e7, group=1)]  # fmt: skip

    found = in_order(predict(one, WHOLE, 2e8, PRICES) for one in cases)

    assert {one.route: one.order for one in found} == {"b": 1, "c": 2, "a": 3}
