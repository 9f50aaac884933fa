"""The recorder: it changes nothing for the app, loses nothing quietly, and writes no secret."""

from __future__ import annotations

import io
import json
import os
import re
import stat
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from wsgiref.validate import validator

import pytest
from flask import Flask, Response, request, session
from werkzeug.test import Client, EnvironBuilder, run_wsgi_app

from unlith_record.lines import Lines
from unlith_record.recorder import Recorder, Taping
from unlith_record.redact import Redactor

KEY = b"k" * 32


def make_app() -> Flask:
    app = Flask(__name__)
    app.secret_key = "for tests"

    @app.post("/login")
    def login() -> str:
        session["user"] = request.form["name"]
        return "in"

    @app.route("/echo", methods=["GET", "POST"])
    def echo() -> bytes:
        return request.get_data()

    @app.get("/page")
    def page() -> str:
        session["seen"] = session.get("seen", 0) + 1
        return f"{session.get('user')} {session['seen']}"

    @app.post("/unread")
    def unread() -> tuple[str, int]:
        return "no", 401

    @app.get("/stream")
    def stream() -> Response:
        return Response(part for part in ("a", "b"))

    return app


class Visitor(Client):
    """A client that reads answers to their end, as servers do."""

    def open(self, *arguments: Any, **options: Any) -> Any:
        return super().open(*arguments, buffered=True, **options)


class Tape(list[str]):
    """A sink that keeps lines."""

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self]


@pytest.fixture
def tape() -> Tape:
    return Tape()


def recorded(tape: Tape, **options: Any) -> tuple[Recorder, Callable[[], Client]]:
    recorder = Recorder(make_app(), tape.append, key=KEY, **options)
    return recorder, lambda: Visitor(recorder, Response)


def test_a_session_is_followed_through_changing_cookies(tape: Tape) -> None:
    recorder, client = recorded(tape)
    ann, bob = client(), client()

    ann.post("/login", data={"name": "ann"})
    bob.post("/login", data={"name": "bob"})
    for one in (ann, bob, ann, bob):
        one.get("/page")
    counts = recorder.taping.close()

    sessions = [line["session"] for line in tape.lines]
    assert counts.taped == 6
    assert sessions[0] != sessions[1]
    assert sessions == [*sessions[:2], *sessions[:2], *sessions[:2]]


def test_the_app_under_the_recorder_keeps_to_the_protocol(tape: Tape) -> None:
    recorder = Recorder(validator(make_app()), tape.append, key=KEY)
    environ = EnvironBuilder("/echo", method="POST", data=b"\x00\xff" * 9).get_environ()
    del environ["HTTP_HOST"]

    parts, status, _ = run_wsgi_app(validator(recorder), environ, buffered=True)
    recorder.taping.close()

    assert (b"".join(parts), status) == (b"\x00\xff" * 9, "200 OK")
    assert tape.lines[0]["request"]["body_base64"] == "AP8A/wD/AP8A/wD/AP8A/wD/"
    assert tape.lines[0]["answer"]["bytes"] == 18


def test_no_planted_secret_reaches_the_tape(tape: Tape) -> None:
    recorder, client = recorded(tape, paths=["/person/*"])
    one = client()
    planted = ["hunter2", "ada@shop.com", "4111111111111111", "t0psecret", "Lovelace", "c00kie"]

    one.set_cookie("tracking", "c00kie-c00kie")
    one.post("/login", data={"name": "ada@shop.com", "password": "hunter2"})
    one.post(
        "/echo?access_token=t0psecret",
        json={"card": "4111111111111111", "person": {"last": "Lovelace"}},
        headers={"Authorization": "Bearer t0psecret", "X-Api-Key": "t0psecret"},
    )
    recorder.taping.close()

    text = "".join(tape)
    assert len(tape) == 2
    assert [secret for secret in planted if secret in text] == []
    assert re.fullmatch(
        r"name=\w+%40\w+.example&password=[a-z]{6}\d", tape.lines[0]["request"]["body"]
    )
    assert len(json.loads(tape.lines[1]["request"]["body"])["card"]) == 16


