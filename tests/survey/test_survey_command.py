"""``unlith survey`` as a user runs it: apps that misbehave, the cache, SARIF, pictures, schema."""

from __future__ import annotations

import json
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import unlith  # noqa: F401  # a fixture
from unlith.backends.readiness.reference import reference
from unlith.backends.readiness.rules import all_rules
from unlith.files.survey_json import full_from_json, full_to_data, full_to_file, schema

ROOT = Path(__file__).parents[2]
APP = """
import functools, os
from flask import Flask, request, session
from flask.views import MethodView
app = Flask(__name__)
SEEN = {}

def guarded(view):
    def inner(*args, **kwargs):
        return view(*args, **kwargs)
    return inner

def late(view):
    @functools.wraps(view)
    def outer(*args, **kwargs):
        return view(*args, **kwargs)
    return outer

@app.get("/seen/<name>")
def seen(name):
    SEEN[name] = request.args.get("q")
    return name

@late
@app.get("/late")
def too_late():
    return "x"

class Things(MethodView):
    decorators = [guarded]
    def get(self): return "x"
    def post(self): return session["u"]
app.add_url_rule("/things", view_func=Things.as_view("things"))
app.add_url_rule("/wrapped", "wrapped", guarded(lambda: "x"))
"""


def project(folder: Path, text: str = APP) -> Path:
    (folder / "app.py").write_text(text, "utf-8")
    (folder / "pyproject.toml").write_text(
        '[tool.unlith]\napp = "app"\nsources = ["."]\ntimeout_s = 20\n', "utf-8"
    )
    (folder / "infra").mkdir(exist_ok=True)
    return folder


def test_a_survey_is_kept_and_read_back(tmp_path: Path, unlith: Any) -> None:  # noqa: F811
    result = unlith(project(tmp_path), "survey", "--traffic", "5000000")

    kept = (tmp_path / "infra/survey.json").read_bytes()
    full = full_from_json(kept, tmp_path)
    assert result.code == 0
    assert full_to_file(full, tmp_path) == kept
    assert all(len(line) <= 80 for line in result.out.splitlines() if line.startswith("GET"))
    assert full.profile is not None
    assert {one.route for one in full.predictions} == {str(r) for r, _ in full.survey.routes()}
    (found,) = [f for f in full.findings if f.rule == "LR101"]
    assert found.routes == ("GET /seen/<name>",)
    data, published = json.loads(kept), schema()
    assert set(data) <= set(published["properties"])  # type: ignore[call-overload]
    assert set(data) >= set(published["required"])  # type: ignore[call-overload]


def test_the_kept_survey_says_nothing_of_the_machine(tmp_path: Path, unlith: Any) -> None:  # noqa: F811
    text = APP + "".join(f"@app.get('/{n}')\ndef v{n}(): return request.args['q']\n"
                         for n in range(40))  # fmt: skip
    result = unlith(project(tmp_path, text), "survey", "--quick", "--json")

    kept = (tmp_path / "infra/survey.json").read_text("utf-8")
    assert str(tmp_path) not in kept
    assert sys.prefix not in kept
    assert str(Path.home()) not in kept
    assert len(kept) < 700 * len(result.json["rules"])
    assert full_to_data(full_from_json(kept, tmp_path))["routes"] == result.json["routes"]
    assert {f["file"] for f in result.json["findings"]} <= {"app.py", ""}


def test_class_views_and_decorators_are_told(tmp_path: Path, unlith: Any) -> None:  # noqa: F811
    rules = unlith(project(tmp_path), "survey", "--quick", "--json").json["rules"]
    by_rule = {rule["rule"]: rule for rule in rules}

    things = by_rule["/things"]
    assert [h[0] for h in things["handlers"]] == ["GET", "HEAD", "POST"]
    assert [d["qualname"] for d in things["decorators"]] == ["guarded.<locals>.inner", "guarded"]
    assert by_rule["/wrapped"]["wrappers"] == ["guarded.<locals>.inner"]
    assert by_rule["/late"]["shadowed_by"] == "late.<locals>.outer"
    assert by_rule["/static/<path:filename>"]["origin"] == "flask"


