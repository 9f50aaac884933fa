"""Probes from the code, as other people, and with sessions that are over."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask, session

from unlith.backends.code_map import aged_cookies
from unlith.backends.expire_child import aged
from unlith.backends.survey.reads import reads_of
from unlith.bootstrap import Workspace
from unlith.cli.output import TerminalReporter
from unlith.domain.cases import Cookies, Encoding, RequestCase, SessionCase
from unlith.domain.function import Level
from unlith.domain.identities import Identities, expired, looks_like_login
from unlith.domain.reads import Reads
from unlith.domain.route import Route
from unlith.domain.steered import steered
from unlith.domain.verdict import ParityResult, Verdict
from unlith.files.settings import read_settings
from unlith.usecases.extract import ExtractRequest

APP = """
import os
from flask import Flask, abort, jsonify, redirect, request, session

app = Flask(__name__)
app.secret_key = "for tests"
ROLES = {"ann": "clerk", "bob": "boss"}


@app.post("/login")
def login():
    if request.form["password"] != "open " + request.form["name"]:
        abort(403)
    session["name"] = request.form["name"]
    return "", 204


@app.get("/quote/<int:n>")
def quote(n):
    who = session.get("name")
    if who is None:
        abort(401)
    if ROLES[who] == "boss":
        return jsonify(quote=n, margin=FAULT_OR(3, 4))
    if request.args.get("unit") == "dozen":
        if n == 144:
            return jsonify(gross=1)
        return jsonify(dozens=n // 12)
    if request.headers.get("X-Trade") == "yes":
        return jsonify(quote=n - 1)
    return jsonify(quote=n)


def FAULT_OR(right, wrong):
    return wrong if os.environ.get("LAMBDA_SIDE") else right
"""

PYPROJECT = '[tool.unlith]\napp = "quoting:app"\n'
CASES = """
[[session]]
name = "a clerk asks"
[[session.request]]
method = "POST"
target = "/login"
form = { name = "ann", password = "open ann" }
[[session.request]]
target = "/quote/5"

[[session]]
name = "a boss only logs in"
[[session.request]]
method = "POST"
target = "/login"
form = { name = "bob", password = "open bob" }
[[session.request]]
target = "/nowhere"
"""


def workspace(root: Path) -> Workspace:
    (root / "pyproject.toml").write_text(PYPROJECT)
    (root / "quoting.py").write_text(APP)
    made = Workspace.around(root, TerminalReporter(quiet=True))
    made.extract(ExtractRequest((Route("GET", "/quote/<int:n>"),), Level.SLIM, "quote_get"))
    (root / "tests/parity/quote_get.toml").write_text(CASES)
    return made


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> ParityResult:
    here = workspace(tmp_path_factory.mktemp("quoting"))
    (found,) = here.parity([], gateway="http-v2", with_probes=True, with_coverage=True)
    return found


def line_of(text: str) -> int:
    return next(n for n, line in enumerate(APP.splitlines(), 1) if text in line)


@pytest.mark.parametrize("text", ["margin=", "n // 12", "gross=1", "n - 1", "abort(401)"])
def test_probes_reach_what_the_code_compares_with(result: ParityResult, text: str) -> None:
    """Another role, a query key, two changes at once, a header, nobody at all."""
    assert result.verdict is Verdict.SAME
    missing = {gap.line for gap in result.coverage.sides[0].gaps}
    assert line_of(text) not in missing


def test_a_fault_for_another_role_is_found_in_two_requests(tmp_path: Path) -> None:
    here = workspace(tmp_path)
    handler = tmp_path / "extracted" / "quote_get" / "handler.py"
    fault = '\nimport os\nos.environ["LAMBDA_SIDE"] = "1"\n'
    handler.write_text(handler.read_text("utf-8") + fault, "utf-8")

    (found,) = here.parity([], gateway="http-v2", with_probes=True, with_coverage=False)

    assert found.verdict is Verdict.DIFFERENT
    (one,) = [d for d in found.differences if d.path == "body/margin"]
    assert one.requests == 2
    assert "bob" in one.curl


def reads(text: str) -> Reads:
    return reads_of({"m": ast.parse(text)}, {"m": ["view", "Thing.get"]})


def test_reads_are_found_by_the_part_they_come_from() -> None:
    found = reads("""
def view():
    request.args.get("q"); request.args["page"]; request.args.getlist("tag")
    request.form["name"]; request.headers.get("X-A"); request.cookies.get("seen")
    data = request.get_json()
    data["lines"]; "gift" in data; session["user"]; config["KEY"]
def other():
    request.args.get("not this")
""")

    assert found.query == ("q", "page", "tag")
    assert set(found.fields) == {"name", "lines", "gift"}
    assert (found.headers, found.cookies) == (("X-A",), ("seen",))


def test_literals_are_those_that_are_compared() -> None:
    found = reads("""
class Thing:
    def get(self, n):
        "a docstring"
        if n > 99 or n in ("a", "b") or n == -1 or n is True:
            return "a result"
        match n:
            case "matched":
                return n.startswith("mark")
""")

    assert set(found.literals) == {99, "a", "b", -1, "matched", "mark"}


def test_each_key_is_sent_with_each_value_and_the_neighbours_of_numbers() -> None:
    request = RequestCase("GET", "/a/1?q=x&b=1")

    made = [r for _, r in steered(request, "/a/<int:n>", Reads(query=("q",), literals=(10,)))]

    targets = {one.target for one in made}
    assert {"/a/1?b=1&q=9", "/a/1?b=1&q=10", "/a/1?b=1&q=11", "/a/11?q=x&b=1"} <= targets


def test_a_body_is_made_where_the_case_has_none() -> None:
    request = RequestCase("POST", "/a")

    made = [r for _, r in steered(request, "/a", Reads(fields=("n",), literals=(7,)))]

    assert any(r.encoding is Encoding.JSON and r.body == b'{"n": 7}' for r in made)
    assert any(r.encoding is Encoding.FORM and r.body == b"n=7" for r in made)


def test_hostile_literals_make_no_broken_requests() -> None:
    found = Reads(
        query=("a b&c",), headers=("X-A",), literals=("\r\nX: y", "a/b?c#d", "é", "\ud800")
    )

    for _, one in steered(RequestCase("GET", "/a/b"), "/a/<name>", found):
        assert one.target.isascii()
        assert " " not in one.target
        assert all("\r" not in value and "\n" not in value for _, value in one.headers)


def sessions() -> Iterator[SessionCase]:
    for name in ("ann", "bob"):
        login = RequestCase("POST", "/login", body=f"name={name}&password=x".encode(),
                            encoding=Encoding.FORM)  # fmt: skip
        yield SessionCase(name, (login, RequestCase("GET", f"/of/{name}")))


def test_a_request_is_repeated_as_each_other_identity() -> None:
    known = Identities()
    ann, bob = sessions()
    known.learn([ann, bob])

    (other,) = known.others(ann, 1)

    assert other.requests == (bob.requests[0], ann.requests[1])


def test_keys_in_headers_are_identities_too() -> None:
    known = Identities()
    first, second = (SessionCase(k, (RequestCase("GET", "/", (("X-Api-Key", k),)),)) for k in "ab")
    known.learn([first, second])

    (other,) = known.others(first, 0)

    assert other.requests[0].headers == (("X-Api-Key", "b"),)


def test_a_login_is_a_body_with_a_secret() -> None:
    assert looks_like_login(RequestCase("POST", "/", body=b'{"password": "x"}'))
    assert not looks_like_login(RequestCase("POST", "/", body=b'{"name": "x"}'))
    assert not looks_like_login(RequestCase("POST", "/", body=b"\xff["))


def test_an_expired_session_is_refused_by_flask_and_was_good_before() -> None:
    app = Flask(__name__)
    app.secret_key = "k"

    @app.get("/in")
    def go_in() -> str:
        session["user"] = "ann"
        return ""

    @app.get("/who")
    def who() -> str:
        return str(session.get("user"))

    client = app.test_client()
    cookie = client.get("/in").headers["Set-Cookie"].partition(";")[0].partition("=")[2]
    over = aged(app, cookie)
    asked = app.test_client(use_cookies=False)

    assert over is not None
    assert asked.get("/who", headers={"Cookie": f"session={cookie}"}).text == "ann"
    assert asked.get("/who", headers={"Cookie": f"session={over}"}).text == "None"
    assert aged(app, cookie + "x") is None


def test_cookies_are_aged_in_a_process_that_imports_the_app(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(PYPROJECT)
    (tmp_path / "quoting.py").write_text(APP)
    settings = read_settings(tmp_path)

    assert aged_cookies(settings, ["not ours"]) == [None]
    assert "quoting" not in sys.modules
    (tmp_path / "quoting.py").write_text("raise SystemExit")
    assert aged_cookies(settings, ["not ours"]) == []


def test_an_expired_probe_is_one_request_with_its_own_cookies() -> None:
    ann, _ = sessions()

    probe = expired(ann, 1, "session=over")

    assert [r.headers for r in probe.requests] == [(("Cookie", "session=over"),)]
    assert probe.requests[0].cookies is Cookies.DROP
