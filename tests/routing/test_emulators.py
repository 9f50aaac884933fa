"""The emulated gateways choose as their documentation's own examples say."""

from __future__ import annotations

import pytest

from unlith.domain.targets.compiled import Entry, RuleEntry
from unlith.domain.targets.emulators import Balancer, TemplateGateway
from unlith.domain.targets.shapes import Key

DOCUMENTED = [
    Entry("GET", Key(("pets", "dog", "1")), "GET /pets/dog/1"),
    Entry("GET", Key(("pets", "dog", None)), "GET /pets/dog/{id}"),
    Entry("GET", Key(("pets",), True), "GET /pets/{proxy+}"),
    Entry("ANY", Key((), True), "ANY /{proxy+}"),
]
"""The example of http-api-develop-routes.html, "Routing API requests"; each owner is its route."""


@pytest.mark.parametrize(
    ("request_line", "route"),
    [
        ("GET /pets/dog/1", "GET /pets/dog/1"),
        ("GET /pets/dog/2", "GET /pets/dog/{id}"),
        ("GET /pets/cat/1", "GET /pets/{proxy+}"),
        ("POST /test/5", "ANY /{proxy+}"),
    ],
)
def test_http_api_chooses_as_its_documentation_says(request_line: str, route: str) -> None:
    method, _, path = request_line.partition(" ")

    assert TemplateGateway(DOCUMENTED).owners(method, path) == {route}


def test_a_request_that_matches_no_route_gets_the_default() -> None:
    gateway = TemplateGateway([Entry("GET", Key(("pets", None)), "one")])

    assert gateway.owners("GET", "/pets/6") == {"one"}
    assert gateway.owners("GET", "/dogs/6") == {""}
    assert gateway.owners("POST", "/pets/6") == {""}
    assert gateway.owners("GET", "/Pets/6") == {""}


def test_any_stands_for_methods_that_the_resource_does_not_define() -> None:
    gateway = TemplateGateway(
        [Entry("ANY", Key(("pets",)), "any"), Entry("GET", Key(("pets",)), "get")]
    )

    assert gateway.owners("GET", "/pets") == {"get"}
    assert gateway.owners("POST", "/pets") == {"any"}


def test_a_verb_not_declared_falls_through_to_the_greedy_resource() -> None:
    """REST APIs: https://github.com/ministackorg/ministack/issues/1423."""
    gateway = TemplateGateway(
        [Entry("GET", Key(("pets",)), "get"), Entry("ANY", Key((), True), "proxy")]
    )

    assert gateway.owners("POST", "/pets") == {"proxy"}
    # {proxy+} does not match "/": https://github.com/logandk/serverless-wsgi/issues/20. Here the
    # monolith has both, so that the two readings are one.
    assert "get" not in gateway.owners("GET", "/")


def test_what_is_not_documented_is_read_every_way() -> None:
    gateway = TemplateGateway(
        [Entry("GET", Key(("a", None)), "one"), Entry("GET", Key(("a", None, "b")), "two")]
    )

    assert gateway.owners("GET", "/a/1/") == {"", "one"}
    assert gateway.owners("GET", "/a//1") == {"", "one"}
    assert gateway.owners("GET", "/a/1%2Fb") == {"one", "two"}
    assert gateway.owners("GET", "/%61/1") == {"one"}


def test_of_two_keys_neither_of_which_is_narrower_either_may_be_chosen() -> None:
    gateway = TemplateGateway(
        [Entry("GET", Key(("a", None)), "one"), Entry("GET", Key((None, "b")), "two")]
    )

    assert gateway.owners("GET", "/a/b") == {"one", "two"}


RULES = [
    RuleEntry(("GET",), ("^/img/.*/pics$",), "pics"),
    RuleEntry(("GET", "HEAD"), ("^/img/.*$", "^/css/[a-z]+$"), "img"),
]
"""After the documentation's ``/img/*`` and ``/img/*/pics``, as regular expressions."""


@pytest.mark.parametrize(
    ("method", "path", "owner"),
    [
        ("GET", "/img/a/pics", "pics"),
        ("HEAD", "/img/a/pics", "img"),
        ("GET", "/css/main", "img"),
        ("GET", "/Img/a", ""),
        ("POST", "/img/a", ""),
        ("GET", "/im%67/a", "img"),
    ],
)
def test_a_balancer_takes_the_first_rule_whose_conditions_are_met(
    method: str, path: str, owner: str
) -> None:
    assert owner in Balancer(RULES).owners(method, path)


def test_a_balancer_may_or_may_not_decode_letters() -> None:
    assert Balancer(RULES).owners("GET", "/im%67/a") == {"", "img"}
    assert Balancer(RULES).owners("GET", "/css/a%2Fb") == {""}
