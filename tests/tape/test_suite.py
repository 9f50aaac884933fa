"""``pytest --unlith-record=FILE``: an app's own suite becomes a tape, and the tape is compared."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from tape.conftest import Unlith
from unlith.files.tape import exchanges
from unlith.files.tape_sessions import TapeSessions

APP = """
import sqlite3
from flask import Flask, abort, jsonify, redirect, request, session


app = Flask(__name__)
app.secret_key = "for tests"


@app.post("/login")
def login():
    session["user"] = request.form["name"]
    return redirect("/me")


@app.get("/me")
def me():
    return jsonify(user=session.get("user"), next=session.get("next"))


@app.route("/notes/<int:number>", methods=["GET", "POST"])
def note(number):
    if "user" not in session:
        abort(401)
    if number == 13:
        return jsonify(error="unlucky"), 422
    return jsonify(number=number, by=session["user"], sent=request.get_data(as_text=True))


@app.get("/boom")
def boom():
    raise ValueError("mine")


def create_app():
    return app
"""

SUITE = """
import io, os
import pytest
from flask import Flask
from werkzeug.test import Client
from web import create_app


@pytest.fixture
def app():
    app = create_app()
    app.testing = True
    return app


@pytest.fixture(scope="module")
def shared():
    return create_app().test_client()


def test_sequence(app):
    client = app.test_client()
    assert client.post("/login", data={"name": "ann@shop.com"}, follow_redirects=True).json
    with client:
        assert client.get("/notes/7?q=%C3%A9&q=2").status_code == 200


@pytest.mark.parametrize("number", [13, 14])
def test_nested_clients(app, number):
    with app.test_client() as ann:
        ann.post("/login", data={"name": "ann"})
        bob = app.test_client()
        assert bob.get("/notes/1").status_code == 401
        ann.get(f"/notes/{number}")


def test_another_app():
    other = Flask("other")
    assert other.test_client().get("/x", base_url="http://admin.example").status_code == 404


def test_session_transaction(app):
    client = app.test_client()
    with client.session_transaction() as session:
        session["user"] = "eve"
    assert client.get("/notes/2").json["by"] == "eve"


def test_files_and_bytes(app):
    client = Client(app)
    client.post("/notes/1", data={"f": (io.BytesIO(bytes(range(256))), "a.bin")})


def test_it_raises(app):
    with pytest.raises(ValueError):
        app.test_client().get("/boom")


def test_shared_1(shared):
    shared.post("/login", data={"name": "sue"})


def test_shared_2(shared):
    assert shared.get("/me").json["user"] == "sue"


