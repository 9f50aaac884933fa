"""Shrinking: what still differs gets smaller until nothing can be left out."""

from __future__ import annotations

import json
from collections.abc import Callable

from unlith.domain.cases import Cookies, Encoding, RequestCase
from unlith.domain.reproduction import as_curl, as_test
from unlith.domain.shrinking import Requests, size_of
from unlith.usecases.shrink import shrunk

LOGIN = RequestCase("POST", "/login", body=b"name=ben", encoding=Encoding.FORM)


def found(requests: Requests, differs: Callable[[Requests], bool], **saved: object) -> Requests:
    return shrunk(requests, saved, differs, 300)[0]


def test_only_the_login_and_the_request_are_left() -> None:
    other = RequestCase("GET", "/other")
    last = RequestCase("GET", "/orders/1", headers=(("Accept", "text/html"), ("X-A", "1")))

    small = found(
        (other, LOGIN, other, last),
        lambda r: LOGIN in r and r[-1].target == "/orders/1",
    )

    assert small == (LOGIN, RequestCase("GET", "/orders/1"))


def test_the_one_query_key_that_matters_is_left() -> None:
    last = RequestCase("GET", "/search?a=1&b=2&c=3&tag=x&d=4")

    small = found((last,), lambda r: "tag=x" in r[-1].target)

    assert small[0].target == "/search?tag=x"


def test_a_json_body_loses_every_field_that_does_not_matter() -> None:
    body = {"lines": [{"sku": "A", "n": 12345}, {"sku": "B", "gift": True}], "note": "x" * 500}
    last = RequestCase(
        "POST", "/orders", (("Content-Type", "application/json"),), json.dumps(body).encode(),
        Encoding.JSON,
    )  # fmt: skip

    def differs(requests: Requests) -> bool:
        try:
            asked = json.loads(requests[-1].body)
        except ValueError:
            return False
        return any(line.get("gift") for line in asked.get("lines", ()))

    small = found((last,), differs)

    assert json.loads(small[0].body) == {"lines": [{"gift": True}]}


def test_a_long_text_is_cut_to_about_where_it_matters() -> None:
    last = RequestCase("GET", "/items/" + "x" * 3000)

    small = found((last,), lambda r: len(r[-1].target) > 200)

    assert len(small[0].target) < 260


def test_a_saved_value_stands_in_for_the_request_that_saved_it() -> None:
    place = RequestCase("POST", "/orders", save=(("id", "json:/id"),))
    read = RequestCase("GET", "/orders/{{id}}?full=1", cookies=Cookies.DROP)

    small = found((LOGIN, place, read), lambda r: r[-1].target.startswith("/orders/7"), id=7)

    assert small == (RequestCase("GET", "/orders/7"),)


def test_a_saving_that_nobody_uses_goes() -> None:
    place = RequestCase("POST", "/orders", save=(("id", "json:/id"),))

    small = found((place, RequestCase("GET", "/orders")), lambda r: place.target in r[0].target)

    assert all(not request.save for request in small)


def test_nothing_changes_where_nothing_smaller_differs() -> None:
    requests = (LOGIN, RequestCase("GET", "/a?b=c"))

    assert found(requests, lambda r: False) == requests


def test_it_ends_with_its_tries() -> None:
    asked: list[Requests] = []

    def differs(requests: Requests) -> bool:
        asked.append(requests)
        return False

    last = RequestCase("GET", "/?" + "&".join(f"k{n}=1" for n in range(500)))

    assert shrunk((last,), {}, differs, 40) == ((last,), 0)
    assert len(asked) == 40


def test_a_smaller_session_has_a_smaller_size() -> None:
    assert size_of((LOGIN,)) < size_of((LOGIN, LOGIN))
    assert size_of((RequestCase("GET", "/a"),)) < size_of((RequestCase("GET", "/ab"),))


def test_the_pytest_case_says_what_a_case_file_would() -> None:
    asked = RequestCase(
        "POST", "/a?b=1", (("Content-Type", "application/json"), ("X-B", "c")),
        b'{"n": 1, "password": "open"}', Encoding.JSON, (("id", "json:/id"),), Cookies.DROP,
    )  # fmt: skip

    text = as_test("orders", (asked,), name="body/n")

    assert text == (
        "def test_orders_body_n(unlith_parity):\n"
        '    unlith_parity("orders").session([\n'
        '        {"method": "POST", "target": "/a?b=1", "json": {"n": 1, "password": "<hidden>"},'
        ' "headers": {"X-B": "c"}, "save": {"id": "json:/id"}, "cookies": "drop"},\n'
        "    ])"
    )
    assert '"password": "open"' in as_test("orders", (asked,), has_secrets=True)
    assert "open" not in as_curl((asked,))


def test_a_body_that_is_no_text_survives_as_base64() -> None:
    text = as_test("f", (RequestCase("POST", "/", body=b"\xff\x00"),))

    assert '"body_base64": "/wA="' in text
