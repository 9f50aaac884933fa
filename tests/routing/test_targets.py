"""Tables become gateway entries that never take a request from the side Flask chose."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.routing import Map, Rule

from routing.kept_maps import MAPS, kept
from routing.random_tables import table_at_random
from routing.test_router import RULES
from routing.werkzeug_maps import both, truth_of
from unlith.domain.route import Route
from unlith.domain.routing import Group, Phase, RoutingTable
from unlith.domain.survey import SurveyedRule
from unlith.domain.targets import limits
from unlith.domain.targets.compiled import Compiled, Owners, Why
from unlith.domain.targets.proof import Proof, Truth, shrunk
from unlith.domain.targets.template import text_of
from unlith.domain.targets.urls import requests


def made(*texts: str) -> tuple[Map, tuple[SurveyedRule, ...]]:
    """Give a map of ``METHOD /rule`` texts."""
    rules = []
    for text in texts:
        method, _, rule = text.partition(" ")
        rules.append(Rule(rule, endpoint=text, methods=method.split(",")))
    return both(rules)


def table(**groups: Iterable[str]) -> RoutingTable:
    """Give a table with functions in phase ``function``."""
    return RoutingTable(
        1,
        tuple(
            Group(name, name, tuple(map(Route.parse, routes)), Phase.FUNCTION)
            for name, routes in groups.items()
        ),
    )


def told(compiled: Compiled) -> dict[str, str]:
    return {f"{e.method} {text_of(e.key)}": e.owner for e in compiled.entries}


def wrong(proof: Proof, theirs: Map, limit: int = 400) -> list[str]:
    found = []
    for method, path in requests(proof.rules, limit):
        truth = truth_of(theirs, unquote(path), method)
        found += [str(one) for one in proof.judge(method, path, truth)]
    return found


def test_a_function_gets_its_key_and_a_sibling_goes_back_to_the_monolith() -> None:
    theirs, rules = made("GET /pets/<id>", "GET /pets/new", "POST /pets/<id>")

    proof = Proof(rules, table(pet=["GET /pets/<id>"]))

    assert told(proof.compiled["http-api"]) == {
        "GET /pets/{p1}": "pet",
        "HEAD /pets/{p1}": "pet",
        "GET /pets/new": "",
        "HEAD /pets/new": "",
    }
    assert wrong(proof, theirs) == []


@pytest.mark.parametrize(
    ("mine", "other", "why", "example"),
    [
        ("GET /pets/<int:id>", "GET /pets/<name>", Why.SAME_KEY, "/pets/a"),
        ("GET /pets/<id>", "GET /<path:page>", Why.REACHES, ""),
        ("GET /pets/<id>", "GET /pets/<id>/toys", Why.ENCODED_SLASH, "/pets/a%2Ftoys"),
        ("GET /pets/<id>", "GET /pets/new/", Why.ENCODED_SLASH, "/pets/new%2F"),
    ],
)
def test_what_a_key_cannot_tell_apart_stays_in_process_with_an_example(
    mine: str, other: str, why: Why, example: str
) -> None:
    theirs, rules = made(mine, other)

    proof = Proof(rules, table(f=[mine]))

    kept_back = proof.compiled["http-api"].kept
    assert {(k.why, k.other) for k in kept_back} == {(why, other.partition(" ")[2])}
    assert example in kept_back[0].example
    assert "is split in process" in str(kept_back[0])
    assert wrong(proof, theirs) == []


def test_who_trusts_that_nobody_encodes_slashes_moves_more() -> None:
    _, rules = made("GET /pets/<id>", "GET /pets/<id>/toys")
    moved = table(f=["GET /pets/<id>"])

    assert told(Proof(rules, moved).compiled["http-api"]) == {}
    assert "GET /pets/{p1}" in told(Proof(rules, moved, trusts_slashes=True).compiled["http-api"])


def test_rules_that_go_together_need_no_way_back() -> None:
    _, rules = made("GET /pets/<int:id>", "GET /pets/<name>", "GET /pets/<id>/toys")

    proof = Proof(rules, table(pets=[str(route) for rule in rules for route in rule.routes]))

    assert set(told(proof.compiled["http-api"]).values()) == {"pets"}
    assert proof.compiled["http-api"].kept == ()


def test_a_function_must_know_the_rules_it_needs_for_405() -> None:
    _, rules = made("GET /pets/<int:id>", "POST /pets/all", "GET /dogs")

    compiled = Proof(rules, table(f=["GET /pets/<int:id>"])).compiled["http-api"]

    assert [rules[n].rule for n in compiled.submaps["f"]] == ["/pets/<int:id>", "/pets/all"]


def test_a_rest_api_has_no_second_variable_at_one_place() -> None:
    _, rules = made("GET /<name>", "GET /files/<path:p>", "GET /files/<id>", "GET /")
    moved = table(f=["GET /<name>", "GET /files/<path:p>", "GET /files/<id>", "GET /"])

    compiled = Proof(rules, moved).compiled["rest-api"]

    assert {(str(k.route), k.why) for k in compiled.kept if k.route.method == "GET"} == {
        ("GET /<name>", Why.SIBLING),
        ("GET /files/<path:p>", Why.SIBLING),
    }
    assert told(compiled)["GET /"] == "f"


def test_a_balancer_says_types_and_keeps_flasks_order() -> None:
    theirs, rules = made("GET /pets/<int:id>", "GET /pets/<name>", "GET /pets/new")

    proof = Proof(rules, table(f=["GET /pets/<name>"], g=["GET /pets/<int:id>"]))

    said = [(rule.owner, rule.patterns) for rule in proof.compiled["alb"].rules]
    assert said == [
        ("", ("^/pets/new/?$",)),
        ("g", ("^/pets/[0-9]+$",)),
        ("", ("^/pets/[0-9]+/?$",)),
        ("f", ("^/pets/[^/%]+$",)),
    ]
    assert proof.compiled["alb"].kept == ()
    assert wrong(proof, theirs) == []


@pytest.mark.parametrize("count", [120, 320])
def test_limits_are_kept_and_what_does_not_fit_is_named(count: int) -> None:
    _, rules = made(*(f"GET /a{n}/<id>" for n in range(count)))

    proof = Proof(rules, table(f=[f"GET /a{n}/<id>" for n in range(count)]))

    for compiled in proof.compiled.values():
        assert compiled.used <= compiled.limit
    http_api, alb = proof.compiled["http-api"], proof.compiled["alb"]
    assert len(http_api.entries) < limits.HTTP_ROUTES
    assert (count > 299) == (
        Why.LIMIT in {k.why for k in http_api.kept if k.route.method == "GET"}
    )
    assert len(alb.rules) <= limits.ALB_RULES
    for rule in alb.rules:
        assert len(rule.patterns) <= limits.ALB_VALUES_PER_CONDITION
        assert len(rule.patterns) + len(rule.methods) <= limits.ALB_VALUES_PER_RULE
        assert all(len(pattern) <= limits.ALB_PATTERN for pattern in rule.patterns)


def test_a_rule_that_hosts_tell_apart_is_not_moved() -> None:
    _, rules = both(
        [
            Rule("/x", endpoint="a", host="a.example.com", methods=["GET"]),
            Rule("/x", endpoint="b", host="b.example.com", methods=["GET"]),
        ],
        host_matching=True,
    )

    for compiled in Proof(rules, table(f=["GET /x"]), options={"by_host": True}).compiled.values():
        assert {k.why for k in compiled.kept} == {Why.AMBIGUOUS}


@pytest.mark.parametrize("name", ["a.b", "a|b", "(x)", "$HOME", "${x}", "'\"", "..", "é", "a b"])
def test_a_hostile_name_is_text_and_nothing_else(name: str) -> None:
    theirs, rules = both([Rule(f"/{name}/<id>", endpoint="e", methods=["GET"])])

    proof = Proof(rules, table(f=[f"GET /{name}/<id>"]))

    assert wrong(proof, theirs) == []
    for rule in proof.compiled["alb"].rules:
        assert re.compile(rule.patterns[0]).search("/other/1") is None


def test_a_wrong_decision_is_found_and_shrunk() -> None:
    """The proof can fail: here the truth is another app's."""
    _, rules = made("GET /pets/<id>")
    proof = Proof(rules, table(f=["GET /pets/<id>"]))

    def is_wrong(path: str) -> bool:
        return any(proof.judge("GET", path, Truth("404")))

    assert is_wrong("/pets/something-long")
    assert shrunk("/pets/something-long", is_wrong) in ("/pets/a", "/pets/1")


