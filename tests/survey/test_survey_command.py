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
    assert [d["qualname"] for d in things["decorators"]] == ["guarded"]
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
        ("import os\nos.environ['NEEDED_BY_APP']\n", "KeyError: 'NEEDED_BY_APP'"),
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
    assert "reading alone finds 5 routes" in result.err
    assert "inspect_child" not in result.err


@pytest.mark.parametrize(
    "text",
    [
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
