"""For any legal request and any answer: the adapter changes nothing, and both engines agree."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, unquote_to_bytes

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runtime.oracle import SERVERS, SHAPES, ask, echo, seen_in, through, visible
from unlith.domain.exchange import HttpAnswer, HttpRequest
from unlith.domain.gateways import GATEWAYS, Arrival
from unlith_runtime.events import kind_of
from unlith_runtime.http import Response
from unlith_runtime.parts import quoted, unquoted
from unlith_runtime.whole import make_handler
from unlith_runtime.wsgi import environ_of

HTTP_APIS = ("http-v1", "http-v2")  # decode the path before anyone asks
MAPPED = ("rest", "http-v1", "alb", "alb-multi")  # hold queries in maps
TOKEN = "!#$%&'*+-.^`|~abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
OWN = {"host", "content-length", "content-type", "transfer-encoding", "connection", "cookie",
       "expect", "keep-alive", "te", "trailer", "upgrade", "proxy-connection", "content-encoding",
       "proxy-authorization", "x-forwarded-for", "x-forwarded-port", "x-forwarded-proto",
       "x-amzn-trace-id"}  # fmt: skip

segments = st.text(st.characters(exclude_categories=["Cs"]), max_size=8).map(
    lambda text: quote(text, safe="!$&'()*+,;=:@~")
)
paths = st.lists(segments, min_size=1, max_size=4).map(
    lambda parts: "/" + "/".join(parts)
).filter(lambda path: not path.startswith("//"))  # fmt: skip
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=8).map(
    lambda text: quote(text, safe="!$'()*,;:@~/?")
)
pairs = st.tuples(words.filter(bool), words).map(lambda pair: f"{pair[0]}={pair[1]}")
queries = st.lists(pairs, max_size=5).map("&".join)
names = st.text(TOKEN, min_size=1, max_size=10).filter(lambda name: name.lower() not in OWN)
header_text = st.text(
    st.characters(min_codepoint=0x20, max_codepoint=0x2FF, exclude_categories=["Cc", "Cs", "Zs"]),
    max_size=12,
) | st.sampled_from(["a b", "a, b; c=d", '"q"', "\N{EURO SIGN} \N{GRINNING FACE}"])
visible_text = header_text.map(lambda text: text.encode().decode("latin-1"))  # as on the wire
header_lists = st.lists(st.tuples(names, visible_text), max_size=4)
bodies = st.binary(max_size=64)
types = st.sampled_from(["text/plain", "application/json", "application/octet-stream", ""])


@st.composite
def requests(draw: st.DrawFn) -> HttpRequest:
    """Draw a request that a careful client could send."""
    body = draw(bodies)
    method = draw(st.sampled_from(["GET", "POST", "PUT", "DELETE", "OPTIONS"]))
    headers: list[tuple[str, str]] = [("Host", "shop.example")]
    if body or method in ("POST", "PUT"):
        headers.append(("Content-Length", str(len(body))))
    if kind := draw(types):
        headers.append(("Content-Type", kind))
    query = draw(queries)
    target = draw(paths) + (f"?{query}" if query else "")
    return HttpRequest(method, target, (*headers, *draw(header_lists)), body)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with ExitStack() as stack:
        yield stack.enter_context(SERVERS["waitress"](echo))


def normal(seen: dict[str, str], shape: str, request: HttpRequest) -> dict[str, Any]:
    """Leave out what the gateway itself loses; everything else must be equal."""
    told: dict[str, Any] = dict(seen)
    if shape in MAPPED:
        told["QUERY_STRING"] = sorted(
            parse_qsl(seen["QUERY_STRING"], keep_blank_values=True), key=lambda pair: pair[0]
        )
    if shape == "alb":  # last value wins
        told["QUERY_STRING"] = dict(told["QUERY_STRING"])
        lower = [name.lower() for name, _ in request.headers]
        for name in {name for name in lower if lower.count(name) > 1}:
            told.pop("HTTP_" + name.upper().replace("-", "_"), None)
    if shape in HTTP_APIS:
        whole = unquote(request.path)
        told["PATH_INFO"] = "" if "?" in whole else seen["PATH_INFO"]
    return told


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(request=requests(), shape=st.sampled_from(SHAPES))
def test_any_request_reaches_the_app_as_through_a_server(
    port: int, request: HttpRequest, shape: str
) -> None:
    expected = normal(seen_in(ask(port, request)), shape, request)

    for engine in ("awsgi", "direct"):
        told = seen_in(through(make_handler(echo, engine=engine), shape, request))
        assert normal(told, shape, request) == expected


chunks = st.lists(st.binary(max_size=20), max_size=4)
statuses = st.sampled_from(["200 OK", "201 Created", "204 No Content", "304 Not Modified",
                            "404 Not Found", "418 I'm a teapot", "500 Oh", "299"])  # fmt: skip
answer_names = names.filter(lambda name: name.lower() not in {"date", "server", "via", "trailers",
                                                              "proxy-authenticate"})  # fmt: skip
answer_headers = st.lists(
    st.tuples(
        answer_names | st.sampled_from(["Set-Cookie", "Vary", "set-cookie"]),
        visible_text.filter(bool),
    ),
    max_size=5,
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    status=statuses, headers=answer_headers, body=chunks, method=st.sampled_from(["GET", "HEAD"])
)
def test_any_answer_reaches_the_client_as_from_a_server(
    answering: tuple[int, list[Any]], status: str, headers: list[tuple[str, str]],
    body: list[bytes], method: str,
) -> None:  # fmt: skip
    port, cases = answering
    length = ("Content-Length", str(sum(map(len, body))))
    kind = ("Content-Type", "text/plain")
    bare = status[:3] in ("204", "304")
    case = (status, [*headers, kind, *([] if bare else [length])], [] if bare else body)
    cases[:] = [case]
    request = HttpRequest(method, "/", (("Host", "shop.example"),))
    sent = visible(ask(port, request))

    def app(environ: dict[str, Any], start_response: Any) -> Any:
        start_response(case[0], case[1])
        return iter(case[2])

    for shape in SHAPES:
        answers = [
            visible(through(make_handler(app, engine=engine), shape, request))
            for engine in ("awsgi", "direct")
        ]
        assert answers[0] == answers[1] == sent, shape


@pytest.fixture(scope="module")
def answering() -> Iterator[tuple[int, list[Any]]]:
    cases: list[Any] = []

    def app(environ: dict[str, Any], start_response: Any) -> Any:
        status, headers, body = cases[0]
        start_response(status, headers)
        return iter(body)

    with ExitStack() as stack:
        yield stack.enter_context(SERVERS["waitress"](app)), cases


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=6), inner, max_size=2)
    ),
    max_leaves=5,
)
MAPS = st.none() | st.dictionaries(
    st.text(max_size=6), st.none() | st.text(max_size=6), max_size=3
)


OPTIONAL = ("queryStringParameters", "multiValueQueryStringParameters", "rawQueryString",
            "headers", "body", "cookies", "stageVariables")  # fmt: skip


@st.composite
def odd_events(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a gateway's event with parts missing, null or added."""
    shape = draw(st.sampled_from(SHAPES))
    event: dict[str, Any] = GATEWAYS[shape].event(draw(requests()), Arrival())
    for key in draw(st.lists(st.sampled_from(OPTIONAL), max_size=3)):
        if draw(st.booleans()):
            event.pop(key, None)
        elif key in event:
            event[key] = None
    if draw(st.booleans()):
        event["queryStringParameters"] = draw(MAPS)
    event[draw(st.text(min_size=1, max_size=5).map("x-".__add__))] = draw(JSON)
    parsed: dict[str, Any] = json.loads(json.dumps(event))
    return parsed


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(event=odd_events())
def test_both_engines_give_equal_answers_on_everything(event: dict[str, Any]) -> None:
    before = json.dumps(event)

    def outcome(engine: str) -> Any:
        try:
            return make_handler(echo, engine=engine)(event, None)
        except Exception as error:
            return type(error), str(error)

    carried, direct = outcome("awsgi"), outcome("direct")

    assert carried == direct
    assert isinstance(carried, dict)
    assert json.dumps(event) == before


