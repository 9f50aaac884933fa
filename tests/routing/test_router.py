"""The compiled router ends where Werkzeug ends: random maps and random paths."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.routing import BaseConverter, Rule

from routing.werkzeug_maps import both, theirs
from unlith.domain.survey import SurveyedRule
from unlith.domain.targets.router import Ends, Router

PIECES = [
    *("a", "b", "new", "", "<x>", "<int:x>", "<path:x>", "<uuid:x>", "v<int:x>", "<int:x>-<y>"),
    *("<int(min=2, max=40):x>", "<int(fixed_digits=2):x>", "<float(signed=True):x>"),
    *('<any(a, "b", new):x>', "<string(length=2):x>", "<string(minlength=1, maxlength=3):x>"),
]
TEXTS = ["a", "b", "new", "1", "12", "-3", "1.5", "v7", "3-x", "", "é", "x/y", "a b", "ab", "41"]
TEXTS += ["6ba7b810-9dad-11d1-80b4-00c04fd430c8", "//", "٣", "9" * 5000]
METHODS = ["GET", "POST", "HEAD", "OPTIONS", "PUT"]
PATHS = st.lists(st.sampled_from(TEXTS), max_size=4).map(lambda parts: "/" + "/".join(parts))


@st.composite
def rule_texts(draw: st.DrawFn) -> str:
    pieces = draw(st.lists(st.sampled_from(PIECES), min_size=1, max_size=3))
    named = [p.replace("x>", f"x{n}>").replace("y>", f"y{n}>") for n, p in enumerate(pieces)]
    return "/" + "/".join(named) + draw(st.sampled_from(["", "/"]))


RULES = st.lists(
    st.tuples(
        rule_texts(),
        st.sets(st.sampled_from(["GET", "POST", "PUT"]), min_size=1),
        st.booleans(),
        st.booleans(),
        st.sampled_from([False, False, False, True]),
    ),
    min_size=1,
    max_size=6,
)


def ours(rules: tuple[SurveyedRule, ...], path: str, method: str) -> tuple[str, Any]:
    found = Router(rules).find(path, method)
    if found.ends is Ends.MATCH and found.rule is not None:
        return "match", found.rule.endpoint
    told = {Ends.METHOD: found.allowed, Ends.REDIRECT: "/" + found.path.lstrip("/")}
    return str(found.ends), told.get(found.ends)


@settings(max_examples=500)
@given(RULES, st.lists(PATHS, min_size=1, max_size=6), st.sampled_from(METHODS))
def test_every_path_ends_where_werkzeug_ends(
    found: list[Any], paths: list[str], method: str
) -> None:
    made, rules = both(
        Rule(
            text,
            endpoint=f"e{index}",
            methods=None if is_socket else methods | {"OPTIONS"},
            strict_slashes=strict,
            merge_slashes=merge,
            websocket=is_socket,
        )
        for index, (text, methods, strict, merge, is_socket) in enumerate(found)
    )

    for path in paths:
        assert ours(rules, path, method) == theirs(made, path, method), path


def test_an_empty_path_ends_where_werkzeug_ends() -> None:
    made, rules = both([Rule("/", endpoint="root", methods=["GET"])])

    assert ours(rules, "/", "GET") == theirs(made, "/", "GET") == ("match", "root")


class Even(BaseConverter):
    """Refuses what its regular expression takes."""

    regex = r"\d+"


@pytest.mark.parametrize(
    ("rules", "path"),
    [
        ([Rule("/<even:n>", endpoint="e")], "/2"),
        ([Rule("/x", endpoint="e", redirect_to="/y")], "/x"),
        (
            [
                Rule("/all", endpoint="e", defaults={"page": 1}),
                Rule("/all/<int:page>", endpoint="e"),
            ],
            "/all/1",
        ),
    ],
)
def test_what_only_the_app_knows_is_asked(rules: list[Rule], path: str) -> None:
    _, found = both(rules, converters={"even": Even})

    assert Router(found).find(path, "GET").ends is Ends.ASK


def test_hosts_and_subdomains_are_part_of_the_match() -> None:
    _, hosts = both([Rule("/x", endpoint="e", host="<name>.example.com")], host_matching=True)
    _, names = both([Rule("/x", endpoint="e", subdomain="api")])

    assert Router(hosts, by_host=True).find("/x", "GET", "a.example.com").ends is Ends.MATCH
    assert Router(hosts, by_host=True).find("/x", "GET", "example.com").ends is Ends.NOT_FOUND
    assert Router(names).find("/x", "GET", "api").ends is Ends.MATCH
    assert Router(names).find("/x", "GET").ends is Ends.NOT_FOUND


def test_rules_for_building_only_match_nothing() -> None:
    _, rules = both([Rule("/x", endpoint="e", build_only=True)])

    assert Router(rules).find("/x", "GET").ends is Ends.NOT_FOUND
