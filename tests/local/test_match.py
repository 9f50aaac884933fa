"""Which rule Flask chooses, asked of a running handler."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from unlith.backends.local.hosts import WorkerHosts
from unlith.domain.exchange import HttpRequest
from unlith.domain.gateways import GATEWAYS, Arrival
from unlith.ports import FunctionSpec, Match

RUNTIME = Path(__file__).parents[2] / "adapters"
Matching = Callable[..., Match]


@pytest.fixture
def matching(tmp_path: Path, hosts: WorkerHosts) -> Matching:
    """Give ``matching(app_source, method, target)`` for an app called ``app``."""

    def ask(source: str, method: str, target: str, *, gateway: str = "http-v2") -> Match:
        (tmp_path / "matched.py").write_text(source, "utf-8")
        (tmp_path / "matched_whole.py").write_text(
            "from unlith_runtime.whole import make_handler\n"
            "handler = make_handler('matched:app')\n"
        )
        spec = FunctionSpec("m", "matched_whole.handler", (tmp_path, RUNTIME), tmp_path)
        host = hosts.host(spec)
        arrival = Arrival(scheme="http", port=80)
        request = HttpRequest(method, target, (("Host", "localhost"),))
        return host.match(GATEWAYS[gateway].event(request, arrival))

    return ask


BEHIND_MIDDLEWARE = """
from flask import Flask
app = Flask(__name__)

@app.get("/inner/<int:id>")
def inner(id):
    raise AssertionError("never called")

@app.before_request
def hook():
    raise AssertionError("never called")

class Strips:
    def __init__(self, wsgi_app):
        self.wsgi_app = wsgi_app
    def __call__(self, environ, start_response):
        if environ["PATH_INFO"] == "/health":
            start_response("200 OK", [])
            return [b"fine"]
        try:
            environ["PATH_INFO"] = environ["PATH_INFO"].removeprefix("/v1")
            return self.wsgi_app(environ, start_response)
        except Exception:
            start_response("500 Oh", [])
            return [b""]

app.wsgi_app = Strips(app.wsgi_app)
"""


@pytest.mark.parametrize("gateway", sorted(GATEWAYS))
def test_middleware_that_changes_the_path_counts(matching: Matching, gateway: str) -> None:
    match = matching(BEHIND_MIDDLEWARE, "GET", "/v1/inner/7", gateway=gateway)

    assert match == Match("match", "inner", "/inner/<int:id>", "GET")


def test_an_answer_of_the_middleware_itself_is_no_rule(matching: Matching) -> None:
    assert matching(BEHIND_MIDDLEWARE, "GET", "/health").outcome == "middleware"


@pytest.mark.parametrize(
    ("method", "target", "outcome"),
    [
        ("GET", "/v1/inner/x", "404"),
        ("PUT", "/v1/inner/1", "405"),
        ("GET", "/v1/inner//1", "redirect"),
    ],
)
def test_why_no_rule_answers_is_said(
    matching: Matching, method: str, target: str, outcome: str
) -> None:
    match = matching(BEHIND_MIDDLEWARE, method, target)

    assert (match.outcome, match.rule) == (outcome, "")


def test_a_converter_that_needs_the_app_has_it(matching: Matching) -> None:
    source = """
from flask import Flask, current_app
from werkzeug.routing import BaseConverter, ValidationError

class Known(BaseConverter):
    def to_python(self, value):
        if value not in current_app.config["KNOWN"]:
            raise ValidationError
        return value

app = Flask(__name__)
app.config["KNOWN"] = {"a"}
app.url_map.converters["known"] = Known

@app.get("/x/<known:it>")
def known(it): ...

@app.get("/x/<it>")
def other(it): ...
"""

    assert matching(source, "GET", "/x/a").endpoint == "known"
    # werkzeug tries no further rule where to_python refuses.
    assert matching(source, "GET", "/x/b").outcome == "404"


def test_a_handler_without_flask_matches_nothing(matching: Matching) -> None:
    source = "def app(environ, start_response):\n    start_response('200 OK', [])\n    return []\n"

    assert matching(source, "GET", "/").outcome == "unknown"
