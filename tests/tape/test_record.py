"""``unlith record``: the app is served as ever, and what it is asked is on the tape."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tape.conftest import Unlith
from unlith.files.tape import exchanges
from unlith.files.tape_sessions import TapeSessions

APP = """
import sqlite3
from flask import Flask, jsonify, request, session

app = Flask(__name__)
app.secret_key = "for tests"


def db():
    return sqlite3.connect("users.sqlite3")


with db() as connection:
    connection.execute("create table if not exists users (name text, word text)")


@app.post("/register")
def register():
    with db() as connection:
        row = (request.form["name"], request.form["password"])
        connection.execute("insert into users values (?, ?)", row)
    return "welcome"


@app.post("/login")
def login():
    with db() as connection:
        found = connection.execute(
            "select name from users where name = ? and word = ?",
            (request.form["name"], request.form["password"]),
        ).fetchone()
    if not found:
        return "no", 401
    session["user"] = found[0]
    return "in"


@app.get("/me")
def me():
    if "user" not in session:
        return jsonify(error="who?"), 401
    return jsonify(user=session["user"])
"""


@pytest.fixture
def project(tmp_path: Path, unlith: Unlith) -> Path:
    """Give a workspace."""
    (tmp_path / "web.py").write_text(APP, "utf-8")
    assert unlith(tmp_path, "init").code == 0
    settings = tmp_path / "pyproject.toml"
    more = '[tool.unlith.parity]\nstate = ["users.sqlite3"]\n'
    settings.write_text(settings.read_text("utf-8") + more, "utf-8")
    return tmp_path


@contextmanager
def recording(project: Path, *options: str) -> Iterator[tuple[int, list[str]]]:
    """Record as a user does; give the port, and at the end what was printed."""
    words = ["record", "a.tape.jsonl", "--port", "0", "--json", *options]
    process = subprocess.Popen(
        [sys.executable, "-m", "unlith", "-C", str(project), *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    said: list[str] = []
    try:
        line = process.stdout.readline()
        assert line, process.communicate()[1]
        yield int(json.loads(line)["url"].rpartition(":")[2]), said
    finally:
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=60)
        said += out.splitlines()


def visit(port: int) -> list[int]:
    """Register, log in and look; give the statuses."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    statuses, cookie = [], ""
    form = "name=ada%40shop.com&password=hunter2-Hunter2"
    for method, target in (("POST", "/register"), ("POST", "/login"), ("GET", "/me")):
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if method == "POST" else {}
        connection.request(
            method,
            target,
            form if method == "POST" else None,
            headers | ({"Cookie": cookie} if cookie else {}),
        )
        answer = connection.getresponse()
        answer.read()
        cookie = (answer.headers["Set-Cookie"] or cookie).partition(";")[0]
        statuses.append(answer.status)
    connection.close()
    return statuses


def test_who_registers_on_the_tape_can_log_in_when_it_is_replayed(
    project: Path, unlith: Unlith
) -> None:
    file = project / "a.tape.jsonl"
    with recording(project) as (port, said):
        assert visit(port) == [200, 200, 200]
    (project / "users.sqlite3").unlink()
    name = unlith(project, "extract", "GET /me", "--json").json["name"]
    shown = unlith(project, "tape", "show", "a.tape.jsonl")

    result = unlith(project, "parity", "--tape", str(file), "--no-probes", "--json")

    text = file.read_text("utf-8")
    assert json.loads(said[-1])["taped"] == 3
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "unter2" not in text
    assert "shop.com" not in text
    assert re.search(r'"body": "name=\w+%40\w+\.example&password=\w{7}-\w{7}"', text)
    assert "GET /me" in shown.out
    assert f"reaches {name} in 1 sessions" in shown.out
    assert len(TapeSessions(file)) == 1
    assert result.code == 0, result.out
    (function,) = result.json["functions"]
    assert function["sessions"] == 2
    # Of the tape's own three: registering, logging in, looking.
    assert (function["recorded"], function["as_recorded"]) == (3, 3)
    assert "*.tape.jsonl" in (project / ".gitignore").read_text("utf-8").splitlines()


def test_a_tape_goes_on_and_values_are_kept_where_asked(project: Path) -> None:
    for _ in range(2):
        with recording(project, "--plain", "--share", "100") as (port, _):
            visit(port)

    found = list(exchanges(project / "a.tape.jsonl"))
    assert len(found) == 6
    assert found[0].request.body == b"name=ada%40shop.com&password=hunter2-Hunter2"


def test_a_file_that_is_no_tape_is_left_alone(project: Path, unlith: Unlith) -> None:
    result = unlith(project, "record", "web.py", "--port", "0")

    assert result.code == 2
    assert "is no tape" in result.err
    assert (project / "web.py").read_text("utf-8") == APP
