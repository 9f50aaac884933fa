"""``make_handler``: targets, other events, errors, limits, no door for commands."""

from __future__ import annotations

import copy
import json
import logging
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import awsgi
import flask
import pytest

from runtime.answering_apps import sized
from runtime.events_made import Context, alb_event, rest_event, v2_event
from runtime.oracle import SHAPES, through
from unlith.domain.exchange import HttpRequest
from unlith_runtime import awsgi_compat
from unlith_runtime.errors import BadEvent, BadTarget
from unlith_runtime.whole import make_handler

TEXT = ("Content-Type", "text/plain")
ENGINES = ("awsgi", "direct")


# What can be served


def test_an_app_may_be_named_as_module_and_attribute() -> None:
    answer = make_handler("wsgiref.simple_server:demo_app")(v2_event(), None)

    assert answer["body"].startswith("Hello world!")


def test_a_factory_may_be_named_by_its_call() -> None:
    answer = make_handler("runtime.answering_apps:Factory.make()")(v2_event(), None)

    assert answer["body"] == "made"


@pytest.mark.parametrize(
    "target",
    ["", "json", "json:", ":app", "json:dumps(1)", "json:no_such", "os:environ", "json:__doc__",
     "__import__('os'):system", "json:dumps or 1", "json;os:x", "a b:c"],
)  # fmt: skip
def test_other_texts_are_refused_and_never_run(target: str) -> None:
    with pytest.raises(BadTarget):
        make_handler(target)


def test_a_module_that_is_not_there_is_an_import_error() -> None:
    with pytest.raises(ModuleNotFoundError):
        make_handler("no_such_module_here:app")


def test_unknown_options_are_refused() -> None:
    with pytest.raises(ValueError, match="engine"):
        make_handler(sized(b""), engine="apache")
    with pytest.raises(ValueError, match="errors"):
        make_handler(sized(b""), errors="ignore")


# Events that are no requests


def refuses_to_be_called(environ: dict[str, Any], start_response: Any) -> Any:
    raise AssertionError("the app was reached")


SCHEDULE = {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}
PING = {"source": "serverless-plugin-warmup"}


@pytest.mark.parametrize("event", [SCHEDULE, PING])
def test_a_ping_is_answered_without_the_app(event: dict[str, Any]) -> None:
    assert make_handler(refuses_to_be_called)(event, None)["statusCode"] == 204


@pytest.mark.parametrize("event", [{}, {"Records": []}, None, []])
def test_another_event_is_a_clear_error(event: Any) -> None:
    with pytest.raises(BadEvent, match="on_event"):
        make_handler(refuses_to_be_called)(event, None)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "part",
    [{"headers": 7}, {"headers": "text"}, {"rawPath": 7}, {"rawQueryString": []},
     {"cookies": [None]}, {"body": 7}, {"body": "\udc80", "isBase64Encoded": True},
     {"body": "x", "isBase64Encoded": True}],
)  # fmt: skip
def test_a_broken_event_is_a_clear_error_too(engine: str, part: dict[str, Any]) -> None:
    handler = make_handler(refuses_to_be_called, engine=engine)

    with pytest.raises(BadEvent, match="another type") as refusal:
        handler({**v2_event(), **part}, None)

    assert refusal.value.__cause__ is not None


def test_on_event_gets_other_events_and_its_result_is_the_answer() -> None:
    context = Context()
    handler = make_handler(refuses_to_be_called, on_event=lambda *given: given)

    assert handler({"Records": []}, context) == ({"Records": []}, context)
    assert handler(SCHEDULE, context) == (SCHEDULE, context)  # a schedule may be work
    assert handler(PING, context)["statusCode"] == 204  # a ping never is


def test_no_key_of_an_event_runs_code() -> None:
    doors = {
        "raw_command": "raise SystemExit('door')",
        "manage": "shell",
        "command": "os:system",
        "_serverless-wsgi": {"command": "exec", "data": "raise SystemExit('door')"},
    }
    for door, value in doors.items():
        with pytest.raises(BadEvent):
            make_handler(refuses_to_be_called)({door: value}, None)
        assert make_handler(sized(b"app"))({**v2_event(), door: value}, None)["body"] == "app"


