"""Comparing observations: equal is equal, each kind of difference has its name, noise its form."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unlith.domain.comparison import compare, expect
from unlith.domain.difference import Difference
from unlith.domain.exchange import Effect, Headers, HttpAnswer, Observation
from unlith.domain.observed import observed

JSON: Headers = (("Content-Type", "application/json"),)

leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["2026-01-02T03:04:05Z", "2026-01-02", "12.50", "0a1b2c3d4e5f", "é\n x"])
    | st.uuids().map(str)
    | st.datetimes().map(lambda moment: moment.isoformat())
)
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=12,
)
header_names = st.sampled_from(["X-A", "Vary", "ETag", "Set-Cookie", "Date", "Content-Length"])
headers = st.lists(st.tuples(header_names, st.text("ab=;, /1", max_size=12)), max_size=5)
effects = st.lists(
    st.builds(
        Effect,
        st.sampled_from(["insert", "delete", "update"]),
        st.sampled_from(["a.db:t", "a.db:u"]),
        st.dictionaries(st.sampled_from(["id", "n", "at"]), leaves, min_size=1),
    ),
    max_size=4,
)


@st.composite
def observations(draw: st.DrawFn) -> Observation:
    kind = draw(st.sampled_from(["json", "text", "binary"]))
    own = tuple(draw(headers))
    if kind == "json":
        answer = HttpAnswer(200, (*own, *JSON), json.dumps(draw(values)).encode())
    elif kind == "text":
        types = (("Content-Type", "text/html; charset=utf-8"),)
        answer = HttpAnswer(404, (*own, *types), draw(st.text()).encode())
    else:
        types = (("Content-Type", "image/png"),)
        answer = HttpAnswer(201, (*own, *types), draw(st.binary()))
    return Observation(answer, tuple(draw(effects)))


@given(observations())
def test_what_is_equal_has_no_difference(one: Observation) -> None:
    assert compare(one, one) == ()


@settings(max_examples=300)
@given(st.lists(observations(), min_size=2, max_size=3))
def test_a_candidate_equal_to_a_run_of_the_control_is_never_different(
    runs: list[Observation],
) -> None:
    for run in runs:
        assert expect(runs).check(observed(run)).differences == ()


@settings(max_examples=300)
@given(st.lists(st.lists(st.text("a1:-TZ. \n", max_size=30), max_size=5), min_size=2, max_size=3))
def test_so_it_is_for_lists_of_texts(runs: list[list[str]]) -> None:
    made = [of_json(run) for run in runs]
    for run in made:
        assert expect(made).check(observed(run)).differences == ()


@given(values, values)
def test_another_json_text_is_always_a_difference(one: Any, other: Any) -> None:
    same = json.dumps(one) == json.dumps(other)

    assert (compare(of_json(one), of_json(other)) == ()) == same


def of_json(value: object, *, status: int = 200, headers: Headers = JSON) -> Observation:
    return Observation(HttpAnswer(status, headers, json.dumps(value).encode()))


def of_text(text: str, kind: str = "text/html; charset=utf-8") -> Observation:
    return Observation(HttpAnswer(200, (("Content-Type", kind),), text.encode()))


def of_rows(*rows: object, kind: str = "insert") -> Observation:
    return Observation(None, tuple(Effect(kind, "a.db:orders", row) for row in rows))


def kinds(found: tuple[Difference, ...]) -> list[tuple[str, str]]:
    return [(one.path, one.kind) for one in found]


@pytest.mark.parametrize(
    ("control", "candidate", "found"),
    [
        ({"a": 1}, {"a": 1.0}, [("body/a", "type")]),
        ({"a": 1}, {"a": True}, [("body/a", "type")]),
        ({"a": 1}, {"a": "1"}, [("body/a", "type")]),
        ({"a": None}, {}, [("body/a", "missing")]),
        ({}, {"a": None}, [("body/a", "extra")]),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, [("body", "key-order")]),
        ([1, 2], [2, 1], [("body", "order")]),
        ([1, 2], [1, 2, 2], [("body", "length")]),
        ([1, 2], [1, 3], [("body/1", "value")]),
        ({"a": {"b": [0]}}, {"a": {"b": [-0.0]}}, [("body/a/b/0", "type")]),
        ({"a": 0.0}, {"a": -0.0}, [("body/a", "value")]),
        (2**63, 2**63 + 1, [("body", "value")]),
        (10**30, 1e30, [("body", "type")]),
    ],
)
def test_each_json_difference_has_its_kind(
    control: object, candidate: object, found: list[tuple[str, str]]
) -> None:
    assert kinds(compare(of_json(control), of_json(candidate))) == found


@pytest.mark.parametrize(
    ("control", "candidate"),
    [
        (b'{"a": 1}', b'{"a":1}'),
        (b'{"a": 1}', b'{"a": 1}\n'),
        (b'{"a": 1.50}', b'{"a": 1.5}'),
        (b'{"a": "\\u00e9"}', '{"a": "é"}'.encode()),
        (b'{"a": "/"}', b'{"a": "\\/"}'),
        (b'{"a": 1e2}', b'{"a": 100.0}'),
        (b'{"a": 1, "a": 1}', b'{"a": 1}'),
    ],
)
def test_equal_values_in_other_bytes_are_told(control: bytes, candidate: bytes) -> None:
    found = compare(
        Observation(HttpAnswer(200, JSON, control)), Observation(HttpAnswer(200, JSON, candidate))
    )

    assert len(found) == 1
    assert found[0].kind in ("bytes", "type")


@pytest.mark.parametrize(
    ("control", "candidate", "found"),
    [
        ([("X-A", "1")], [("x-a", "1")], []),
        ([("A", "1"), ("B", "2")], [("B", "2"), ("A", "1")], []),
        ([("A", "1"), ("A", "2")], [("A", "2"), ("A", "1")], [("headers/a", "order")]),
        ([("A", "1"), ("A", "1")], [("A", "1")], [("headers/a", "type")]),
        ([("Date", "x")], [("Date", "y")], []),
        ([("Vary", "Cookie, Accept")], [("Vary", "accept,cookie")], []),
        ([("Vary", "Cookie")], [("Vary", "Cookie, Accept")], [("headers/vary", "length")]),
        ([("Allow", "GET, HEAD")], [("Allow", "GET")], [("headers/allow", "length")]),
        ([("Content-Length", "0")], [], []),
        (
            [("Content-Length", "7")],
            [("Content-Length", "8")],
            [("headers/content-length", "value")],
        ),
        ([("Location", "/a")], [("Location", "http://h/a")], [("headers/location", "value")]),
        (
            [("Set-Cookie", "s=1; Path=/; HttpOnly")],
            [("Set-Cookie", "s=1; path=/")],
            [("cookies/s/httponly", "missing")],
        ),
        ([("Set-Cookie", "s=1; HttpOnly; Path=/")], [("Set-Cookie", "s=1; Path=/; HttpOnly")], []),
        ([("Set-Cookie", "s=1")], [], [("cookies/s", "missing")]),
        ([("Set-Cookie", "s=1")], [("Set-Cookie", "s=1")] * 2, [("cookies/s+", "extra")]),
    ],
)
def test_headers_and_cookies(
    control: list[tuple[str, str]],
    candidate: list[tuple[str, str]],
    found: list[tuple[str, str]],
) -> None:
    sides = [Observation(HttpAnswer(200, tuple(pairs))) for pairs in (control, candidate)]

    assert kinds(compare(*sides)) == found


def test_the_session_inside_flasks_cookie_is_compared_by_value() -> None:
    from flask import Flask
    from flask.sessions import SecureCookieSessionInterface

    app = Flask("cookies")
    app.secret_key = "k"
    serializer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert serializer is not None

    def carrying(payload: dict[str, object]) -> Observation:
        value = serializer.dumps(payload)
        return Observation(HttpAnswer(200, (("Set-Cookie", f"session={value}; Path=/"),)))

    found = compare(carrying({"user": 1, "x": "y" * 200}), carrying({"user": 2, "x": "y" * 200}))

    assert ("cookies/session/session/user", "value") in kinds(found)


NOISE = [
    ("2026-01-02T03:04:05.123456+00:00", "2026-01-02T03:04:06.654321+00:00"),
    ("at 2026-01-02 03:04:05, id 6", "at 2026-01-02 03:04:09, id 6"),
    ("4c0b3f0a-58a5-4d3c-8f0e-0d9a6b1c2d3e", "9f0b3f0a-58a5-4d3c-8f0e-0d9a6b1c2d3e"),
    ("0a1b2c3d4e5f6071", "ffeeddccbbaa0099"),
    ("Sat, 21 Nov 2026 02:00:00 GMT", "Sat, 21 Nov 2026 02:00:02 GMT"),
]


@pytest.mark.parametrize(
    ("place", "candidate", "is_fine"),
    [
        (0, "2026-01-02T03:04:07.000001+00:00", True),
        (0, "2026-01-02T03:04:07+00:00", False),
        (0, "2026-01-02T03:04:07.000001Z", False),
        (0, "2026-01-02T03:04:07.000001", False),
        (0, "2026-01-02 03:04:07.000001+00:00", False),
        (0, "2026-01-02T09:04:07.000001+00:00", False),
        (0, "", False),
        (1, "at 2026-01-02 03:04:11, id 6", True),
        (1, "at 2026-01-02 03:04:11, id 7", False),
        (1, "am 2026-01-02 03:04:11, id 6", False),
        (2, "11111111-58a5-4d3c-8f0e-0d9a6b1c2d3e", True),
        (2, "11111111-58a5-1d3c-8f0e-0d9a6b1c2d3e", False),
        (2, "1111111158a54d3c8f0e0d9a6b1c2d3e", False),
        (3, "0123456789abcdef", True),
        (3, "0123456789abcdef0", False),
        (3, "0123456789ABCDEF", False),
        (3, "g123456789abcdef", False),
        (4, "Sat, 21 Nov 2026 02:00:04 GMT", True),
        (4, "Sat, 21 Nov 2026 05:00:04 GMT", False),
    ],
)
@pytest.mark.parametrize("form", ["json", "text", "row"])
def test_noise_keeps_its_form(place: int, candidate: str, is_fine: bool, form: str) -> None:
    def made(text: str) -> Observation:
        if form == "json":
            return of_json({"at": text, "other": 1})
        if form == "text":
            return of_text(f"<p>\n{text}\n</p>")
        return of_rows({"id": 1, "at": text})

    comparison = expect([made(text) for text in NOISE[place]]).check(observed(made(candidate)))

    assert (comparison.differences == ()) == is_fine
    assert comparison.noisy


def test_beside_noise_nothing_else_may_change() -> None:
    first, last = NOISE[0]
    runs = [of_json({"at": first, "n": 1}), of_json({"at": last, "n": 1})]

    changed = expect(runs).check(observed(of_json({"at": first, "n": 2})))
    spaced = expect(runs).check(
        observed(Observation(HttpAnswer(200, JSON, f'{{"at":"{first}","n": 1}}'.encode())))
    )

    assert kinds(changed.differences) == [("body/n", "value")]
    assert kinds(spaced.differences) == [("body", "bytes")]


@pytest.mark.parametrize(
    ("controls", "candidate", "is_fine"),
    [
        ([1795226400, 1795226401], 1795226403, True),
        ([1795226400, 1795226401], 1795226403000, False),
        ([1795226400, 1795226401], 1795230000, False),
        ([0.25, 0.5], 0.75, True),
        ([0.25, 0.5], 1, False),
        ([3, 5], -4, False),
        ([True, False], True, True),
        ([True, False], 1, False),
        ([None, 3], None, True),
        ([None, 3], "3", False),
        ([[1, 2, 3], [3, 1, 2]], [2, 1, 3], True),
        ([[1, 2, 3], [3, 1, 2]], [2, 1, 4], False),
        ([[1, 2, 3], [3, 1, 2]], [2, 1], False),
        ([{"a": 1}, {"a": 1, "b": 2}], {"a": 1, "b": 2}, True),
        ([{"a": 1}, {"a": 1, "b": 2}], {"a": 1, "b": 3}, False),
        ([{"a": 1}, {"a": 1, "b": 2}], {"b": 2}, False),
        ([{"a": 1}, {"a": 1, "b": 2}], {"a": 1, "c": 2}, False),
    ],
)
def test_noisy_numbers_lists_and_keys(
    controls: list[object], candidate: object, is_fine: bool
) -> None:
    runs = [of_json({"x": control}) for control in controls]

    comparison = expect(runs).check(observed(of_json({"x": candidate})))

    assert (comparison.differences == ()) == is_fine


@pytest.mark.parametrize(
    ("control", "candidate", "found"),
    [
        ([{"id": 1}], [], ["lost-write"]),
        ([], [{"id": 1}], ["extra-write"]),
        ([{"id": 1}], [{"id": 1}, {"id": 1}], ["extra-write"]),
        ([{"id": 1}, {"id": 2}], [{"id": 2}], ["lost-write"]),
        ([{"id": 1}, {"id": 2}], [{"id": 2}, {"id": 1}], ["order"]),
        ([{"id": 1, "n": 1}], [{"id": 1, "n": 2}], ["value"]),
        ([{"id": 1, "n": 1}], [{"id": 1, "n": None}], ["type"]),
    ],
)
def test_writes_are_compared_one_by_one_and_in_order(
    control: list[object], candidate: list[object], found: list[str]
) -> None:
    assert [one.kind for one in compare(of_rows(*control), of_rows(*candidate))] == found


@pytest.mark.parametrize("more", [{}, {"at": 1}])
def test_the_order_of_writes_is_noise_where_the_control_varies_it(more: dict[str, int]) -> None:
    rows = [{"id": 1, **more}, {"id": 2, **more}, {"id": 3, **more}]
    controls = [of_rows(*rows), of_rows(rows[1], rows[0], rows[2]), of_rows(*rows)]

    comparison = expect(controls).check(observed(of_rows(*reversed(rows))))

    assert comparison.differences == ()


def test_the_order_of_effects_of_several_kinds_is_compared() -> None:
    mail, call = Effect("mail", "smtp", {}), Effect("SendMessage", "aws:sqs", {})
    rows = (Effect("insert", "a.db:t", {"n": 1}), Effect("insert", "a.db:u", {"n": 1}))
    first, second = Effect("sql", "t", "insert"), Effect("sql", "u", "insert")
    control = Observation(None, (first, second, call, mail, *rows))

    found = {
        name: kinds(compare(control, Observation(None, (*order, *rows))))
        for name, order in {
            "same": (first, second, call, mail),
            "calls": (first, second, mail, call),
            "writes": (second, first, call, mail),
            "late write": (first, call, second, mail),
            "again": (first, first, second, call, mail),
            "undone": (Effect("sql", "other", "insert"), first, second, call, mail),
        }.items()
    }

    order = [("effects (order)", "order")]
    assert found == {
        "same": [],
        "calls": order,
        "writes": order,
        "late write": order,
        "again": [],
        "undone": [],
    }


def test_text_and_bytes_name_the_first_offset() -> None:
    text = compare(of_text("<p>one</p>"), of_text("<p>two</p>"))
    data = compare(
        Observation(HttpAnswer(200, (("Content-Type", "image/png"),), b"\x89PNG1")),
        Observation(HttpAnswer(200, (("Content-Type", "image/png"),), b"\x89PNG2")),
    )

    assert "at offset 3 of 10" in text[0].candidate
    assert "at offset 4 of 5" in data[0].candidate


def test_zipped_bodies_are_compared_by_what_they_hold() -> None:
    import gzip

    def zipped(text: str, level: int) -> Observation:
        headers = (("Content-Type", "text/plain"), ("Content-Encoding", "gzip"))
        return Observation(
            HttpAnswer(200, headers, gzip.compress(text.encode(), level, mtime=level))
        )

    assert compare(zipped("same" * 50, 1), zipped("same" * 50, 9)) == ()
    assert kinds(compare(zipped("same", 1), zipped("sama", 1))) == [("body", "bytes")]


def test_a_crash_is_a_difference_even_with_the_same_answer() -> None:
    answer = HttpAnswer(502)

    found = compare(Observation(answer), Observation(answer, error="Runtime.ExitError: killed"))

    assert kinds(found) == [("error", "extra")]


def test_secrets_are_never_shown() -> None:
    secrets = ["hunter2", "eyJhbGciOiJIUzI1NiJ9.eyJ1IjoxfQ.c2lnbmF0dXJl", "ann@example.com"]
    found = (
        *compare(of_json({"password": secrets[0]}), of_json({"password": "other"})),
        *compare(of_json({"note": secrets[1]}), of_json({"note": "x"})),
        *compare(of_text(f"mail {secrets[2]}"), of_text("mail")),
        *compare(of_rows({"id": 1, "password_hash": secrets[0]}), of_rows()),
        *compare(of_json({"a": {"api_key": secrets[0]}}), of_json({})),
    )

    assert len(found) == 5
    shown = " ".join(one.control + one.candidate for one in found)
    assert not [secret for secret in secrets if secret in shown]
