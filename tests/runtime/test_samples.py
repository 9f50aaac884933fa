"""Events that AWS publishes, and ones shaped after live captures (sources: events/README.md)."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import flask
import pytest

from unlith.domain.gateways import GATEWAYS
from unlith_runtime.errors import BadEvent
from unlith_runtime.events import kind_of
from unlith_runtime.whole import make_handler

SAMPLES = {
    file.stem: json.loads(file.read_text("utf-8"))
    for file in sorted((Path(__file__).parent / "events").glob("*.json"))
}
HTTP = [name for name in SAMPLES if not name.startswith(("not-http", "ping"))]
CAPTURED = [name for name in HTTP if name.endswith((".live", ".docs"))]


@pytest.fixture(scope="module")
def app() -> flask.Flask:
    app = flask.Flask("samples")

    @app.route("/", defaults={"path": ""}, methods=["GET", "POST"])
    @app.route("/<path:path>", methods=["GET", "POST"])
    def anything(path: str) -> flask.Response:
        response = flask.jsonify(
            path=path,
            url=flask.request.base_url,
            args={key: flask.request.args.getlist(key) for key in flask.request.args},
            cookies=flask.request.cookies,
            probe=flask.request.headers.get("X-Probe", "").replace(", ", ","),
            body=flask.request.get_data(as_text=True),
            address=flask.request.remote_addr,
        )
        response.set_cookie("a", "1")
        response.set_cookie("b", "2")
        return response

    return app


def ask(app: flask.Flask, name: str, engine: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    event = copy.deepcopy(SAMPLES[name])
    kind = kind_of(event).name
    gateway = GATEWAYS[kind]
    answer = gateway.answer(make_handler(app, engine=engine)(event, None))
    assert event == SAMPLES[name]
    assert answer.status == 200, answer.body
    told: dict[str, Any] = json.loads(answer.body)
    return told, answer.all("set-cookie")


@pytest.mark.parametrize("name", HTTP)
def test_the_kind_is_the_one_the_name_says(name: str) -> None:
    assert kind_of(SAMPLES[name]).name == name.partition(".")[0]


@pytest.mark.parametrize("engine", ["awsgi", "direct"])
@pytest.mark.parametrize("name", CAPTURED)
def test_one_request_seen_by_all_gateways_is_the_same_request(
    app: flask.Flask, name: str, engine: str
) -> None:
    told, cookies = ask(app, name, engine)

    assert told["path"] == "capture/space value"
    assert told["args"] == {
        "repeat": ["one", "two"],
        "redirect": ["https://example.com/a/b"],
        "literalPlus": ["a b"],
        "encodedPlus": ["a+b"],
        "empty": [""],
    }
    assert told["cookies"] == {"session": "abc123", "theme": "dark"}
    assert told["probe"] == "first,second"
    lamda = "\N{GREEK SMALL LETTER LAMDA}"
    assert json.loads(told["body"]) == {"message": "hello", "unicode": f"lambda-{lamda}"}
    assert told["address"] == "203.0.113.18"
    assert cookies == ("a=1; Path=/", "b=2; Path=/")


@pytest.mark.parametrize(
    ("name", "url", "address"),
    [
        ("rest", "https://0123456789.execute-api.us-east-1.amazonaws.com/prod/path/to/resource",
         "127.0.0.1"),
        ("http-v2", "https://id.execute-api.us-east-1.amazonaws.com/path/to/resource",
         "192.168.0.1/32"),
        ("alb", "http://lambda-alb-123578498.us-east-2.elb.amazonaws.com/path/to/resource",
         "72.12.164.125"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("engine", ["awsgi", "direct"])
def test_the_samples_of_aws_sam_cli_are_read(
    app: flask.Flask, name: str, url: str, address: str, engine: str
) -> None:
    told, _ = ask(app, name, engine)

    assert (told["url"], told["address"]) == (url, address)


@pytest.mark.parametrize("name", [name for name in SAMPLES if name.startswith("not-http")])
def test_what_is_no_request_is_refused_with_its_keys(app: flask.Flask, name: str) -> None:
    with pytest.raises(BadEvent) as refusal:
        make_handler(app)(SAMPLES[name], None)

    assert refusal.value.keys == tuple(sorted(SAMPLES[name]))


@pytest.mark.parametrize("name", [name for name in SAMPLES if name.startswith("ping")])
def test_pings_are_answered(app: flask.Flask, name: str) -> None:
    assert make_handler(app)(SAMPLES[name], None)["statusCode"] == 204
