"""Case files, values taken from answers, cookies of a session, probes and reproductions."""

from __future__ import annotations

import json
import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unlith.domain.cases import Cookies, Encoding, MissingValue, RequestCase, SessionCase, take_out
from unlith.domain.cookies import CookieJar, parse_set_cookie, session_payload
from unlith.domain.exchange import HttpAnswer
from unlith.domain.probes import probes_of
from unlith.domain.redaction import redacted, redacted_target
from unlith.domain.reproduction import as_curl
from unlith.domain.route import Route
from unlith.errors import ConfigError
from unlith.files.parity_toml import cases_from_toml, session_from

FILE = "tests/parity/order_get.toml"


def read(text: str, file: str = FILE) -> SessionCase:
    return cases_from_toml(textwrap.dedent(text), file).sessions[0]


def test_every_body_has_its_type_and_bytes() -> None:
    session = read(
        """
        [[session]]
        name = "bodies"
        [[session.request]]
        method = "post"
        target = "/a"
        json = { n = 1, t = ["é"] }
        [[session.request]]
        method = "POST"
        target = "/b"
        form = { a = "x y", b = ["1", "2"] }
        [[session.request]]
        method = "PUT"
        target = "/c"
        body_base64 = "iVBORw=="
        headers = [["Content-Type", "image/png"], ["X-A", "1"], ["X-A", "2"]]
        [[session.request]]
        target = "/d"
        body = "text"
        headers = { Accept = "text/html" }
        """
    )
    bodies = [(r.method, r.body, dict(r.headers).get("Content-Type")) for r in session.requests]

    assert bodies == [
        ("POST", b'{"n": 1, "t": ["\\u00e9"]}', "application/json"),
        ("POST", b"a=x+y&b=1&b=2", "application/x-www-form-urlencoded"),
        ("PUT", b"\x89PNG", "image/png"),
        ("GET", b"text", None),
    ]
    assert session.requests[2].headers[1:] == (("X-A", "1"), ("X-A", "2"))


def test_all_mistakes_are_told_at_once_with_their_lines() -> None:
    with pytest.raises(ConfigError) as refused:
        read(
            """
            [[session]]
            name = ""
            [[session.request]]
            target = "no slash"
            json = 1
            form = { a = "b" }
            bogus = 1
            [[session.request]]
            method = "A B"
            target = "/x"
            save = { "1a" = "json:/x", b = "nonsense" }
            body_base64 = "%"
            """,
            "tests/parity/not a name.toml",
        )

    told = "\n".join(map(str, refused.value.problems))
    for words in (
        "not the name of a function",
        ":3: session.0.name",
        ":5: session.0.request.0.target",
        ":8: session.0.request.0.bogus",
        ":10: session.0.request.1.method",
    ):
        assert words in told


def test_a_file_that_is_no_toml_is_a_config_error() -> None:
    with pytest.raises(ConfigError, match="not valid TOML"):
        read("[[session]")


def test_two_bodies_are_refused() -> None:
    with pytest.raises(ConfigError, match="only one of body, json"):
        session_from([{"target": "/", "json": 1, "body": "x"}], "s")


def test_saved_values_go_where_they_are_needed() -> None:
    session = session_from(
        [
            {
                "method": "POST",
                "target": "/o/{{id}}?t={{t}}",
                "headers": {"X-T": "{{ t }}"},
                "json": {"id": "{{id}}", "text": "no {{id}}", "t": "{{t}}"},
            },
            {"method": "POST", "target": "/", "form": {"t": "{{t}}", "u": "a b"}},
        ],
        "s",
    )
    saved = {"id": 7, "t": 'a/b "c"&'}

    first = session.requests[0].filled(saved, CookieJar())
    second = session.requests[1].filled(saved, CookieJar())

    assert first.target == "/o/7?t=a%2Fb%20%22c%22%26"
    assert first.header("x-t") == 'a/b "c"&'
    assert json.loads(first.body) == {"id": 7, "text": "no 7", "t": 'a/b "c"&'}
    assert second.body == b"t=a%2Fb+%22c%22%26&u=a+b"
    assert first.header("host") == "localhost"
    assert first.header("content-length") == str(len(first.body))


def test_a_value_nobody_gave_is_missing() -> None:
    with pytest.raises(MissingValue):
        RequestCase("GET", "/{{id}}").filled({}, CookieJar())


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("json:/items/1/id", 5),
        ("json:/a~1b", "slash"),
        ("header:ETag", '"tag"'),
        ("cookie:sid", "abc"),
    ],
)
def test_values_are_taken_from_answers(source: str, value: object) -> None:
    answer = HttpAnswer(
        200,
        (("etag", '"tag"'), ("Set-Cookie", "sid=abc; Path=/")),
        b'{"items": [{}, {"id": 5}], "a/b": "slash"}',
    )

    assert take_out(source, answer) == value


