"""What is said without asking is what Flask says."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import unquote

import pytest
from werkzeug.routing import BaseConverter, Rule

from routing.werkzeug_maps import both, theirs
from unlith.backends.local.known_match import KnownMatch
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
