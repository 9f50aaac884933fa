"""``explain``, ``route --diff`` and ``survey --check-routing`` on an app unlike the shop."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from unlith.cli.main import cli

APP = """
from flask import Flask
from werkzeug.routing import BaseConverter, ValidationError

class Even(BaseConverter):
    regex = "[0-9]+"
    def to_python(self, value):
        if int(value) % 2:
            raise ValidationError
        return int(value)

app = Flask(__name__)
app.url_map.converters["even"] = Even

@app.get("/pets/<int:id>")
def pet(id): return str(id)

@app.get("/pets/new")
def new(): return "new"

@app.get("/dogs/<name>")
def dog(name): return name

@app.get("/dogs/<name>/toys")
def toys(name): return name

@app.get("/even/<even:n>")
def even(n): return str(n)

@app.get("/all/", defaults={"page": 1})
@app.get("/all/<int:page>")
def all(page): return str(page)
"""

TABLE = """
schema = 1
version = 3
[groups.pet]
function = "pet"
routes = ["GET /pets/<int:id>"]
phase = "function"
[groups.dog]
function = "dog"
routes = ["GET /dogs/<name>"]
phase = "function"
"""

FUNCTION = """
name = "pet"
level = "slim"
routes = ["GET /pets/<int:id>"]
endpoints = ["pet"]
handler = "pet.handler.handler"
"""

Running = Callable[..., Result]


@pytest.fixture
def running(tmp_path: Path) -> Running:
    (tmp_path / "pets.py").write_text(APP, "utf-8")
    (tmp_path / "pyproject.toml").write_text('[tool.unlith]\napp = "pets:app"\nsources = ["."]\n')
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra/routes.toml").write_text(TABLE, "utf-8")

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(cli, ["-C", str(tmp_path), *arguments], catch_exceptions=False)

    return run


def told(result: Result) -> dict[str, tuple[str, str]]:
    answers = json.loads(result.stdout)["answerers"]
    return {one["target"]: (one["side"], one["decided"]) for one in answers}


def test_explain_says_who_answers_under_each_target(running: Running) -> None:
    assert told(running("explain", "GET", "/pets/7?x=1", "--json")) == {
        "facade": ("pet", "in process"),
        "http-api": ("pet", "at the gateway"),
        "rest-api": ("pet", "at the gateway"),
        "alb": ("pet", "at the gateway"),
    }
    assert told(running("explain", "get", "http://localhost/pets/new", "--json")) == dict.fromkeys(
        ("facade", "http-api", "rest-api", "alb"), ("monolith", "in process")
    )


def test_explain_says_why_a_route_is_split_in_process(running: Running) -> None:
    shown = running("explain", "GET", "/dogs/rex")

    assert told(running("explain", "GET", "/dogs/rex", "--json"))["http-api"] == (
        "dog",
        "in process",
    )
    assert "encoded slash" in " ".join(shown.stdout.split())


def test_explain_says_a_canarys_share_and_not_a_side(running: Running, tmp_path: Path) -> None:
    file = tmp_path / "infra/routes.toml"
    canary = 'phase = "canary"\nshare_pct = 5'
    file.write_text(TABLE.replace('phase = "function"', canary), "utf-8")

    assert told(running("explain", "GET", "/pets/7", "--json"))["http-api"] == (
        "pet for 5 %, else monolith",
        "in process",
    )


@pytest.mark.parametrize(
    ("method", "path", "said"),
    [
        ("GET", "/cats", "no rule matches, so 404"),
        ("DELETE", "/pets/7", "405: GET, HEAD, OPTIONS"),
        ("GET", "/all", "Flask redirects to /all/"),
    ],
)
def test_explain_says_why_no_rule_answers(
    running: Running, method: str, path: str, said: str
) -> None:
    answers = json.loads(running("explain", method, path, "--json").stdout)["answerers"]

    assert said in answers[0]["why"]


def test_check_routing_finds_nothing_wrong(running: Running) -> None:
    result = running("survey", "--check-routing", "--json")

    found = json.loads(result.stdout)
    assert result.exit_code == 0
    assert found["wrong"] == []
    assert found["decisions"] > 1000
    assert {one["route"] for one in found["kept"]} == {"GET /dogs/<name>", "HEAD /dogs/<name>"}
    assert "0 wrong" in running("survey", "--check-routing").stdout


def test_diff_shows_what_would_move_and_writes_nothing(running: Running, tmp_path: Path) -> None:
    folder = tmp_path / "extracted" / "pet"
    folder.mkdir(parents=True)
    (folder / "function.toml").write_text(FUNCTION, "utf-8")

    result = running("route", "GET /pets/<int:id>", "--to", "monolith", "--diff", "--json")

    assert [(m["method"], m["rule"], m["after"]) for m in json.loads(result.stdout)] == [
        ("GET", "/pets/<int:id>", "pet: monolith"),
        ("HEAD", "/pets/<int:id>", "pet: monolith"),
    ]
    assert (tmp_path / "infra/routes.toml").read_text("utf-8") == TABLE