def test_unchanged_files_are_not_surveyed_again(tmp_path: Path, unlith: Any) -> None:  # noqa: F811
    project(tmp_path, "open('runs', 'a').write('x')\n" + APP)
    unlith(tmp_path, "survey", "--quick")
    unlith(tmp_path, "survey", "--quick")

    assert (tmp_path / "runs").read_text() == "x"
    (tmp_path / "other.py").write_text("")
    unlith(tmp_path, "survey", "--quick")
    assert (tmp_path / "runs").read_text() == "xx"


def test_static_imports_nothing_and_says_what_it_cannot_know(
    tmp_path: Path,
    unlith: Any,  # noqa: F811
) -> None:
    text = (
        "import os\nopen('imported', 'w')\n"
        + APP
        + (
            "from flask import Blueprint\nbp = Blueprint('b', __name__, url_prefix='/b')\n"
            "@bp.route('/x', methods=['POST'])\ndef x(): return ''\napp.register_blueprint(bp)\n"
            "@bp.before_request\ndef before(): pass\n"
        )
    )

    result = unlith(project(tmp_path, text), "survey", "--static", "--json")

    assert not (tmp_path / "imported").exists()
    found = {(r["rule"], tuple(r["methods"]), r["endpoint"]) for r in result.json["rules"]}
    assert ("/seen/<name>", ("GET",), "seen") in found
    assert ("/b/x", ("POST",), "b.x") in found
    assert [h["kind"] for h in result.json["hooks"]] == ["before_request"]
    assert result.json["limits"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import nothing_such\n", "No module named 'nothing_such'"),
        (
            "import os\nos.environ['NEEDED_BY_APP']\n",
            "needs the environment variable NEEDED_BY_APP",
        ),
        (
            "import os\ntry:\n    os.environ['A_B']\n"
            "except KeyError as e:\n    raise RuntimeError from e\n",
            "A_B = ",
        ),
        ("{}['NO_VARIABLE']\n", "KeyError: 'NO_VARIABLE'"),
        ("import os\nos._exit(7)\n", "ended its process at import (exit 7)"),
        ("raise BaseException('odd')\n", "BaseException: odd"),
        ("def (:\n", "SyntaxError"),
        ("import sys\nsys.exit('bye')\n", "SystemExit: bye"),
        ("from b import x\n", "ImportError"),
    ],
)
def test_an_app_that_fails_at_import_is_still_read(
    tmp_path: Path,
    unlith: Any,  # noqa: F811
    text: str,
    said: str,
) -> None:
    (tmp_path / "b.py").write_text("from app import app\n")

    result = unlith(project(tmp_path, text + APP), "survey")

    assert result.code == 3
    assert said in result.err
    if "SyntaxError" not in said:
        assert "reading alone finds 5 routes" in result.err
    assert "inspect_" not in result.err
    assert "unlith/backends" not in result.err


@pytest.mark.parametrize(
    ("end", "server"),
    [
        ("app.run(port=0)\n", "werkzeug.serving.run_simple"),
        ("app.run(port=0, debug=True)\n", "werkzeug.serving.run_simple"),
        (
            "import waitress\ndef main():\n    waitress.serve(app, port=0)\nmain()\n",
            "waitress.serve",
        ),
    ],
)
def test_a_server_at_import_is_told_at_once(
    tmp_path: Path,
    unlith: Any,  # noqa: F811
    end: str,
    server: str,
) -> None:
    lines = len((APP + end).splitlines()) - ("main()" in end)

    result = unlith(project(tmp_path, APP + end), "survey", "--quick")

    assert result.code == 3
    assert f"app.py:{lines} starts a server ({server})" in result.err
    assert 'if __name__ == "__main__":' in result.err
    assert "unlith survey --static" in result.err