def test_a_hidden_field_of_a_form_is_taken() -> None:
    page = (
        b"""<form><INPUT type="hidden" name='csrf' value="t0k"><input name=other value=x></form>"""
    )

    assert take_out("form:csrf", HttpAnswer(200, (), page)) == "t0k"
    with pytest.raises(MissingValue):
        take_out("form:nothing", HttpAnswer(200, (), page))


def test_the_jar_keeps_paths_and_forgets_what_is_deleted() -> None:
    jar = CookieJar()
    jar.take(["a=1; Path=/", "b=2; Path=/admin", "c=3"], "/shop/list")
    assert jar.header("/") == "a=1"
    assert jar.header("/admin/x") == "b=2; a=1"
    assert jar.header("/shop/x") == "c=3; a=1"

    jar.take(
        ["a=; Path=/; Max-Age=0", "b=; Path=/admin; Expires=Thu, 01 Jan 1970 00:00:00 GMT"], "/"
    )

    assert jar.header("/admin/x") == ""


@given(st.text(max_size=60))
def test_any_cookie_header_can_be_read(header: str) -> None:
    parse_set_cookie(header)
    session_payload(header)
    CookieJar().take([header], "/")


def test_probes_change_one_thing_and_are_made_once() -> None:
    route = Route("GET", "/orders/<int:id>")
    session = SessionCase(
        "s", (RequestCase("POST", "/login"), RequestCase("GET", "/orders/1?a=b"))
    )
    made: set[tuple[Route, str]] = set()
    answer = HttpAnswer(200, (("ETag", '"e"'),))

    first = list(probes_of(session, 1, answer, route, made))
    again = list(probes_of(session, 1, answer, route, made))

    lasts = {(p.requests[-1].method, p.requests[-1].target): p for p in first}
    assert all(p.requests[0] == session.requests[0] for p in first)
    for wanted in (
        ("HEAD", "/orders/1?a=b"),
        ("OPTIONS", "/orders/1?a=b"),
        ("GET", "/orders/1/?a=b"),
        ("GET", "/orders/9223372036854775808?a=b"),
        ("GET", "/orders/1"),
        ("GET", "/orders/1?a="),
        ("GET", "/orders/1?a=b&a=other"),
    ):
        assert wanted in lasts
    cookies = {p.requests[-1].cookies for p in first}
    assert cookies == {Cookies.KEEP, Cookies.DROP, Cookies.TAMPER}
    assert any(("If-None-Match", '"e"') in p.requests[-1].headers for p in first)
    assert len(again) < 8


def test_probes_of_a_json_body_vary_each_field() -> None:
    body = json.dumps({"sku": "AB", "n": 2}).encode()
    headers = (("Content-Type", "application/json"),)
    request = RequestCase("POST", "/orders", headers, body, Encoding.JSON)

    found = list(probes_of(SessionCase("s", (request,)), 0, None, Route("POST", "/orders"), set()))

    bodies = {p.requests[-1].body for p in found}
    for wanted in (b"", b"null", b"[]", b'{"a": ', b'{"sku": "AB"}', b'{"sku": null, "n": 2}'):
        assert wanted in bodies


def test_a_reproduction_can_be_run_and_holds_no_secret() -> None:
    lines = as_curl(
        [
            RequestCase(
                "POST", "/login", (), b"user=ben&password=hunter2", encoding=Encoding.FORM
            ),
            RequestCase("GET", "/o/1?token=hunter2&x='", (("Authorization", "Bearer hunter2"),)),
            RequestCase("PUT", "/o", (), b'{"api_key": "hunter2", "n": 1}', Encoding.JSON),
        ]
    ).splitlines()

    assert len(lines) == 3
    assert lines[0].startswith("curl -s -o /dev/null -b jar -c jar --path-as-is --data-binary")
    assert lines[1].startswith("curl -s")
    assert lines[2].startswith("curl -i -b jar -c jar -X PUT")
    assert "hunter2" not in "".join(lines)


def test_redaction_keeps_equality_and_what_is_no_secret() -> None:
    assert redacted("ann@example.com") == redacted("ann@example.com")
    assert redacted("ann@example.com") != redacted("ben@example.com")
    assert redacted("nothing here, 12 items") == "nothing here, 12 items"
    assert redacted_target("/a?x=1&session=abc").startswith("/a?x=1&session=<hidden ")
    assert "4111" not in redacted("card 4111 1111 1111 1111")
