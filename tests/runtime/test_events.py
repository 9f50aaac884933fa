"""Each kind of event: recognised, read and answered; what is no HTTP event is named."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from runtime.events_made import alb_event, rest_event, v2_event
from unlith.domain.exchange import HttpRequest
from unlith.domain.gateways import GATEWAYS, Arrival
from unlith_runtime.errors import BadEvent, RuntimeFault
from unlith_runtime.events import all_kinds, clean_base_path, is_warm_up, kind_of
from unlith_runtime.http import Request, Response
from unlith_runtime.parts import quoted, reason_of, unquoted
from unlith_runtime.wsgi import environ_of

URL = "abc.lambda-url.us-east-1.on.aws"


def request_in(event: dict[str, Any], base_path: str | None = None) -> Request:
    return kind_of(event).request(event, None, clean_base_path(base_path))


# Recognising


@pytest.mark.parametrize("shape", GATEWAYS)
def test_exactly_one_kind_matches_each_gateways_event(shape: str) -> None:
    event = GATEWAYS[shape].event(HttpRequest("GET", "/x"), Arrival())

    assert [kind.name for kind in all_kinds() if kind.matches(event)] == [shape]
    assert kind_of(event).name == shape


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"Records": [{"eventSource": "aws:sqs", "body": "x"}]},
        {"version": "0", "source": "shop", "detail-type": "OrderPlaced", "detail": {}},
        {"version": "2.0"},
        {"version": "2.0", "requestContext": None},
        {"version": "2.0", "requestContext": {"http": None}},
        {"httpMethod": "GET"},
        {"path": "/x"},
        {"httpMethod": None, "path": None, "requestContext": {"elb": {}}},
        {"requestContext": {"connectionId": "a", "eventType": "CONNECT"}},
        {**rest_event(), "type": "REQUEST", "methodArn": "arn:aws:execute-api:x"},
        {**v2_event(), "type": "REQUEST", "routeArn": "arn:aws:execute-api:x"},
        [],
        None,
        "text",
        7,
    ],
)
def test_what_is_no_http_event_is_refused_by_one_error(event: Any) -> None:
    with pytest.raises(BadEvent) as refusal:
        kind_of(event)

    keys = sorted(event) if isinstance(event, dict) else []
    assert refusal.value.keys == tuple(keys)
    assert all(key in str(refusal.value) for key in keys)
    assert isinstance(refusal.value, RuntimeFault)


def test_the_error_names_keys_but_no_values() -> None:
    with pytest.raises(BadEvent) as refusal:
        kind_of({"password": "hunter2"})

    assert "password" in str(refusal.value)
    assert "hunter2" not in str(refusal.value)


@pytest.mark.parametrize(
    "event",
    [
        {"source": "serverless-plugin-warmup"},
        {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}},
        {"source": "aws.scheduler", "detail-type": "Scheduled Event"},
    ],
)
def test_pings_are_recognised(event: dict[str, Any]) -> None:
    assert is_warm_up(event)


@pytest.mark.parametrize("event", [{}, None, v2_event(), {"source": "aws.s3"}])
def test_other_events_are_no_pings(event: Any) -> None:
    assert not is_warm_up(event)


# Reading


@pytest.mark.parametrize(
    ("event", "script", "path"),
    [
        (rest_event(path="/x"), "/live", "/x"),
        (rest_event(path="/"), "/live", "/"),
        (rest_event(path="/", public_path="/live"), "/live", "/"),
        (rest_event(path="/live/live"), "/live", "/live/live"),
        (rest_event(path="/x", public_path="/x"), "", "/x"),
        (rest_event(path="/shop/x", public_path="/shop/x", domain="api.example"), "", "/shop/x"),
        (rest_event(path="/a%20b", public_path="/caf%C3%A9/a%20b"), "/caf\xc3\xa9", "/a b"),
        (rest_event(path="/x", public_path="/live//x"), "/live", "/x"),
        (rest_event(path="/y", public_path="/livex/z"), "", "/y"),
        (v2_event(path="/prod/x", stage="prod"), "/prod", "/x"),
        (v2_event(path="/prod", stage="prod"), "/prod", "/"),
        (v2_event(path="/prod/", stage="prod"), "/prod", "/"),
        (v2_event(path="/production/x", stage="prod"), "", "/production/x"),
        (v2_event(path="/x"), "", "/x"),
        (v2_event(path="/$default/x"), "", "/$default/x"),
        (v2_event(path="/prod/x", stage="prod", domain="api.example"), "", "/prod/x"),
        (v2_event(path="/prod/x", stage="prod", domain=URL), "", "/prod/x"),
        (v2_event(path=""), "", "/"),
    ],
)
def test_the_stage_goes_to_the_script_name(event: dict[str, Any], script: str, path: str) -> None:
    request = request_in(event)

    assert (request.script_name, request.path_info) == (script, path)


@pytest.mark.parametrize("base_path", ["/v1", "v1", "/v1/", "v1/"])
@pytest.mark.parametrize(
    ("event", "script", "path"),
    [
        (v2_event(path="/v1/x", domain="api.example"), "/v1", "/x"),
        (v2_event(path="/v1", domain="api.example"), "/v1", "/"),
        (v2_event(path="/v1x/y", domain="api.example"), "", "/v1x/y"),
        (v2_event(path="/x/v1/y", domain="api.example"), "", "/x/v1/y"),
        (v2_event(path="/prod/v1/x", stage="prod"), "/prod/v1", "/x"),
        (v2_event(path="/%761/x", domain=URL), "/v1", "/x"),
        (rest_event(path="/v1/x", public_path="/v1/x", domain="api.example"), "/v1", "/x"),
        (rest_event(path="/x"), "/live", "/x"),
        (alb_event(path="/v1/x"), "/v1", "/x"),
    ],
)
def test_a_base_path_goes_to_the_script_name_on_a_segment(
    base_path: str, event: dict[str, Any], script: str, path: str
) -> None:
    request = request_in(event, base_path)

    assert (request.script_name, request.path_info) == (script, path)


@pytest.mark.parametrize("base_path", ["", "/"])
def test_an_empty_base_path_means_no_prefix_ever(base_path: str) -> None:
    for event in (rest_event(path="/x"), v2_event(path="/prod/x", stage="prod")):
        request = request_in(event, base_path)

        assert (request.script_name, request.path_info) == ("", "/x")


def test_the_clients_host_decides_no_script_name() -> None:
    spoofed = v2_event(path="/prod/x", stage="prod", domain="api.example",
                       headers={"host": "x.execute-api.us-east-1.amazonaws.com"})  # fmt: skip

    assert request_in(spoofed).script_name == ""


@pytest.mark.parametrize(
    ("event", "address"),
    [
        (rest_event(headers={"X-Forwarded-For": ["6.6.6.6, 9.9.9.9"]}), "203.0.113.7"),
        (v2_event(headers={"x-forwarded-for": "6.6.6.6, 9.9.9.9"}), "203.0.113.7"),
        (alb_event(), "203.0.113.7"),
        (alb_event(headers={"x-forwarded-for": "6.6.6.6,203.0.113.8:4711"}), "203.0.113.8"),
        (alb_event(headers={"x-forwarded-for": "a, 2001:db8::7"}), "2001:db8::7"),
        (alb_event(headers={"x-forwarded-for": "[2001:db8::7]:4711"}), "2001:db8::7"),
        (alb_event(headers={"x-forwarded-for": ""}), ""),
        (alb_event(headers=None, multiValueHeaders={"x-forwarded-for": ["6.6.6.6", "7.7.7.7"]}),
         "7.7.7.7"),
        (rest_event(requestContext={"identity": {"sourceIp": "2001:db8::1"}}), "2001:db8::1"),
        (rest_event(requestContext={"identity": None}), ""),
    ],
)  # fmt: skip
def test_the_client_address_is_never_the_clients_word(event: dict[str, Any], address: str) -> None:
    assert request_in(event).client_address == address


@pytest.mark.parametrize(
    ("event", "url"),
    [
        (v2_event(), ("https", "abc.execute-api.us-east-1.amazonaws.com", 443)),
        (v2_event(headers={"host": "shop.example", "x-forwarded-port": "8443"}),
         ("https", "shop.example", 8443)),
        (v2_event(headers={"host": "shop.example:81", "x-forwarded-proto": "http"}),
         ("http", "shop.example:81", 81)),
        (v2_event(headers={"x-forwarded-proto": "http,https"}),
         ("https", "abc.execute-api.us-east-1.amazonaws.com", 443)),
        (v2_event(headers={"x-forwarded-proto": "gopher", "x-forwarded-port": "x"}),
         ("https", "abc.execute-api.us-east-1.amazonaws.com", 443)),
        (alb_event(), ("http", "shop.example", 80)),
        (alb_event(headers={"host": "[2001:db8::1]:8080", "x-forwarded-port": ""}),
         ("http", "[2001:db8::1]:8080", 8080)),
        (alb_event(headers={"host": "[2001:db8::1]", "x-forwarded-port": ""}),
         ("http", "[2001:db8::1]", 80)),
        (rest_event(multiValueHeaders=None, domain="a.example"), ("https", "a.example", 443)),
        (rest_event(multiValueHeaders=None, requestContext=None), ("https", "localhost", 443)),
    ],
)  # fmt: skip
def test_scheme_host_and_port_are_the_public_ones(
    event: dict[str, Any], url: tuple[str, str, int]
) -> None:
    request = request_in(event)
    environ = environ_of(request)

    assert (request.scheme, request.host, request.port) == url
    assert environ["wsgi.url_scheme"] == url[0]
    assert environ["SERVER_PORT"] == str(url[2])
    assert url[1].startswith(environ["SERVER_NAME"])


def test_header_names_with_an_underscore_are_dropped() -> None:
    event = v2_event(headers={"x-user": "real", "x_user": "forged", "content_length": "9"})

    environ = environ_of(request_in(event))

    assert environ["HTTP_X_USER"] == "real"
    assert "CONTENT_LENGTH" not in environ


def test_header_names_beyond_ascii_are_dropped() -> None:
    event = v2_event(headers={"x-u\N{LATIN SMALL LETTER LONG S}er": "forged"})  # upper() is S

    assert "HTTP_X_USER" not in environ_of(request_in(event))


def test_repeated_headers_are_joined_as_the_protocol_says() -> None:
    event = rest_event(headers={"Cookie": ["a=1", "b=2"], "X-Tag": ["one", "two"], "x-tag": ["3"]})

    environ = environ_of(request_in(event))

    assert environ["HTTP_COOKIE"] == "a=1; b=2"
    assert environ["HTTP_X_TAG"] == "one, two, 3"


def test_cookies_of_2_0_replace_the_header() -> None:
    event = v2_event(headers={"cookie": "a=1; b=2"}, cookies=["a=1", "b=2"])

    request = request_in(event)

    assert request.header("Cookie") == "a=1; b=2"


def test_content_length_is_counted_not_believed() -> None:
    event = v2_event(method="POST", body="caf\xe9", headers={"content-length": "4711"})

    assert environ_of(request_in(event))["CONTENT_LENGTH"] == "5"


@pytest.mark.parametrize("header", ["5", "5, 5", "-1", "x"])
def test_a_wrong_content_length_without_body_is_0(header: str) -> None:
    event = v2_event(headers={"content-length": header})

    assert environ_of(request_in(event))["CONTENT_LENGTH"] == "0"


def test_null_is_taken_everywhere() -> None:
    for event in (
        rest_event(headers=None, multiValueHeaders=None, body=None, isBase64Encoded=None),
        rest_event(multiValueHeaders={"A": None, "B": [None, "b"], "C": []}),
        rest_event(requestContext=None),
        rest_event(requestContext={"identity": None, "authorizer": None, "path": None}),
        rest_event(multiValueQueryStringParameters={"a": None, "b": [None]}),
        rest_event(queryStringParameters={"a": None}),
        v2_event(cookies=None, headers={"x": None}),  # type: ignore[dict-item]
        {**v2_event(), "headers": None, "rawQueryString": None, "rawPath": None},
        {**v2_event(domain=URL), "headers": None, "rawQueryString": None, "rawPath": None},
        alb_event(headers=None, queryStringParameters=None, body=None),
        {**alb_event(), "headers": None, "multiValueHeaders": None},
    ):
        before = copy.deepcopy(event)

        environ = environ_of(request_in(event))

        assert all(isinstance(environ[key], str) for key in environ if key.isupper())
        assert event == before


def test_a_balancers_health_check_is_a_request() -> None:
    """It has neither a host nor a client: docs of ELB, "Enable health checks"."""
    event = {
        "requestContext": {"elb": {"targetGroupArn": "arn:aws:elasticloadbalancing:x"}},
        "httpMethod": "GET", "path": "/", "queryStringParameters": {},
        "headers": {"user-agent": "ELB-HealthChecker/2.0"}, "body": "", "isBase64Encoded": False,
    }  # fmt: skip

    request = request_in(event)

    assert (request.method, request.path, request.client_address) == ("GET", "/", "")
    assert (request.scheme, request.host, request.port) == ("http", "localhost", 80)


def test_null_values_of_queries_are_empty() -> None:
    event = rest_event(multiValueQueryStringParameters={"a": None, "b": [None, "1"]})

    assert request_in(event).query_string == "a=&b=&b=1"


def test_an_event_as_small_as_aws_wsgi_took_is_enough() -> None:
    event = {"httpMethod": "GET", "path": "/x", "queryStringParameters": {"a": "b c"}}

    request = request_in(event)

    assert (request.path, request.query_string, request.host) == ("/x", "a=b%20c", "localhost")


def test_lattice_reads_the_query_from_the_path_and_else_from_the_map() -> None:
    event = GATEWAYS["lattice"].event(HttpRequest("GET", "/a%20b?x=1&y&x=%26"))

    assert request_in(event).query_string == "x=1&y&x=%26"
    assert request_in({**event, "path": "/a"}).query_string == "x=1&x=%26&y="


def lattice_v1(**more: Any) -> dict[str, Any]:
    return {"raw_path": "/a%20b", "method": "POST", "is_base64_encoded": False, "body": "caf\xe9",
            "headers": {"host": "shop.example", "x-tag": "1, 2",
                        "x-forwarded-for": "6.6.6.6, 1.2.3.4"},
            "query_string_parameters": {"q": "a+b", "e": ""}, **more}  # fmt: skip


def test_the_first_structure_of_lattice_is_read_under_its_own_names() -> None:
    request = request_in(lattice_v1())
    environ = environ_of(request)

    assert kind_of(lattice_v1()).name == "lattice-v1"
    assert (request.method, request.path, request.query_string) == ("POST", "/a b", "q=a+b&e=")
    assert (request.body, environ["CONTENT_LENGTH"]) == ("caf\xe9".encode(), "5")
    assert (request.client_address, request.host) == ("1.2.3.4", "shop.example")
    assert environ["HTTP_X_TAG"] == "1, 2"
    assert request_in(lattice_v1(body="AAE=", is_base64_encoded=True)).body == b"\0\1"
    assert request_in(lattice_v1(raw_path="/a?x=1&x=2")).query_string == "x=1&x=2"


@pytest.mark.parametrize("missing", ["body", "headers", "query_string_parameters"])
def test_the_first_structure_of_lattice_may_lack_parts(missing: str) -> None:
    for event in (lattice_v1(**{missing: None}), lattice_v1()):
        if event[missing]:
            del event[missing]

        assert request_in(event).path == "/a b"


def test_a_path_that_is_not_utf8_has_replacements_as_text_only() -> None:
    request = request_in(alb_event(path="/%FFx"))

    assert request.path_info == "/\xffx"
    assert request.path == "/\N{REPLACEMENT CHARACTER}x"


# Answering


def answer_of(event: dict[str, Any], response: Response) -> dict[str, Any]:
    return kind_of(event).response(response, event)


def test_hop_by_hop_headers_stay_here() -> None:
    names = ("Connection", "Keep-Alive", "TE", "Trailer", "Transfer-Encoding", "Upgrade",
             "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection")  # fmt: skip
    response = Response(200, [(name, "x") for name in names] + [("X-Kept", "yes")])

    assert answer_of(v2_event(), response)["headers"] == {"X-Kept": "yes"}
    assert answer_of(rest_event(), response)["multiValueHeaders"] == {"X-Kept": ["yes"]}


@pytest.mark.parametrize("event", [alb_event(), alb_event(multiValueHeaders={"host": ["x"]})])
def test_a_balancer_gets_a_description_and_its_own_kind_of_headers(event: dict[str, Any]) -> None:
    answer = answer_of(event, Response(404, [("A", "1"), ("A", "2")], b"no"))

    assert answer["statusDescription"] == "404 Not Found"
    if "multiValueHeaders" in event:
        assert answer["multiValueHeaders"] == {"A": ["1", "2"]}
        assert "headers" not in answer
    else:
        assert answer["headers"] == {"A": "1, 2"}
        assert "multiValueHeaders" not in answer


def test_512_cookies_survive_a_map_with_one_value_a_name() -> None:
    jar = [("Set-Cookie", f"c{number}=1") for number in range(512)]

    headers = answer_of(alb_event(), Response(200, jar))["headers"]

    assert sorted(headers.values()) == sorted(value for _, value in jar)
    assert {name.lower() for name in headers} == {"set-cookie"}
    assert headers["Set-Cookie"] == "c0=1"


@pytest.mark.parametrize("status", [100, 204])
def test_no_content_has_no_length(status: int) -> None:
    answer = answer_of(v2_event(), Response(status, [("Content-Length", "2")], b"ab"))

    assert (answer["headers"], answer["body"]) == ({}, "")


def test_statuses_are_integers_and_bodies_text() -> None:
    answer = answer_of(rest_event(), Response(200, [], b"hi"))

    assert (answer["statusCode"], answer["body"], answer["isBase64Encoded"]) == (200, "hi", False)


@pytest.mark.parametrize(("status", "reason"), [(200, "OK"), (299, "Success"), (799, "Unknown")])
def test_every_status_has_words(status: int, reason: str) -> None:
    assert reason_of(status) == reason


# The small codecs


@pytest.mark.parametrize(
    ("encoded", "decoded"),
    [("%", "%"), ("%2", "%2"), ("%zz", "%zz"), ("%41%", "A%"), ("%25%32", "%2"),
     ("%c3%A9", "\xc3\xa9"),
     ("\xe9", "\xc3\xa9"), ("% 41", "% 41"), ("%+1", "%+1"), ("%4\xe9", "%4\xc3\xa9")],
)  # fmt: skip
def test_percent_codes_are_undone_once(encoded: str, decoded: str) -> None:
    assert unquoted(encoded) == decoded


def test_quoting_keeps_what_a_browser_keeps() -> None:
    assert quoted("a b&c=d+e/\xe9~") == "a%20b%26c%3Dd%2Be%2F%C3%A9~"


@pytest.mark.parametrize("event", [v2_event(), rest_event(), alb_event()])
def test_bytes_that_are_text_go_as_text_and_others_as_base64(event: dict[str, Any]) -> None:
    text = answer_of(event, Response(200, [], "\xe9".encode()))
    other = answer_of(event, Response(200, [], b"\xe9"))

    assert (text["body"], text["isBase64Encoded"]) == ("\xe9", False)
    assert (other["body"], other["isBase64Encoded"]) == ("6Q==", True)