def test_an_app_that_hangs_is_stopped_and_the_place_told(tmp_path: Path, unlith: Any) -> None:  # noqa: F811
    text = "import time\ndef wait():\n    time.sleep(600)\n\n" + APP + "wait()\n"
    settings = project(tmp_path, text) / "pyproject.toml"
    settings.write_text(settings.read_text().replace("timeout_s = 20", "timeout_s = 9"))

    result = unlith(tmp_path, "survey", "--quick")

    assert result.code == 3
    assert "did not import within 9 s: it was at app.py:3" in result.err
    assert "reading alone finds 5 routes" in result.err


def test_an_app_in_a_namespace_package_is_surveyed(tmp_path: Path, unlith: Any) -> None:  # noqa: F811
    (tmp_path / "space/web").mkdir(parents=True)
    (tmp_path / "space/web/main.py").write_text(APP + "from space.deep import here\n")
    (tmp_path / "space/deep").mkdir()
    (tmp_path / "space/deep/here.py").write_text("")
    settings = project(tmp_path, "") / "pyproject.toml"
    settings.write_text(settings.read_text().replace('"app"', '"space.web.main:app"'))

    found = unlith(tmp_path, "survey", "--quick", "--json").json

    assert len(found["rules"]) == 5
    assert found["modules"] == ["space.deep.here", "space.web.main"]


@pytest.mark.parametrize(
    "text",
    [
        "import socket\ns = socket.socket()\ns.bind(('127.0.0.1', 0))\ns.close()\n",
        "print('noise')\nimport sys\nprint('more', file=sys.stderr)\n",
        "import threading, time\n"
        "threading.Thread(target=time.sleep, args=(60,), daemon=False).start()\n",
        "import uuid\nBOOT = uuid.uuid4()\n",
    ],
)
def test_an_app_that_misbehaves_at_import_is_surveyed(
    tmp_path: Path,
    unlith: Any,  # noqa: F811
    text: str,
) -> None:
    (tmp_path / "broken.py").write_text("def (:")
    result = unlith(project(tmp_path, text + APP), "survey", "--quick", "--json")

    assert result.code == 0
    assert len(result.json["rules"]) == 5


def test_zip_imports_do_not_stop_the_survey(tmp_path: Path, unlith: Any) -> None:  # noqa: F811
    import zipfile

    with zipfile.ZipFile(tmp_path / "lib.zip", "w") as archive:
        archive.writestr("inside.py", "def f(): return 'x'\n")
    text = (
        "import os, sys\nsys.path.insert(0, os.path.join(os.path.dirname(__file__), 'lib.zip'))\n"
    )
    text += "import inside\n" + APP

    assert unlith(project(tmp_path, text), "survey", "--quick").code == 0


def test_two_imports_that_differ_and_forbidden_writes_are_found(
    tmp_path: Path,
    unlith: Any,  # noqa: F811
) -> None:
    home = tmp_path.parents[0]
    text = APP + (
        "import threading, time\napp.secret_key = os.urandom(9)\n"
        "@app.get('/write')\ndef write():\n    open('/var/unlith-never', 'w')\n    return ''\n"
        "@app.get('/thread')\ndef thread():\n"
        "    threading.Thread(target=time.sleep, args=(9,), daemon=True).start()\n    return ''\n"
    )

    result = unlith(project(tmp_path, text), "survey", "--json")

    assert home.is_dir()
    seen = {(f["rule"], f["line"]) for f in result.json["findings"] if "sandbox" in f["message"]}
    differs = [f for f in result.json["findings"] if "differs between two" in f["message"]]
    assert differs
    assert any(rule == "LR301" for rule, _ in seen)
    assert any(rule == "LR201" and line for rule, line in seen)


def test_a_traced_run_joins_the_closure(tmp_path: Path, unlith: Any) -> None:  # noqa: F811
    result = unlith(project(tmp_path), "survey", "GET /late", "--quick", "--trace", "--json")

    assert result.json["routes"][0]["closure"]["traced"] == ["app"]