@settings(max_examples=25)
@given(RULES, st.integers(0, 10_000))
def test_random_maps_under_random_tables_are_sound(found: list[Any], seed: int) -> None:
    theirs, rules = both(
        Rule(text, endpoint=f"e{n}", methods=methods, strict_slashes=strict, merge_slashes=merge)
        for n, (text, methods, strict, merge, _) in enumerate(found)
    )

    assert wrong(Proof(rules, table_at_random(rules, seed)), theirs, limit=25) == []


@pytest.mark.parametrize("file", sorted(MAPS.glob("*.json")), ids=lambda file: file.stem)
def test_real_apps_are_routed_as_flask_would(file: Path) -> None:
    """A quick part of ``bench/routing/verify.py``, which has the largest too."""
    if file.stat().st_size > 150_000:
        return
    real = kept(file)
    proof = Proof(real.rules, table_at_random(real.rules, 7), options=real.options)

    for method, path in requests(real.rules, 60, 3):
        found = list(proof.judge(method, path, real.match(unquote(path), method)))
        assert found == []


def test_the_maps_are_many_and_two_are_large() -> None:
    maps = [kept(file) for file in MAPS.glob("*.json")]

    assert len({real.version.partition(" ")[0] for real in maps}) >= 30
    assert sum(len(real.rules) > 400 for real in maps) >= 2
    assert Owners(maps[0].rules, RoutingTable()).wanted() == []
