"""Names, prefixes and bodies in every spelling, and events that only look like requests."""

from __future__ import annotations

from typing import Any

import pytest

from runtime.oracle import SHAPES, echo, seen_in, through
from unlith.domain.exchange import HttpRequest
from unlith.domain.gateways import Arrival
from unlith_runtime.errors import BadEvent
from unlith_runtime.whole import make_handler

ENGINES = ("awsgi", "direct")
STAGED = ("http-v1", "http-v2", "rest")
WEBSOCKET = {
    "requestContext": {
        "routeKey": "$default",
        "eventType": "MESSAGE",
        "messageId": "m",
        "connectionId": "c",
        "domainName": "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com",
        "stage": "live",
        "identity": {"sourceIp": "203.0.113.7"},
    },
    "body": "hello",
    "isBase64Encoded": False,
}
NO_REQUESTS: dict[str, dict[str, Any]] = {
    "websocket message": WEBSOCKET,
    "websocket connect": {
        **WEBSOCKET,
        "headers": {"Host": "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com"},
        "multiValueHeaders": {"Host": ["a1b2c3d4e5.execute-api.us-east-1.amazonaws.com"]},
    },
    "cloudfront": {
        "Records": [
            {"cf": {"config": {}, "request": {"method": "GET", "uri": "/a", "headers": {}}}}
        ]
    },
    "2.0 without http": {"version": "2.0", "requestContext": {"stage": "live"}, "rawPath": "/"},
    "2.0 without method": {"version": "2.0", "requestContext": {"http": {}}, "rawPath": "/"},
    "2.0 without context": {"version": "2.0", "rawPath": "/"},
    "unknown version": {"version": "3.0", "httpMethod": "GET", "path": "/"},
    "version of no kind": {"version": ["2.0"], "httpMethod": "GET", "path": "/"},
    "2.0 authorizer": {
        "version": "2.0",
        "type": "REQUEST",
        "routeArn": "arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/live/GET/x",
        "rawPath": "/x",
        "requestContext": {"http": {"method": "GET", "path": "/x"}},
    },
}


def answering(
    headers: list[tuple[str, str]], body: Any = (b"hi",), *, written: bytes = b""
) -> Any:
    def app(environ: dict[str, Any], start_response: Any) -> Any:
        write = start_response("200 OK", headers)
        if written:
            write(written)
        return body

    return app


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    "names",
    [("Set-Cookie", "Set-Cookie"), ("set-cookie", "set-cookie"), ("Set-cookie", "SET-COOKIE"),
     ("Set-Cookie", "set-cookie", "sEt-cOOkie")],
)  # fmt: skip
def test_every_cookie_survives_however_its_name_is_spelled(
    names: tuple[str, ...], shape: str, engine: str
) -> None:
    jar = [(name, f"c{number}=1") for number, name in enumerate(names)]
    app = answering([("Content-Type", "text/plain"), *jar])

    answer = through(make_handler(app, engine=engine), shape, HttpRequest("GET", "/"))

    assert answer.all("set-cookie") == tuple(value for _, value in jar)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_repeat_in_another_spelling_is_joined(shape: str, engine: str) -> None:
    app = answering([("Vary", "Cookie"), ("vary", "Accept"), ("Content-Type", "text/plain")])

    answer = through(make_handler(app, engine=engine), shape, HttpRequest("GET", "/"))

    assert ", ".join(answer.all("vary")) == "Cookie, Accept"


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("shape", STAGED)
@pytest.mark.parametrize(
    ("target", "script", "path"),
    [("/shop/a", "/prod/shop", "/a"), ("/shop", "/prod/shop", "/"), ("/shopping", "/prod", None),
     ("/prod/shop/a", "/prod", None)],
)  # fmt: skip
def test_a_base_path_comes_after_a_named_stage(
    target: str, script: str, path: str | None, shape: str, engine: str
) -> None:
    handler = make_handler(echo, base_path="shop", engine=engine)

    seen = seen_in(through(handler, shape, HttpRequest("GET", target), Arrival(stage="prod")))

    assert (seen["SCRIPT_NAME"], seen["PATH_INFO"]) == (script, path or target)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", NO_REQUESTS)
def test_what_only_looks_like_a_request_is_refused_with_its_keys(name: str, engine: str) -> None:
    event = NO_REQUESTS[name]

    with pytest.raises(BadEvent) as refusal:
        make_handler(echo, engine=engine)(event, None)

    assert refusal.value.keys == tuple(sorted(event))
    assert make_handler(echo, on_event=lambda event, _: sorted(event))(event, None) == sorted(
        event
    )


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    ("body", "written", "expected"),
    [([b"one"], b"", b"one"), ([b"two"], b"one ", b"one two"), ([b""], b"", b""),
     ([bytearray(b"one")], b"", b"one"), ([b"a", b"b"], b"", b"ab"), ((b"one",), b"", b"one"),
     ([], b"one", b"one"), ([b"\xff"], b"", b"\xff")],
)  # fmt: skip
def test_a_body_arrives_whole_in_whatever_form(
    body: Any, written: bytes, expected: bytes, shape: str, engine: str
) -> None:
    app = answering([("Content-Type", "text/plain")], body, written=written)

    answer = through(make_handler(app, engine=engine), shape, HttpRequest("GET", "/"))

    assert answer.body == expected


@pytest.mark.parametrize("engine", ENGINES)
def test_an_event_with_a_null_version_is_a_rest_event(engine: str) -> None:
    event = {"version": None, "httpMethod": "GET", "path": "/a", "requestContext": None}

    assert make_handler(echo, engine=engine)(event, None)["statusCode"] == 200