TESTED = """
from flask import Flask, Response
import importlib
app = Flask(__name__)

@app.get("/a")
def a():
    return importlib.import_module("plug" + "in").f()

@app.get("/b")
def b():
    import other
    return other.f() if app.testing else ""

@app.get("/d")
def dispatched():
    import spare
    return spare.f()

@app.post("/stream")
def stream():
    def parts():
        import late
        yield late.f()
    return Response(parts())
"""


def app_with_tests(folder: Path, tests: str) -> Path:
    for name in ("plugin", "other", "late", "spare"):
        (folder / f"{name}.py").write_text("def f(): return 'x'\n", "utf-8")
    (folder / "tests").mkdir()
    (folder / "tests/test_app.py").write_text(
        "from app import app\nclient = app.test_client()\n" + tests, "utf-8"
    )
    return project(folder, TESTED)


def test_the_apps_own_tests_are_joined(tmp_path: Path, unlith: Any) -> None:  # noqa: F811
    tests = (
        "def test_a(): assert client.get('/a').text == 'x'\n"
        "def test_b(): assert client.get('/b').text == ''\n"
        "def test_s(): assert client.post('/stream').text == 'x'\n"
        "def test_never(): assert client.get('/nowhere').status_code == 404\n"
        "def test_d():\n    with app.test_request_context('/d'):\n"
        "        assert app.full_dispatch_request().text == 'x'\n"
    )

    result = unlith(
        app_with_tests(tmp_path, tests), "survey", "--quick", "--json", "--trace-tests", "tests"
    )

    closures = {route["route"]: route["closure"] for route in result.json["routes"]}
    assert closures["GET /a"]["traced"] == ["app", "plugin"]
    assert closures["GET /a"]["needed"] == ["plugin"]
    assert any(
        one.startswith("plugin: ran in a traced run") for one in closures["GET /a"]["unknown"]
    )
    assert closures["GET /b"]["traced"] == ["app"]
    assert "other" in closures["GET /b"]["needed"]
    assert closures["POST /stream"]["traced"] == ["app", "late"]
    assert closures["GET /d"]["traced"] == ["app", "spare"]
    assert "the tests served 4 endpoints" in result.err
    shown = unlith(tmp_path, "survey", "GET /b", "--quick").out
    assert "ran in a traced run (1): app" in shown
    assert "never ran in it (1): other" in shown


def test_failing_tests_are_told_and_joined(tmp_path: Path, unlith: Any) -> None:  # noqa: F811
    tests = "def test_a(): assert client.get('/a').text == 'y'\n"

    result = unlith(app_with_tests(tmp_path, tests), "survey", "--quick", "--trace-tests", "tests")

    assert result.code == 0
    assert "some of the tests failed" in result.err


@pytest.mark.parametrize(
    ("tests", "arguments", "said"),
    [
        ("def test_x(): pass\n", "tests", "served no route (pytest ended with 0)"),
        ("def test_x(): pass\n", "nowhere", "nowhere"),
        ("import missing_thing\n", "tests", "No module named 'missing_thing'"),
    ],
)
def test_tests_that_trace_nothing_are_an_error(
    tmp_path: Path,
    unlith: Any,  # noqa: F811
    tests: str,
    arguments: str,
    said: str,
) -> None:
    result = unlith(
        app_with_tests(tmp_path, tests), "survey", "--quick", "--trace-tests", arguments
    )

    assert result.code == 3
    assert said in result.err


def test_made_up_requests_change_nothing(tmp_path: Path, unlith: Any) -> None:  # noqa: F811
    text = (
        "from flask import Flask, request\napp = Flask(__name__)\n"
        "@app.route('/', methods=['GET', 'POST', 'PUT', 'DELETE'])\n"
        "def all():\n    open('asked', 'a').write(request.method + ' ')\n    return ''\n"
    )

    unlith(project(tmp_path, text), "survey", "--quick", "--trace")

    assert set((tmp_path / "asked").read_text().split()) == {"GET", "HEAD"}


