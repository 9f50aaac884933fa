"""Apps unlike the shop: every route is tried, and what is extracted answers as the app does."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest

import unlith
import unlith_runtime
from unlith.backends.carrier.carrier import FileCarrier
from unlith.backends.flask_inspector import FlaskInspector
from unlith.backends.function_shelf import FolderShelf, example_target
from unlith.domain.function import Level
from unlith.domain.survey import Survey
from unlith.errors import ExtractionRefused
from unlith.files.settings import Settings, read_settings
from unlith.usecases.extract import ExtractRequest, extract

HERE = Path(__file__).parent
APPS = HERE.parent / "apps"
LIBRARIES = [str(Path(m.__file__ or "").parents[1]) for m in (unlith, unlith_runtime)]
FORM = ["Content-Type", "application/x-www-form-urlencoded"]
JSON = ["Content-Type", "application/json"]
Asked = list[Any]

SESSIONS: dict[str, list[Asked]] = {
    "single": [
        ["GET", "/todos?limit=2", [], ""],
        ["GET", "/todos?limit=x&limit=1", [], ""],
        ["GET", "/todos/3", [], ""],
        ["GET", "/todos/99", [], ""],
        ["POST", "/todos", [JSON, ["X-Token", "secret"]], '{"text": "☃ snow"}'],
        ["POST", "/todos", [JSON, ["X-Token", "secret"]], "{"],
        ["POST", "/todos", [JSON, ["X-Token", "secret"]], "{}"],
        ["POST", "/todos", [FORM, ["X-Token", "secret"]], "text=a"],
        ["POST", "/todos", [JSON], '{"text": "no"}'],
        ["PUT", "/todos/1", [FORM, ["X-Token", "secret"]], "done=yes&done=no&x=%FF"],
        ["PUT", "/todos/77", [FORM, ["X-Token", "secret"]], "done=yes"],
        ["DELETE", "/todos/2", [["X-Token", "secret"]], ""],
        ["DELETE", "/todos/2", [["X-Token", "secret"]], ""],
        ["GET", "/todos", [], ""],
        ["GET", "/boom", [], ""],
        ["GET", "/hello/caf%C3%A9%20x", [], ""],
    ],
    "flaskr_like": [
        ["GET", "/api/posts", [], ""],
        ["GET", "/api/visits", [], ""],
        ["POST", "/auth/login", [FORM], "name=ann&password=ann-secret"],
        ["GET", "/api/posts", [], ""],
        ["POST", "/api/visits", [], ""],
        ["GET", "/api/visits", [], ""],
        ["POST", "/2/delete", [], ""],
        ["POST", "/77/delete", [], ""],
        ["POST", "/1/delete", [], ""],
        ["GET", "/auth/logout", [], ""],
        ["POST", "/2/delete", [], ""],
        ["GET", "/api/visits", [["Cookie", "session=forged.aaaa.bbbb"]], ""],
        ["GET", "/api/posts", [], ""],
        ["GET", "/", [], ""],
    ],
    "nested": [
        ["GET", "/api/v1/notes/", [], ""],
        ["GET", "/api/v1/notes", [], ""],
        ["GET", "/api/v1/notes/1", [["X-Blocked", "1"]], ""],
        ["GET", "/api/v1/notes/3", [], ""],
        ["GET", "/api/latest/notes/9", [], ""],
        ["POST", "/api/v1/notes/", [JSON], '{"text": "new", "owner": "cy"}'],
        ["POST", "/api/v1/notes/", [JSON], "nonsense"],
        ["POST", "/api/latest/notes/", [JSON], '{"text": "newer"}'],
        ["GET", "/api/v1/users/cy/made", [], ""],
        ["GET", "/api/latest/users/a-b/made", [], ""],
        ["GET", "/api/v1/users/ann/notes", [], ""],
        ["GET", "/api/v1/users/bad-/notes", [], ""],
        ["GET", "/api/v1/users/Ann/notes", [], ""],
        ["GET", "/", [], ""],
        ["GET", "/count", [], ""],
    ],
}
ENVIRON = {"TODO_TOKEN": "secret", "SECRET_KEY": "k", "PYTHONHASHSEED": "0"}
PURE = {
    "single": 6,
    "flaskr_like": 5,
    "nested": 11,
}


@dataclasses.dataclass
class Tried:
    """What became of every route of one app."""

    settings: Settings
    survey: Survey
    functions: dict[str, list[str]]
    refused: dict[str, str]


@cache
def tried(app: str, level: Level) -> Tried:
    home = Path(mkdtemp(prefix="unlith-test-"))
    shutil.copytree(APPS / app, home / "app")
    settings = read_settings(home / "app")
    survey = FlaskInspector(settings).inspect()
    carrier, shelf = FileCarrier(settings), FolderShelf(settings)
    functions, refused = {}, {}
    for route in dict.fromkeys(route for route, _ in survey.routes()):
        try:
            made = extract(ExtractRequest((route,), level), survey, carrier, shelf)
        except ExtractionRefused as error:
            refused[str(route)] = "\n".join(error.blockers)
        else:
            functions[made.function.name] = [route.method, route.rule]
    return Tried(settings, survey, functions, refused)


def answers(found: Tried, requests: list[Asked], state: Path, functions: Any) -> list[Any]:
    state.mkdir()
    sources = [str(path) for path in (*found.settings.sources, found.settings.extracted)]
    module, _, name = found.settings.parity.setup.partition(":")
    environ = {**os.environ, **ENVIRON}
    environ["PYTHONPATH"] = os.pathsep.join([*sources, *LIBRARIES])
    setup = f"import {module}; {module}.{name}()"
    subprocess.run([sys.executable, "-c", setup], cwd=state, env=environ, check=True)
    job = {
        "paths": sources,
        "target": found.survey.facts.load_target,
        "functions": functions,
        "requests": requests,
    }
    done = subprocess.run(
        [sys.executable, str(HERE / "one_side.py")],
        input=json.dumps(job),
        cwd=state,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answered: list[Any] = json.loads(done.stdout)
    return answered


def probes(found: Tried) -> Iterable[Asked]:
    for method, rule in found.functions.values():
        target = example_target(rule)
        yield [method, target, [], ""]
        yield [method, target + "?a=1&a=%C3%A9&b", [["Accept", "text/html"]], ""]
        if method == "GET":
            yield ["HEAD", target, [], ""]
        for near in (target + "/", target.rstrip("/") or "/", "/" + target):
            yield [method, near, [], ""]


@pytest.mark.parametrize("level", list(Level))
@pytest.mark.parametrize("app", sorted(SESSIONS))
def test_what_is_extracted_answers_as_the_app_does(app: str, level: Level, tmp_path: Path) -> None:
    found = tried(app, level)
    requests = [*SESSIONS[app], *probes(found)]

    monolith = answers(found, requests, tmp_path / "monolith", {})
    mixed = answers(found, requests, tmp_path / "mixed", found.functions)

    by_function = 0
    for asked, ours, theirs in zip(requests, mixed, monolith, strict=True):
        by_function += ours[0]
        assert without_noise(ours[1:]) == without_noise(theirs[1:]), asked
    assert by_function > len(found.functions)


def without_noise(answer: list[Any]) -> list[Any]:
    # A session cookie holds the second in which it was signed, a short-lived one when it ends.
    status, headers, body = answer
    kept = []
    for name, value in headers:
        if name == "set-cookie" and value.startswith(("session=", "notes=")):
            head, _, rest = value.partition(";")
            value = head.partition(".")[0] + ";" + rest
        value = re.sub("Expires=[^;]+", "Expires=…", value) if "Max-Age=60" in value else value
        kept.append((name, value))
    return [status, kept, body]


@pytest.mark.parametrize("app", sorted(SESSIONS))
def test_every_route_extracts_slim(app: str) -> None:
    assert tried(app, Level.SLIM).refused == {}


@pytest.mark.parametrize("app", sorted(SESSIONS))
def test_what_needs_no_flask_extracts_pure(app: str) -> None:
    found = tried(app, Level.PURE)

    assert len(found.functions) == PURE[app], found.functions


@pytest.mark.parametrize(
    ("app", "route", "reason"),
    [
        ("single", "GET /hello/<name>", "todo.py:107: seen is state of the process"),
        ("single", "GET /", "todo.py:65: flask.render_template"),
        ("single", "GET /static/<path:filename>", "Flask itself serves these files"),
        ("flaskr_like", "GET /hello", "blog/__init__.py:22: the view"),
        ("flaskr_like", "POST /auth/login", "blog/auth.py:54: flask.flash"),
        ("nested", "GET /count", "notes/pages.py:16: notes.pages:Count is a class"),
        ("nested", "GET /whoami", "is made inside a function (move the view"),
    ],
)
def test_a_refusal_says_where_and_why(app: str, route: str, reason: str) -> None:
    assert reason in tried(app, Level.PURE).refused[route]


@pytest.mark.parametrize("app", sorted(SESSIONS))
def test_extraction_changes_no_file_of_the_app(app: str) -> None:
    home = tried(app, Level.PURE).settings.root

    for file in (f for f in sorted((APPS / app).rglob("*")) if f.is_file()):
        if "__pycache__" not in file.parts:
            assert (home / file.relative_to(APPS / app)).read_bytes() == file.read_bytes()


@pytest.mark.parametrize("app", sorted(SESSIONS))
def test_pure_functions_hold_no_secret_and_import_no_flask(app: str) -> None:
    extracted = tried(app, Level.PURE).settings.extracted
    texts = [file.read_text("utf-8") for file in extracted.rglob("*.*") if file.is_file()]

    assert texts
    for text in texts:
        assert "for local runs only" not in text
        assert "import flask" not in text
        assert "from flask" not in text
        assert "werkzeug " not in text
