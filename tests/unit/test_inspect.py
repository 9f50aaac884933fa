"""The app is read in a child process: what it is made of, and every way it can fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from unlith.backends.flask_inspector import FlaskInspector
from unlith.domain.route import Route
from unlith.domain.survey import Survey
from unlith.errors import AppImportFailed, RouteNotFound, UsageError
from unlith.files.settings import Settings
from unlith.files.survey_json import survey_from_json, survey_to_json

APP = """
import functools
from flask import Blueprint, Flask, abort
from flask.views import MethodView
from werkzeug.routing import BaseConverter


class Hex(BaseConverter):
    regex = "[0-9a-f]+"


def loud(view):
    @functools.wraps(view)
    def inner(*args, **kwargs):
        return view(*args, **kwargs)
    return inner


app = Flask(__name__)
app.url_map.converters["hex"] = Hex
inner = Blueprint("inner", __name__, url_prefix="/in")
outer = Blueprint("outer", __name__, url_prefix="/out")


@inner.get("/<int(min=1):a>/<hex:b>/")
@loud
def two(a, b):
    return "x"


class Things(MethodView):
    def get(self):
        return "x"

    def post(self):
        return "x"


app.add_url_rule("/things", view_func=Things.as_view("things"), strict_slashes=False)


@app.before_request
def everywhere():
    pass


@inner.before_request
def only_inner():
    pass


@outer.errorhandler(404)
def missing(error):
    return "none", 404


@app.errorhandler(ValueError)
def bad(error):
    return "bad", 400


outer.register_blueprint(inner)
app.register_blueprint(outer)
print("apps print at import")
"""


def inspect(folder: Path, text: str, target: str = "app", timeout_s: float = 30) -> Survey:
    (folder / "app.py").write_text(text, "utf-8")
    return FlaskInspector(
        Settings(folder, target, (folder,), folder, folder, timeout_s=timeout_s)
    ).inspect()


def test_rules_hooks_and_places_are_read(tmp_path: Path) -> None:
    survey = inspect(tmp_path, APP)

    rule = survey.find(Route("GET", "/out/in/<int(min=1):a>/<hex:b>/"))
    assert rule.blueprints == ("outer.inner", "outer")
    assert (rule.view.qualname, rule.view.in_project) == ("two", True)
    assert rule.wrappers == ("loud.<locals>.inner",)
    assert [(c.variable, c.name, c.arguments) for c in rule.converters] == [
        ("a", "int", "min=1"),
        ("b", "hex", ""),
    ]
    assert {(h.kind, h.scope, h.where.qualname) for h in survey.hooks_for(rule)} == {
        ("before_request", "", "everywhere"),
        ("before_request", "outer.inner", "only_inner"),
        ("error_handler", "outer", "missing"),
        ("error_handler", "", "bad"),
    }
    things = survey.find(Route("POST", "/things"))
    assert (things.kind, things.view.qualname, things.strict_slashes) == ("class", "Things", False)
    assert {r.method for r in things.routes} == {"GET", "POST"}
    assert survey.modules == ("app",)
    assert survey_from_json(survey_to_json(survey)) == survey


def test_an_unknown_route_gets_the_nearest_ones_as_hint(tmp_path: Path) -> None:
    with pytest.raises(RouteNotFound) as caught:
        inspect(tmp_path, APP).find(Route("GET", "/thing"))
    assert "'GET /things'" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("import flask\napplication = flask.Flask('x')", "app"),
        ("import flask\nsite = flask.Flask('x')", "app"),
        ("import flask\ndef make_app(): return flask.Flask('x')", "app"),
        ("import flask\ndef build(): return flask.Flask('x')", "app:build()"),
        ("import flask\ndef build(): return flask.Flask('x')", "app:build"),
        ("import flask\nclass N: app = flask.Flask('x')", "app:N.app"),
        (
            "import flask\nclass W:\n  def __init__(s, a): s.app = a\n"
            "  def __call__(s, e, r): return s.app(e, r)\napp = W(flask.Flask('x'))",
            "app:app",
        ),
    ],
)
def test_every_usual_way_to_name_an_app_works(tmp_path: Path, text: str, target: str) -> None:
    survey = inspect(tmp_path, text, target)

    assert survey.rules
    assert survey.target.startswith("app:")


@pytest.mark.parametrize(
    ("text", "target", "said"),
    [
        ("x = 1", "app", "no app, application, create_app"),
        ("x = 1", "app:x", "is int, not a Flask app"),
        ("x = 1", "app:y", "has no 'y'"),
    ],
)
def test_a_wrong_target_is_the_users_mistake(
    tmp_path: Path, text: str, target: str, said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        inspect(tmp_path, text, target)


@pytest.mark.parametrize(
    ("text", "said", "detail"),
    [
        ("def (:", "SyntaxError", "app.py"),
        ("import nothing_such", "ModuleNotFoundError", 'app.py", line 1'),
        ("import os\nos.environ['NEEDED']", "KeyError: 'NEEDED'", 'app.py", line 2'),
        ("import sys\nsys.exit(3)", "SystemExit: 3", 'app.py", line 2'),
        ("import os\nprint('bye', flush=True)\nos._exit(4)", "exit 4", "bye"),
        ("def create_app():\n  raise RuntimeError('no db')", "RuntimeError: no db", "line 2"),
        ("raise LookupError('mine')", "LookupError: mine", ""),
    ],
)
def test_an_app_that_does_not_import_shows_its_own_traceback_only(
    tmp_path: Path, text: str, said: str, detail: str
) -> None:
    with pytest.raises(AppImportFailed, match=said) as caught:
        inspect(tmp_path, text)
    assert detail in caught.value.detail
    assert "inspect_child" not in caught.value.detail


def test_an_app_that_hangs_at_import_ends_after_the_time_limit(tmp_path: Path) -> None:
    with pytest.raises(AppImportFailed, match=r"did not import within 0\.5 s"):
        inspect(tmp_path, "import time\nprint('waiting')\ntime.sleep(60)", timeout_s=0.5)


def test_threads_left_by_the_app_do_not_keep_the_child(tmp_path: Path) -> None:
    text = (
        "import flask, threading, time\n"
        "threading.Thread(target=time.sleep, args=(60,)).start()\napp = flask.Flask('x')\n"
    )

    assert inspect(tmp_path, text, timeout_s=20).rules


def test_what_stands_around_the_app_object_is_named(tmp_path: Path) -> None:
    text = (
        "from flask import Flask\n"
        "class Outer:\n"
        "    def __init__(self, app): self.app = app\n"
        "    def __call__(self, environ, start): return self.app(environ, start)\n"
        "wrapped = Outer(Flask(__name__))\n"
    )

    survey = inspect(tmp_path, text, "app:wrapped")

    assert survey.facts.wsgi_wrapped == ("app:Outer",)