def test_sarif_names_rules_places_and_reasons(tmp_path: Path, unlith: Any) -> None:  # noqa: F811
    text = APP.replace('get("q")', 'get("q")  # unlith: ignore[LR101] a cache')

    (run,) = unlith(project(tmp_path, text), "survey", "--quick", "--sarif").json["runs"]

    (result,) = [r for r in run["results"] if r["ruleId"] == "LR101"]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"].endswith("app.py")
    assert result["suppressions"] == [{"kind": "inSource", "justification": "a cache"}]
    assert {rule["id"] for rule in run["tool"]["driver"]["rules"]} >= {"LR101"}


def test_one_route_is_shown_in_full_and_drawn(tmp_path: Path, unlith: Any) -> None:  # noqa: F811
    picture = tmp_path / "route.svg"

    result = unlith(project(tmp_path), "survey", "GET /seen/<name>", "--svg", str(picture))

    assert "request: args.q" in result.out
    assert "LR101 error" in result.out
    assert "cold start" in result.out
    assert ET.fromstring(picture.read_text()).tag.endswith("svg")  # noqa: S314  # our own file


def test_an_access_log_gives_each_route_its_share(tmp_path: Path, unlith: Any) -> None:  # noqa: F811
    log = tmp_path / "access.log"
    log.write_text('1.1.1.1 - - [x] "GET /seen/a?q=1 HTTP/1.1" 200 5\n' * 3
                   + '1.1.1.1 - - [x] "GET /late HTTP/1.1" 200 5\n')  # fmt: skip

    result = unlith(
        project(tmp_path), "survey", "--json", "--access-log", str(log), "--traffic", "4000"
    )

    counted = {one["route"]: one["requests"] for one in result.json["predictions"]}
    assert counted["GET /seen/<name>"] == 3000
    assert counted["GET /late"] == 1000


def test_the_reference_of_rules_is_fresh() -> None:
    page = (ROOT / "docs/reference/rules.md").read_text("utf-8")

    assert page == reference(all_rules()), "python -m unlith.backends.readiness.reference"


def test_the_published_schema_is_fresh() -> None:
    kept = json.loads((ROOT / "docs/reference/survey.schema.json").read_text("utf-8"))

    assert kept == schema()


HELD = """
import functools, importlib
from flask import Flask, current_app
from flask.views import MethodView
import parts
app = Flask(__name__)
app.store = importlib.import_module("sto" + "rage").make()

def two(view):
    def explain(): return "no"
    def inner(**values):
        return view(**values) or explain()
    return inner

@app.get("/two")
@two
def wrapped():
    return parts.wrapped()

def made(service):
    def view(): return service()
    return view

app.add_url_rule("/made", "made", made(parts.handed))
app.add_url_rule("/partial", "partial", functools.partial(made, parts.partial))

class Called:
    def __init__(self, inner): self.inner = inner
    def __call__(self): return self.inner["x"]()
app.add_url_rule("/called", "called", Called({"x": parts.called}))

@app.get("/store")
def store():
    with current_app.store.open_it() as item:
        return item.text()

class Base(MethodView):
    def get(self): return self.answer()

class Mixin:
    @two
    def get(self): return super().get()

class View(Mixin, Base):
    def answer(self): return parts.answered()
app.add_url_rule("/class", view_func=View.as_view("class"))

@app.before_request
@two
def hook(): parts.hooked()
"""
PARTS = "".join(
    f"def {name}():\n    import m_{name}\n    return m_{name}.f()\n"
    for name in ("wrapped", "handed", "partial", "called", "answered", "hooked")
)