def test_secret_of_the_environment(app):
    app.test_client().get("/me", headers={"X-Key": os.environ["PROVIDER_API_KEY"]})
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Give an app with a suite of its own."""
    (tmp_path / "web.py").write_text(textwrap.dedent(APP), "utf-8")
    (tmp_path / "test_web.py").write_text(textwrap.dedent(SUITE), "utf-8")
    return tmp_path


def run_suite(project: Path, *options: str, worker: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", *options],
        cwd=project,
        env={
            **os.environ,
            "PROVIDER_API_KEY": "live-4f9a8d77c1",
            **({"PYTEST_XDIST_WORKER": worker} if worker else {}),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def lines_of(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def test_every_call_of_every_client_is_kept_in_its_sequence(project: Path) -> None:
    done = run_suite(project, "--unlith-record=own.tape.jsonl")
    file = project / "own.tape.jsonl"
    lines = lines_of(file)
    sessions: dict[str, list[tuple[str, str, int]]] = {}
    for one in lines:
        asked = one["request"]
        name = one["name"].removeprefix("test_web.py::")
        step = (asked["method"], asked["target"], one["answer"]["status"])
        sessions.setdefault(name, []).append(step)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "unlith: 16 requests in 12 sessions on own.tape.jsonl" in done.stdout
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(list(exchanges(file))) == 16
    assert sessions["test_sequence client 1"] == [
        ("POST", "/login", 302),
        ("GET", "/me", 200),
        ("GET", "/notes/7?q=%C3%A9&q=2", 200),
    ]
    assert sessions["test_nested_clients[13] client 1"] == [
        ("POST", "/login", 302),
        ("GET", "/notes/13", 422),
    ]
    assert sessions["test_nested_clients[13] client 2"] == [("GET", "/notes/1", 401)]
    assert sessions["test_shared_1 client 1"] == [("POST", "/login", 302)]
    assert sessions["test_shared_2 client 1"] == [("GET", "/me", 200)]


def test_what_a_replay_cannot_know_is_noted(project: Path) -> None:
    run_suite(project, "--unlith-record=own.tape.jsonl")
    by_name = {one["name"].partition("::")[2]: one for one in lines_of(project / "own.tape.jsonl")}

    transaction = by_name["test_session_transaction client 1"]
    boom = by_name["test_it_raises client 1"]
    other = by_name["test_another_app client 1"]
    upload = by_name["test_files_and_bytes client 1"]

    assert "session_transaction" in transaction["notes"][0]
    assert any(name == "Cookie" for name, _ in transaction["request"]["headers"])
    assert boom["answer"]["error"] == "ValueError"
    assert other["app"] == "other"
    assert ["Host", "admin.example"] in other["request"]["headers"]
    assert "body_base64" in upload["request"]
    assert "live-4f9a8d77c1" not in (project / "own.tape.jsonl").read_text("utf-8")


def test_values_are_hidden_where_asked(project: Path) -> None:
    done = run_suite(project, "--unlith-record=own.tape.jsonl", "--unlith-record-redact")

    text = (project / "own.tape.jsonl").read_text("utf-8")
    assert "(redacted)" in done.stdout
    assert "ann%40shop.com" not in text
    assert "name=ann" in text


def test_without_the_option_nothing_is_patched_and_nothing_heavy_imported(project: Path) -> None:
    (project / "test_web.py").write_text(
        "import sys\ndef test():\n"
        "    bad = {'flask', 'werkzeug', 'pydantic', 'unlith_record'} & set(sys.modules)\n"
        "    assert not bad\n",
        "utf-8",
    )

    done = run_suite(project)

    assert done.returncode == 0, done.stdout


def test_what_workers_of_xdist_record_ends_on_one_tape(project: Path) -> None:
    """As xdist does: each worker is a process with a name, and the controller runs no test."""
    for worker, tests in (("gw0", "sequence or shared"), ("gw1", "nested")):
        run_suite(project, "--unlith-record=own.tape.jsonl", "-k", tests, worker=worker)
    assert len(list(project.glob("own.tape.jsonl.gw*"))) == 2

    done = run_suite(project, "--unlith-record=own.tape.jsonl", "-k", "no_such_test")

    assert "unlith: 11 requests in 7 sessions" in done.stdout
    assert [file.name for file in project.glob("own.*")] == ["own.tape.jsonl"]
    assert len(lines_of(project / "own.tape.jsonl")) == 11


def test_a_file_that_is_no_tape_is_left_alone(project: Path) -> None:
    done = run_suite(project, "--unlith-record=web.py")

    assert done.returncode == 4
    assert "is no tape" in done.stderr
    assert "create_app" in (project / "web.py").read_text("utf-8")


def test_a_seeded_fault_is_found_by_the_apps_own_suite(project: Path, unlith: Unlith) -> None:
    """The starter case never meets number 13; the suite does, behind a login."""
    run_suite(project, "--unlith-record=own.tape.jsonl")
    assert unlith(project, "init", "--app", "web:app").code == 0
    settings = project / "pyproject.toml"
    environ = '[tool.unlith.environ]\nSECRET_KEY = "for tests"\n'
    settings.write_text(settings.read_text("utf-8") + environ, "utf-8")
    route = "GET /notes/<int:number>"
    name = unlith(project, "extract", route, "--level", "pure", "--json").json["name"]

    same = unlith(project, "parity", "--tape", str(project / "own.tape.jsonl"), "--json")
    for file in (project / "extracted" / name).glob("*.py"):
        file.write_text(file.read_text("utf-8").replace("unlucky", "lucky"), "utf-8")
    without = unlith(project, "parity", "--no-probes")
    broken = unlith(
        project, "parity", "--tape", str(project / "own.tape.jsonl"), "--no-probes", "--json"
    )

    (result,) = same.json["functions"]
    assert (same.code, result["verdict"]) == (0, "same"), same.out
    # One written, those of the tape that reach the route: 1 + 7.
    assert result["sessions"] == 1 + 7
    assert without.code == 0, without.out
    assert broken.code == 1
    (difference,) = broken.json["functions"][0]["differences"]
    assert difference["path"].startswith("body")
    assert "test_nested_clients[13] client 1" in difference["session"]


def test_a_tape_that_reaches_no_function_is_said(
    project: Path, unlith: Unlith, tmp_path: Path
) -> None:
    run_suite(project, "--unlith-record=own.tape.jsonl", "-k", "shared")
    unlith(project, "init", "--app", "web:app")
    unlith(project, "extract", "GET /notes/<int:number>")

    result = unlith(project, "parity", "--tape", str(project / "own.tape.jsonl"))

    assert result.code == 2
    assert "reaches a function" in result.err
    assert len(TapeSessions(project / "own.tape.jsonl")) == 2