# Errors


def failing(environ: dict[str, Any], start_response: Any) -> Any:
    raise LookupError("secret detail")


@pytest.mark.parametrize("engine", ENGINES)
def test_an_error_of_the_app_is_a_function_error(engine: str) -> None:
    with pytest.raises(LookupError, match="secret detail"):
        make_handler(failing, engine=engine)(v2_event(), None)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("shape", SHAPES)
def test_errors_500_answers_as_a_server_and_logs(
    engine: str, shape: str, caplog: pytest.LogCaptureFixture
) -> None:
    handler = make_handler(failing, engine=engine, errors="500")

    answer = through(handler, shape, HttpRequest("GET", "/orders/7"))

    assert (answer.status, answer.body) == (500, b"Internal Server Error\n")
    assert "GET /orders/7 failed" in caplog.text
    assert "LookupError" in caplog.text


# Limits


@pytest.mark.parametrize(
    ("event", "limit"),
    [(v2_event(path="/big"), 6_291_556), (rest_event(path="/big"), 6_291_556),
     (alb_event(path="/big"), 1_048_576)],
)  # fmt: skip
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("letter", [b"x", b"\xff", b"\n", "\xe9".encode()])
def test_the_limit_is_that_of_the_encoded_answer(
    event: dict[str, Any], limit: int, engine: str, letter: bytes,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    def answer_with(count: int) -> dict[str, Any]:
        handler = make_handler(sized(letter * count, TEXT), engine=engine)
        answer: dict[str, Any] = handler(event, None)
        return answer

    def size(answer: dict[str, Any]) -> int:
        return len(json.dumps(answer, ensure_ascii=escapes).encode())

    escapes = sys.version_info < (3, 12)  # as awslambdaric encodes
    per_letter = {b"x": 1, b"\xff": 4 / 3, b"\n": 2, "\xe9".encode(): 6 if escapes else 2}[letter]
    fits = int((limit - 2000) / per_letter)

    assert answer_with(fits)["statusCode"] == 200
    assert limit - 3000 < size(answer_with(fits)) <= limit
    refused = answer_with(fits + 3000)
    assert refused["statusCode"] == 500
    assert "larger than the gateway" in refused["body"]
    assert "GET" in caplog.text
    assert "/big is" in caplog.text
    assert "bytes as JSON" in caplog.text


# aws-wsgi


def test_every_request_is_carried_by_aws_wsgi(monkeypatch: pytest.MonkeyPatch) -> None:
    carried: list[str] = []
    real = awsgi.response

    def counting(app: Any, event: Any, context: Any, types: Any = None) -> Any:
        carried.append(event["path"])
        return real(app, event, context, types)

    monkeypatch.setattr(awsgi, "response", counting)
    for shape in SHAPES:
        through(make_handler(sized(b"hi")), shape, HttpRequest("GET", f"/{shape}"))
        through(make_handler(sized(b"hi"), engine="direct"), shape, HttpRequest("GET", "/direct"))

    assert carried == [f"/{shape}" for shape in SHAPES]


def test_the_drop_in_keeps_its_call_and_its_types() -> None:
    app = sized(b"plain", ("Content-Type", "text/x-mine; charset=utf-8"))

    assert awsgi_compat.response(app, v2_event(), None)["body"] == "plain"
    binary = awsgi_compat.response(app, rest_event(), None, base64_content_types={"text/x-mine"})
    assert (binary["body"], binary["isBase64Encoded"]) == ("cGxhaW4=", True)
    assert awsgi_compat.response(app, rest_event(), None, ["image/png"])["body"] == "plain"


@pytest.mark.parametrize("event", [{}, {"Records": []}])
def test_the_drop_in_names_other_events(event: dict[str, Any]) -> None:
    with pytest.raises(BadEvent):
        awsgi_compat.response(refuses_to_be_called, event, None)


# A real Flask app


@pytest.fixture(scope="module")
def shop() -> flask.Flask:
    app = flask.Flask("shop")
    app.secret_key = "test"

    @app.route("/orders/<int:number>", methods=["GET", "POST"])
    def order(number: int) -> flask.Response:
        flask.session["seen"] = number
        response = flask.jsonify(
            url=flask.url_for("order", number=number, _external=True),
            tags=flask.request.args.getlist("tag"),
            body=flask.request.get_data(as_text=True),
            form=flask.request.form,
            address=flask.request.remote_addr,
            secure=flask.request.is_secure,
        )
        response.set_cookie("visitor", "1")
        return response

    return app


@pytest.mark.parametrize(
    ("shape", "arrival", "url"),
    [
        ("http-v2", {"stage": "prod"}, "https://shop.example/prod/orders/7"),
        ("http-v2", {}, "https://shop.example/orders/7"),
        ("http-v1", {"stage": "prod"}, "https://shop.example/prod/orders/7"),
        ("rest", {"stage": "prod"}, "https://shop.example/prod/orders/7"),
        ("rest", {}, "https://shop.example/orders/7"),
        ("function-url", {}, "https://shop.example/orders/7"),
        ("alb", {"scheme": "http", "port": 80}, "http://shop.example/orders/7"),
        ("alb-multi", {}, "https://shop.example/orders/7"),
        ("lattice", {}, "https://shop.example/orders/7"),
        ("lattice-v1", {}, "https://shop.example/orders/7"),
    ],
)
def test_flask_builds_the_public_url(
    shop: flask.Flask, shape: str, arrival: dict[str, Any], url: str
) -> None:
    from unlith.domain.gateways import Arrival

    request = HttpRequest("GET", "/orders/7?tag=a&tag=b", (("Host", "shop.example"),))

    answer = through(make_handler(shop), shape, request, Arrival(**arrival))

    told = json.loads(answer.body)
    assert told["url"] == url
    assert told["address"] == "203.0.113.7"
    assert told["secure"] == url.startswith("https")
    assert told["tags"] == (["b"] if shape == "alb" else ["a", "b"])
    assert len(answer.all("set-cookie")) == 2


@pytest.mark.parametrize("engine", ENGINES)
def test_flask_reads_a_body_called_chunked(shop: flask.Flask, engine: str) -> None:
    event = v2_event(path="/orders/7", method="POST", body="a=1",
                     headers={"transfer-encoding": "chunked",
                              "content-type": "application/x-www-form-urlencoded"})  # fmt: skip

    assert json.loads(make_handler(shop, engine=engine)(event, None)["body"])["form"] == {"a": "1"}


@pytest.mark.parametrize("engine", ENGINES)
def test_32_threads_do_not_mix(shop: flask.Flask, engine: str) -> None:
    handler = make_handler(shop, engine=engine)

    def ask(number: int) -> tuple[str, int]:
        shape = SHAPES[number % len(SHAPES)]
        body = f"body {number}".encode()
        headers = (("Content-Type", "text/plain"), ("Host", "shop.example"))
        request = HttpRequest("POST", f"/orders/{number}?tag=t{number}", headers, body)
        told = json.loads(through(handler, shape, request).body)
        assert told["tags"] == [f"t{number}"]
        return told["body"], int(told["url"].rpartition("/")[2])

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(32) as pool:
            told = list(pool.map(ask, range(640)))
    finally:
        sys.setswitchinterval(interval)

    assert told == [(f"body {number}", number) for number in range(640)]


def test_the_event_is_never_changed(shop: flask.Flask) -> None:
    for event in (v2_event(cookies=["a=1"], headers={"cookie": "a=1"}), rest_event(), alb_event()):
        before = copy.deepcopy(event)

        make_handler(shop, base_path="/x")(event, None)

        assert event == before


def test_nothing_is_logged_for_an_ordinary_request(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "unlith_runtime"):
        make_handler(sized(b"hi"))(v2_event(), None)

    assert caplog.records == []