def test_what_only_the_live_app_tells_is_in_the_closure(tmp_path: Path, unlith: Any) -> None:  # noqa: F811
    (tmp_path / "parts.py").write_text(PARTS, "utf-8")
    (tmp_path / "storage.py").write_text(
        "import items\nclass Store:\n    def open_it(self): return items.Item()\n"
        "def make(): return Store()\n"
    )
    (tmp_path / "items.py").write_text(
        "class Item:\n    def __enter__(self): return self\n    def __exit__(self, *e): pass\n"
        "    def text(self): return 'x'\n"
    )
    for name in ("wrapped", "handed", "partial", "called", "answered", "hooked"):
        (tmp_path / f"m_{name}.py").write_text("def f(): pass\n")

    found = unlith(project(tmp_path, HELD), "survey", "--quick", "--json").json

    used = {one["route"]: {*one["closure"]["needed"], *one["closure"]["shared"]}
            for one in found["routes"]}  # fmt: skip
    assert "m_wrapped" in used["GET /two"]
    assert "m_handed" in used["GET /made"]
    assert "m_partial" in used["GET /partial"]
    assert "m_called" in used["GET /called"]
    assert "m_answered" in used["GET /class"]
    assert {"storage", "items"} <= used["GET /store"]
    assert all("m_hooked" in modules for modules in used.values())
    assert "storage:Store" in found["made"]


VIEWS = """
import functools
from flask import Blueprint, Flask
from flask.views import MethodView, View
app = Flask(__name__, host_matching=True, static_host="static.test")

def kept(view):
    @functools.wraps(view)
    def inner(**values): return view(**values)
    return inner

class Page(MethodView):
    decorators = [kept]
    init_every_request = False
    def __init__(self, work): self.work = work
    def get(self): return self.work()
    def delete(self): return ""
app.add_url_rule("/page", view_func=Page.as_view("page", lambda: "x"), host="a.test")

class Plain(View):
    methods = ["POST"]
    def dispatch_request(self): return ""
app.add_url_rule("/plain", view_func=kept(Plain.as_view("plain")), host="<tenant>.test")

outer = Blueprint("outer", __name__, url_prefix="/o")
inner = Blueprint("inner", __name__, url_prefix="/i")
@inner.route("/x", host="a.test", provide_automatic_options=False, methods=["GET", "OPTIONS"])
def x(): return ""
@outer.before_request
def before(): pass
outer.register_blueprint(inner)
app.register_blueprint(outer)
app.add_url_rule("/ws", "ws", lambda: "", host="a.test", websocket=True)
"""


def test_odd_views_are_told_whole(tmp_path: Path, unlith: Any) -> None:  # noqa: F811
    found = unlith(project(tmp_path, VIEWS), "survey", "--quick", "--json").json
    rules = {rule["rule"]: rule for rule in found["rules"]}

    page, plain, nested = rules["/page"], rules["/plain"], rules["/o/i/x"]
    assert (page["kind"], page["host"]) == ("class", "a.test")
    assert [h[0] for h in page["handlers"]] == ["DELETE", "GET", "HEAD"]
    assert "kept" in [d["qualname"] for d in page["decorators"]]
    assert [d["qualname"] for d in page["holds"]] == ["<lambda>", "Page"]
    assert (plain["kind"], plain["host"]) == ("class", "<tenant>.test")
    assert plain["wrappers"] == ["kept.<locals>.inner"]
    assert [h[1]["qualname"] for h in plain["handlers"]] == ["Plain.dispatch_request"]
    assert nested["blueprints"] == ["outer.inner", "outer"]
    assert nested["auto_options"] is False
    assert rules["/ws"]["websocket"] is True
    assert rules["/static/<path:filename>"]["kind"] == "static"
    shown = unlith(tmp_path, "survey", "GET /o/i/x", "--quick").out
    assert "before_request [outer] app:before" in shown
    assert "OPTIONS       not answered by Flask itself" in shown
    assert "serves        a websocket" in unlith(tmp_path, "survey", "GET /ws", "--quick").out
