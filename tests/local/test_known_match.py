"""What is said without asking is what Flask says."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import unquote

import pytest
from flask import Flask
from werkzeug.routing import BaseConverter, Rule

from routing.werkzeug_maps import both, theirs
from unlith.backends.local.known_match import CheckedMatch, KnownMatch
from unlith.domain.exchange import HttpRequest
from unlith.domain.survey import AppFacts, Survey
from unlith.domain.targets.urls import requests
from unlith.ports import Match

FACTS = AppFacts(request_class="flask.wrappers:Request")


class Own(BaseConverter):
    """A converter of the app's."""


def survey_of(*rules: Rule, facts: AppFacts = FACTS) -> tuple[object, Survey]:
    made, found = both(rules, converters={"own": Own})
    return made, Survey("app", facts, found, ())


def test_plain_requests_are_known_and_the_rest_is_asked() -> None:
    made, survey = survey_of(
        Rule("/pets/<int:id>", endpoint="pet", methods=["GET"]),
        Rule("/pets/new", endpoint="new", methods=["POST"]),
        Rule("/dirs/<path:p>/", endpoint="dirs", methods=["GET"]),
    )
    known = KnownMatch(survey)

    said = 0
    for method, path in requests(survey.rules, 500):
        match = known(HttpRequest(method, path + "?x=1"))
        if match is not None:
            said += 1
            ends, endpoint = theirs(made, unquote(path), method)  # type: ignore[arg-type]  # a map
            assert match.outcome == ends
            assert match.endpoint == (endpoint if ends == "match" else "")
    assert said > 100
    assert known(HttpRequest("GET", "/pets/7")) == Match("match", "pet", "/pets/<int:id>", "GET")


@pytest.mark.parametrize(
    "request_sent",
    [
        HttpRequest("GET", "/pets/%37"),
        HttpRequest("GET", "/own/7"),
        HttpRequest("GET", "/pets/7", (("Upgrade", "websocket"),)),
        HttpRequest("OPTIONS", "*"),
        HttpRequest("get", "/pets/7"),
        HttpRequest("GET", "/pets/7", (("Host", "a..b"),)),
        HttpRequest("GET", "/pets/7", (("Host", "x" * 64 + ".example"),)),
        HttpRequest("GET", "/pets/7", (("Host", ""),)),
    ],
)
def test_what_is_not_plain_is_asked(request_sent: HttpRequest) -> None:
    _, survey = survey_of(
        Rule("/pets/<int:id>", endpoint="pet", methods=["GET"]),
        Rule("/own/<own:id>", endpoint="own", methods=["GET"]),
    )

    assert KnownMatch(survey)(request_sent) is None


@pytest.mark.parametrize(
    "facts",
    [
        replace(FACTS, wsgi_wrapped=("m:Middleware",)),
        replace(FACTS, request_class="m:Request"),
        replace(FACTS, overrides=("create_url_adapter",)),
        replace(FACTS, config=(("SERVER_NAME", "example.com"),)),
        replace(FACTS, host_matching=True),
    ],
)
def test_apps_with_code_before_the_match_are_asked(facts: AppFacts) -> None:
    _, survey = survey_of(Rule("/x", endpoint="x", methods=["GET"]), facts=facts)

    assert KnownMatch(survey)(HttpRequest("GET", "/x")) is None


@pytest.mark.parametrize("host", ["a..b", ".a", "x" * 64 + ".example"])
def test_werkzeug_refuses_such_hosts_before_it_matches(host: str) -> None:
    """So that nobody may say without asking that a rule matches."""
    app = Flask("app")
    app.add_url_rule("/x", "x", lambda: "x")

    assert app.test_client().get("/x", headers={"Host": host}).status_code == 400


def test_flask_is_asked_once_for_each_rule_and_method() -> None:
    _, survey = survey_of(Rule("/pets/<int:id>", endpoint="pet", methods=["GET"]))
    checked, asked = CheckedMatch(KnownMatch(survey)), []

    def sent(method: str, target: str, match: Match) -> Match:
        def ask() -> Match:
            asked.append((method, target))
            return match

        return checked(HttpRequest(method, target), ask)

    found, missed = Match("match", "pet", "/pets/<int:id>", "GET"), Match("405", method="PUT")
    said = [sent("GET", f"/pets/{n}", found) for n in range(9)]
    refused = [sent("PUT", f"/pets/{n}", missed) for n in range(9)]

    assert said == [found] * 9
    assert refused == [missed] * 9
    assert asked == [("GET", "/pets/0"), ("PUT", "/pets/0")]


def test_once_flask_says_something_else_it_is_always_asked() -> None:
    _, survey = survey_of(Rule("/pets/<int:id>", endpoint="pet", methods=["GET"]))
    checked = CheckedMatch(KnownMatch(survey))
    theirs = Match("middleware")

    assert checked(HttpRequest("GET", "/pets/1"), lambda: theirs) == theirs
    assert checked(HttpRequest("GET", "/pets/2"), lambda: theirs) == theirs
    assert checked(HttpRequest("GET", "/nothing"), lambda: theirs) == theirs