@settings(max_examples=300)
@given(raw=st.binary(max_size=30))
def test_unquoting_is_that_of_the_standard_library(raw: bytes) -> None:
    path = raw.decode("latin-1").replace("\x80", "%")
    encoded = "".join(letter if letter.isascii() else "%" for letter in path)

    assert unquoted(encoded) == unquote_to_bytes(encoded).decode("latin-1")


@settings(max_examples=300)
@given(text=st.text(st.characters(exclude_categories=["Cs"])))
def test_quoting_is_undone_by_any_reader(text: str) -> None:
    assert unquote(quoted(text)) == text
    assert quoted(text) == quote(text, safe="-._~!*'()")


any_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


@settings(max_examples=200)
@given(headers=st.lists(st.tuples(any_text, any_text), max_size=6))
def test_no_header_can_pass_for_another_environ_key(headers: list[tuple[str, str]]) -> None:
    event: dict[str, Any] = GATEWAYS["lattice"].event(HttpRequest("GET", "/"))
    event["headers"] = {name: [value] for name, value in headers}

    environ = environ_of(kind_of(event).request(event, None))

    own = {key for key in environ if key.isupper() and not key.startswith(("HTTP_", "CONTENT_"))}
    assert own == {"REQUEST_METHOD", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING", "REMOTE_ADDR",
                   "SERVER_PROTOCOL", "SERVER_NAME", "SERVER_PORT", "REQUEST_URI",
                   "RAW_URI"}  # fmt: skip
    assert (environ["REQUEST_METHOD"], environ["PATH_INFO"]) == ("GET", "/")
    for value in (environ[key] for key in environ if key.startswith("HTTP_")):
        value.encode("latin-1")


@settings(max_examples=200)
@given(status=st.integers(200, 599), body=st.binary(max_size=40), cookies=st.integers(0, 20),
       shape=st.sampled_from(SHAPES))  # fmt: skip
def test_an_answer_survives_its_gateway(
    status: int, body: bytes, cookies: int, shape: str
) -> None:
    event: dict[str, Any] = GATEWAYS[shape].event(HttpRequest("GET", "/"))
    jar = [("Set-Cookie", f"c{number}=1") for number in range(cookies)]

    result = kind_of(event).response(Response(status, jar, body), event)
    answer: HttpAnswer = GATEWAYS[shape].answer(json.loads(json.dumps(result)))

    assert answer.status == status
    assert answer.body == (b"" if status in (204, 304) else body)
    assert answer.all("set-cookie") == tuple(value for _, value in jar)