def test_all_of_a_client_is_in_the_sample_or_nothing(tape: Tape) -> None:
    recorder, client = recorded(tape, share_pct=50)
    for number in range(40):
        one = client()
        one.post("/login", data={"name": f"name-{number}"})
        one.get("/page")
        one.get("/page")
    counts = recorder.taping.close()

    by_session: dict[str, int] = {}
    for line in tape.lines:
        by_session[line["session"]] = by_session.get(line["session"], 0) + 1
    assert set(by_session.values()) == {3}
    assert 5 < len(by_session) < 35
    assert counts.taped + counts.skipped == 120


def test_a_sink_that_fails_fails_nobody_and_is_counted() -> None:
    def broken(line: str) -> None:
        raise OSError(28, "no space left")

    recorder = Recorder(make_app(), broken, key=KEY)

    assert Visitor(recorder, Response).get("/page").status_code == 200
    assert recorder.taping.close().failed == 1


def test_a_slow_sink_holds_nobody_up_and_drops_are_counted() -> None:
    gate = threading.Event()
    taken: list[str] = []

    def slow(line: str) -> None:
        gate.wait(30)
        taken.append(line)

    recorder = Recorder(make_app(), slow, key=KEY)
    recorder.taping = Taping(Lines(Redactor(KEY)), slow, waiting=5)
    client = Visitor(recorder, Response)

    for _ in range(50):
        assert client.get("/stream").data == b"ab"
    assert recorder.taping.counts.dropped >= 44
    gate.set()
    counts = recorder.taping.close()

    assert counts.taped == len(taken) == 50 - counts.dropped


def test_a_large_body_is_left_out_and_counted(tape: Tape) -> None:
    recorder, client = recorded(tape, max_body=100)

    answer = client().post("/echo", data=b"x" * 1000)
    counts = recorder.taping.close()

    assert answer.data == b"x" * 1000
    assert (len(tape), counts.too_large) == (0, 1)


def test_what_the_app_does_not_read_is_not_read(tape: Tape) -> None:
    recorder, _ = recorded(tape)
    stream = io.BytesIO(b"not read")
    environ = EnvironBuilder("/unread", method="POST", input_stream=stream).get_environ()
    environ["CONTENT_LENGTH"] = "8"

    run_wsgi_app(recorder, environ, buffered=True)
    recorder.taping.close()

    assert stream.tell() == 0
    assert tape.lines[0]["answer"]["status"] == 401


def test_an_app_that_raises_is_recorded_and_raises(tape: Tape) -> None:
    def app(environ: Any, start_response: Any) -> Iterable[bytes]:
        raise ValueError("mine")

    recorder = Recorder(app, tape.append, key=KEY)
    with pytest.raises(ValueError, match="mine"):
        run_wsgi_app(recorder, EnvironBuilder("/x").get_environ())
    recorder.taping.close()

    assert tape.lines[0]["answer"] == {"status": 500, "bytes": 0, "error": "ValueError"}


def test_a_tape_in_a_file_is_its_owners_only(tmp_path: Path) -> None:
    file = tmp_path / "a.tape.jsonl"
    recorder = Recorder(make_app(), str(file), key=KEY)

    Visitor(recorder, Response).get("/page")
    recorder.taping.close()

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert json.loads(file.read_text("utf-8"))["request"]["target"] == "/page"


def test_on_lambda_a_line_is_written_before_the_answer_is_given(
    tape: Tape, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "f")
    from unlith_runtime.whole import make_handler

    recorder, _ = recorded(tape)
    handler = make_handler(recorder)
    event = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/page",
        "rawQueryString": "q=1",
        "headers": {"host": "x.example", "x-forwarded-for": "198.51.100.7"},
        "requestContext": {
            "http": {"method": "GET", "path": "/page", "sourceIp": "198.51.100.7"},
            "domainName": "x.example",
            "stage": "$default",
        },
        "isBase64Encoded": False,
    }

    assert handler(event, None)["statusCode"] == 200

    assert tape.lines[0]["request"]["target"] == "/page?q=1"
    assert "198.51.100.7" not in tape[0]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_server_process_has_a_writer_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "a.tape.jsonl"
    recorder = Recorder(make_app(), str(file), key=KEY)
    client = Visitor(recorder, Response)
    client.get("/page")

    child = os.fork()
    if child == 0:
        client.get("/stream")
        recorder.taping.close()
        os._exit(0)
    os.waitpid(child, 0)
    recorder.taping.close()

    lines = file.read_text("utf-8").splitlines()
    targets = {json.loads(line)["request"]["target"] for line in lines}
    assert targets == {"/page", "/stream"}
