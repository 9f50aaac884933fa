"""The session cookie: whatever one side signs, the other reads."""

from __future__ import annotations

import sys
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from unlith_edges.sessions import NullSession, dumps, open_session
from unlith_edges.settings import DEFAULTS

KEYS = st.text(max_size=6) | st.sampled_from([" t", " d", " di", " t__", "_permanent"])
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary(max_size=20)
    | st.uuids()
    | st.text(max_size=5).map(Markup)
    | st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2100, 1, 1)).map(
        lambda when: when.replace(microsecond=0, tzinfo=UTC)
    )
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(KEYS, inner, max_size=3)
    ),
    max_leaves=8,
)
SESSIONS = st.dictionaries(KEYS, VALUES, max_size=5)
SECRETS = st.text(min_size=1) | st.binary(min_size=1)


def signer(key: Any, fallbacks: Any = None) -> Any:
    app = Flask(__name__)
    app.config.update(SECRET_KEY=key, SECRET_KEY_FALLBACKS=fallbacks)
    return SecureCookieSessionInterface().get_signing_serializer(app)


def config(key: Any, fallbacks: Any = None) -> dict[str, Any]:
    return {**DEFAULTS, "SECRET_KEY": key, "SECRET_KEY_FALLBACKS": fallbacks}


@given(SESSIONS, SECRETS)
def test_a_cookie_of_the_function_is_read_by_flask(data: dict[str, Any], key: Any) -> None:
    assert signer(key).loads(dumps(data, config(key)), max_age=60) == data


@given(SESSIONS, SECRETS)
def test_a_cookie_of_flask_is_read_by_the_function(data: dict[str, Any], key: Any) -> None:
    held = open_session(config(key), {"session": signer(key).dumps(data)})

    assert held == data
    assert not held.modified


@given(SESSIONS)
def test_both_sides_write_the_same_bytes_in_the_same_second(data: dict[str, Any]) -> None:
    for _ in range(3):
        ours, theirs = dumps(data, config("k")), signer("k").dumps(data)
        if ours == theirs:
            return
    assert ours == theirs


@given(st.text(st.characters(max_codepoint=0x7F)), st.integers(0, 200), SESSIONS)
def test_a_changed_cookie_gives_an_empty_session(junk: str, at: int, data: dict[str, Any]) -> None:
    cookie = signer("k").dumps(data)
    changed = cookie[:at] + junk + cookie[at + 1 :]

    held = open_session(config("k"), {"session": changed})

    assert held in ({}, data)
    if held:
        assert signer("k").loads(changed) == data


def test_types_survive() -> None:
    data = {"t": (1, 2), "u": uuid.UUID(int=5), "b": b"\xff", "m": Markup("<b>")}

    held = open_session(config("k"), {"session": signer("k").dumps(data)})

    assert held == data
    assert isinstance(held["t"], tuple)
    assert isinstance(held["m"], Markup)


def test_markup_is_still_markup_where_markupsafe_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    cookie = signer("k").dumps({"m": Markup("<b>")})
    monkeypatch.delitem(sys.modules, "markupsafe")

    held = open_session(config("k"), {"session": cookie})
    again = dumps(held, config("k"))

    assert held["m"].__html__() == "<b>"
    assert signer("k").loads(again) == {"m": Markup("<b>")}


def test_an_older_key_still_reads() -> None:
    cookie = signer("old").dumps({"a": 1})

    assert open_session(config("new", ["older", "old"]), {"session": cookie}) == {"a": 1}
    assert open_session(config("new"), {"session": cookie}) == {}


def test_an_expired_cookie_gives_an_empty_session(monkeypatch: pytest.MonkeyPatch) -> None:
    cookie = signer("k").dumps({"a": 1})
    later = __import__("time").time() + DEFAULTS["PERMANENT_SESSION_LIFETIME"] + 2
    monkeypatch.setattr("time.time", lambda: later)

    assert open_session(config("k"), {"session": cookie}) == {}


def test_without_a_key_the_session_refuses_to_be_changed() -> None:
    held = open_session(config(None), {})

    assert isinstance(held, NullSession)
    assert held.get("x") is None
    with pytest.raises(RuntimeError, match="no secret key"):
        held["x"] = 1
