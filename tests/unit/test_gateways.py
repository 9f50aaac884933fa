"""What the emulated gateways do to requests and to handlers' results."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

import pytest

from unlith.domain.exchange import HttpRequest
from unlith.domain.gateways import GATEWAYS, Arrival

HOST = ("Host", "shop.example")
API_GATEWAY = ("rest", "http-v1", "http-v2", "function-url")


def event(shape: str, request: HttpRequest, **arrival: Any) -> dict[str, Any]:
    made: dict[str, Any] = GATEWAYS[shape].event(request, Arrival(**arrival))
    return made


def headers_in(made: dict[str, Any]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in (made.get("multiValueHeaders") or made["headers"]).items():
        found[name.lower()] = value if isinstance(value, list) else [value]
    return found


@pytest.mark.parametrize("shape", GATEWAYS)
def test_every_event_is_plain_json(shape: str) -> None:
    made = event(shape, HttpRequest("POST", "/a?b=c", (HOST,), b"\xff"))

    assert json.loads(json.dumps(made)) == made


@pytest.mark.parametrize("shape", GATEWAYS)
def test_the_gateway_writes_its_own_headers_and_ends_hop_by_hop_ones(shape: str) -> None:
    sent = (HOST, ("X-Forwarded-For", "6.6.6.6"), ("X-Forwarded-Proto", "gopher"),
            ("Connection", "close"), ("Transfer-Encoding", "chunked"),
            ("X-Forwarded-Host", "kept.example"))  # fmt: skip

    found = headers_in(event(shape, HttpRequest("GET", "/", sent), client_address="203.0.113.9"))

    assert found["x-forwarded-for"] == ["6.6.6.6, 203.0.113.9"]
    assert found["x-forwarded-proto"] == ["https"]
    assert found["x-forwarded-host"] == ["kept.example"]
    assert not {"connection", "transfer-encoding"} & set(found)


@pytest.mark.parametrize(
    ("shape", "path"),
    [("rest", "/a%2Fb%20c"), ("http-v1", "/prod/a/b c"), ("http-v2", "/prod/a/b c"),
     ("function-url", "/a%2Fb%20c"), ("alb", "/a%2Fb%20c"), ("alb-multi", "/a%2Fb%20c"),
     ("lattice", "/a%2Fb%20c?x=%20"), ("lattice-v1", "/a%2Fb%20c?x=%20")],
)  # fmt: skip
def test_paths_come_as_each_gateway_sends_them(shape: str, path: str) -> None:
    made = event(shape, HttpRequest("GET", "/a%2Fb%20c?x=%20", (HOST,)), stage="prod")

    assert (made.get("rawPath") or made.get("raw_path") or made["path"]) == path


def test_the_first_structure_of_lattice_holds_one_text_a_name() -> None:
    headers = (HOST, ("X-Tag", "1"), ("X-Tag", "2"), ("Cookie", "a=1"), ("Cookie", "b=2"))

    made = event("lattice-v1", HttpRequest("POST", "/?x=1&x=%20", headers, b"\xff"))

    assert (made["headers"]["x-tag"], made["headers"]["cookie"]) == ("1, 2", "a=1; b=2")
    assert made["query_string_parameters"] == {"x": "%20"}
    assert (made["body"], made["is_base64_encoded"]) == ("/w==", True)


def test_rest_keeps_the_stage_out_of_path_and_in_the_context() -> None:
    made = event("rest", HttpRequest("GET", "/a", (HOST,)), stage="prod")

    assert (made["path"], made["requestContext"]["path"]) == ("/a", "/prod/a")


@pytest.mark.parametrize("shape", ["http-v2", "function-url"])
def test_cookies_are_a_list_in_2_0(shape: str) -> None:
    made = event(shape, HttpRequest("GET", "/", (HOST, ("Cookie", "a=1; b=2"))))

    assert made["cookies"] == ["a=1", "b=2"]
    assert ("cookie" in made["headers"]) is (shape == "function-url")


def test_rest_drops_the_content_length() -> None:
    made = event("rest", HttpRequest("POST", "/", (HOST, ("Content-Length", "1")), b"x"))

    assert "content-length" not in headers_in(made)


@pytest.mark.parametrize("shape", ["http-v2", "http-v1", "function-url", "alb", "lattice"])
@pytest.mark.parametrize(
    ("kind", "is_base64"),
    [("application/json", False), ("text/csv", False), ("image/png", True), ("", True),
     ("application/x-www-form-urlencoded", True)],
)  # fmt: skip
def test_the_type_decides_what_is_base64(shape: str, kind: str, is_base64: bool) -> None:
    headers = (HOST, *([("Content-Type", kind)] if kind else []))

    made = event(shape, HttpRequest("POST", "/", headers, b"abc"))

    assert made["isBase64Encoded"] is is_base64
    assert made["body"] == (b64encode(b"abc").decode() if is_base64 else "abc")


def test_a_balancer_sends_queries_as_they_are_and_the_last_value() -> None:
    request = HttpRequest("GET", "/?a=%20&a=+", (HOST,))

    assert event("alb", request)["queryStringParameters"] == {"a": "+"}
    assert event("alb-multi", request)["multiValueQueryStringParameters"] == {"a": ["%20", "+"]}


MALFORMED: list[Any] = [None, 7, "text", [], {}, {"statusCode": "abc"}, {"statusCode": 99},
             {"statusCode": True}, {"statusCode": 200, "body": {}},
             {"statusCode": 200, "body": "%", "isBase64Encoded": True},
             {"statusCode": 200, "isBase64Encoded": "yes", "body": "x"},
             {"statusCode": 200, "headers": []}]  # fmt: skip


@pytest.mark.parametrize("shape", ["rest", "http-v1", "alb", "alb-multi", "lattice", "lattice-v1"])
@pytest.mark.parametrize("result", MALFORMED)
def test_a_malformed_result_is_a_502(shape: str, result: Any) -> None:
    if shape == "alb-multi" and result == MALFORMED[-1]:
        result = {"statusCode": 200, "multiValueHeaders": []}

    answer = GATEWAYS[shape].answer(result)

    assert answer.status == 502
    assert answer == GATEWAYS[shape].failure()


@pytest.mark.parametrize("shape", ["http-v2", "function-url"])
@pytest.mark.parametrize("result", [bad for bad in MALFORMED if isinstance(bad, dict) and bad])
def test_a_malformed_result_with_a_status_is_a_502_in_2_0_too(shape: str, result: Any) -> None:
    assert GATEWAYS[shape].answer(result).status == 502


@pytest.mark.parametrize("shape", ["http-v2", "function-url"])
@pytest.mark.parametrize(
    ("result", "body"), [("hi", b"hi"), ({"a": 1}, b'{"a": 1}'), (None, b"null"), ([1], b"[1]")]
)
def test_payload_2_0_makes_an_answer_of_what_has_no_status(
    shape: str, result: Any, body: bytes
) -> None:
    answer = GATEWAYS[shape].answer(result)

    assert (answer.status, answer.body) == (200, body)
    assert answer.header("content-type") == "application/json"


@pytest.mark.parametrize("shape", API_GATEWAY)
def test_api_gateway_takes_a_status_in_text(shape: str) -> None:
    assert GATEWAYS[shape].answer({"statusCode": "201"}).status == 201


def test_many_valued_headers_win_over_single_ones() -> None:
    result = {
        "statusCode": 200,
        "headers": {"A": "1", "B": "2"},
        "multiValueHeaders": {"a": ["3"]},
    }

    answer = GATEWAYS["rest"].answer(result)

    assert (answer.all("a"), answer.all("b")) == (("3",), ("2",))


def test_a_balancer_ignores_the_other_kind_of_headers() -> None:
    result = {"statusCode": 200, "headers": {"A": "1"}, "multiValueHeaders": {"A": ["2", "3"]}}

    assert GATEWAYS["alb"].answer(result).all("a") == ("1",)
    assert GATEWAYS["alb-multi"].answer(result).all("a") == ("2", "3")


@pytest.mark.parametrize(
    ("name", "limit_s", "status", "body"),
    [
        ("http-v2", 30.0, 503, b'{"message":"Service Unavailable"}'),
        ("http-v1", 30.0, 503, b'{"message":"Service Unavailable"}'),
        ("rest", 29.0, 504, b'{"message": "Endpoint request timed out"}'),
        ("alb", None, 502, None),
        ("alb-multi", None, 502, None),
        ("function-url", None, 502, None),
    ],
)
def test_each_gateway_gives_up_as_aws_does(
    name: str, limit_s: float | None, status: int, body: bytes | None
) -> None:
    gateway = GATEWAYS[name]

    late = gateway.late()

    assert (gateway.limit_s, late.status) == (limit_s, status)
    assert late.body == (body or gateway.failure().body)
