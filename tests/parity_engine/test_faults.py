"""Faults that a plain written request does not show: probes and effects must find each one."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from unlith.backends.local.hosts import WorkerHosts
from unlith.backends.local.sandbox import FileState
from unlith.backends.local.scratch import scratch
from unlith.backends.local.sides import FacadeSide, MonolithSide
from unlith.domain.gateways import GATEWAYS
from unlith.domain.route import Route
from unlith.domain.verdict import ParityResult, Verdict
from unlith.files.parity_toml import cases_from_toml
from unlith.ports import FunctionSpec
from unlith.usecases.parity import Subject, parity

RUNTIME = Path(__file__).parents[2] / "adapters"

APP = """
import gzip, json, os, sqlite3, time
from flask import Flask, Response, abort, jsonify, redirect, request, url_for

FAULT = os.environ.get("FAULT", "")
app = Flask(__name__)
app.json.sort_keys = False
CACHE = {}


def db():
    connection = sqlite3.connect("app.db")
    connection.execute("create table if not exists notes (id integer primary key, text, owner)")
    connection.execute("create table if not exists log (id integer primary key, what)")
    return connection


@app.before_request
def key():
    if request.path.startswith("/notes"):
        wanted = request.headers.get("Authorization")
        if FAULT == "any key works" and wanted:
            return
        if FAULT == "HEAD lets all in" and request.method == "HEAD":
            return
        if wanted != "Bearer k":
            abort(401)


@app.errorhandler(404)
def lost(error):
    if FAULT == "404 as text":
        return "not found\\n", 404
    return jsonify(error="not found"), 404


@app.get("/items/<name>")
def item(name):
    if FAULT == "name lower-cased":
        name = name.lower()
    if FAULT == "long names cut":
        name = name[:255]
    if name == "nothing-has-this" and FAULT != "unknown is fine":
        abort(404)
    counted = name.encode() if FAULT == "bytes for letters" else name
    return jsonify(name=name, size=len(counted))


@app.get("/page/<int:number>")
def page(number):
    if FAULT == "32 bits":
        number = (number + 2**31) % 2**32 - 2**31
    if FAULT == "zero is one":
        number = number or 1
    first = (number - 1) * 10
    last = first + (11 if FAULT == "off by one" else 10)
    return jsonify(page=number, items=[] if number > 10**6 else list(range(first, last)))


@app.get("/search")
def search():
    tags = request.args.getlist("tag")
    if FAULT == "last tag only":
        tags = tags[-1:]
    if FAULT == "blank is missing":
        tags = [tag for tag in tags if tag]
    if FAULT == "unknown keys refused" and set(request.args) - {"tag", "q"}:
        abort(400)
    q = request.args.get("q")
    if FAULT == "missing is blank":
        q = q or ""
    if FAULT == "q stripped":
        q = q and q.strip()
    return jsonify(tags=tags, q=q)


@app.get("/go/<int:id>")
def go(id):
    target = url_for("item", name=str(id), _external=FAULT == "absolute location")
    return redirect(target, 303 if FAULT == "303 for 302" else 302)


@app.get("/etag/<int:id>")
def etag(id):
    response = jsonify(id=id)
    response.set_etag(str(id))
    if FAULT != "304 lost":
        response.make_conditional(request)
    if FAULT == "html wanted" and "text/html" in request.headers.get("Accept", ""):
        return "<p>html</p>"
    if FAULT == "host believed" and request.host != "localhost":
        response.headers["X-Host"] = request.host
    if FAULT == "zipped" and "gzip" in request.headers.get("Accept-Encoding", ""):
        response.set_data(gzip.compress(response.get_data()))
        response.headers["Content-Encoding"] = "gzip"
    return response


@app.post("/notes")
def add():
    try:
        asked = request.get_json(silent=FAULT == "malformed is empty", force=FAULT == "any type")
    except Exception:
        if FAULT == "500 for malformed":
            return "oops", 500
        if FAULT == "leaked exception":
            return jsonify(error=repr(request.get_data())), 400
        raise
    asked = asked or {}
    if not isinstance(asked, dict):
        abort(422)
    text = asked.get("text")
    if FAULT != "null text" and not isinstance(text, str):
        abort(422)
    if not text and FAULT != "blank text":
        abort(422)
    if FAULT == "unknown fields refused" and set(asked) - {"text", "owner"}:
        abort(422)
    text = text.strip() if FAULT == "text stripped" and text else text
    with db() as connection:
        if FAULT != "order of writes lost":
            connection.execute("insert into log (what) values ('begun')")
        cursor = connection.execute(
            "insert into notes (text, owner) values (?, ?)",
            (text, asked.get("owner", "nobody" if FAULT == "default owner" else None)),
        )
        if FAULT == "second time ignored" and cursor.lastrowid > 1:
            connection.rollback()
        if FAULT == "extra log":
            connection.execute("insert into log (what) values ('done')")
    if FAULT == "file written":
        open("trace.txt", "w").close()
    response = jsonify(id=cursor.lastrowid, text=text)
    return response, 201, {"Location": f"/notes/{cursor.lastrowid}"}


app.add_url_rule("/notes/<int:id>", "note", lambda id: jsonify(id=id))


@app.put("/notes/<int:id>/level")
def level(id):
    level = request.get_json()["level"]
    level -= FAULT == "thirty is one too low" and level == 30
    with db() as connection:
        connection.execute("insert into log (what) values (?)", (level,))
    return jsonify(level=level)


@app.get("/cached/<int:id>")
def cached(id):
    if FAULT == "cached for ever" and "x" in CACHE:
        return CACHE["x"]
    CACHE["x"] = jsonify(id=id, q=request.args.get("q"))
    return CACHE["x"]
"""

REQUESTS = {
    "GET /items/<name>": 'target = "/items/Lamp"',
    "GET /page/<int:number>": 'target = "/page/2"',
    "GET /search": 'target = "/search?tag=a&q=b"',
    "GET /go/<int:id>": 'target = "/go/5"',
    "GET /etag/<int:id>": 'target = "/etag/5"',
    "GET /cached/<int:id>": 'target = "/cached/5"',
    "GET /notes/<int:id>": 'target = "/notes/1"\nheaders = { Authorization = "Bearer k" }',
    "PUT /notes/<int:id>/level": """method = "PUT"\ntarget = "/notes/1/level"
headers = { Authorization = "Bearer k" }
json = { level = 30 }""",
    "POST /notes": """method = "POST"
target = "/notes"
headers = { Authorization = "Bearer k" }
json = { text = "hello" }""",
}

FAULTS = {
    "GET /items/<name>": "404 as text|name lower-cased|long names cut|unknown is fine"
    "|bytes for letters",
    "GET /page/<int:number>": "32 bits|zero is one|off by one",
    "GET /search": "last tag only|blank is missing|unknown keys refused|missing is blank"
    "|q stripped",
    "GET /go/<int:id>": "absolute location|303 for 302",
    "GET /etag/<int:id>": "304 lost|html wanted|host believed|zipped",
    "GET /cached/<int:id>": "cached for ever",
    "GET /notes/<int:id>": "HEAD lets all in",
    "PUT /notes/<int:id>/level": "thirty is one too low",
    "POST /notes": "any key works|malformed is empty|any type|500 for malformed"
    "|leaked exception|null text|blank text|unknown fields refused|text stripped"
    "|order of writes lost|default owner|second time ignored|extra log|file written",
}

Compare = Callable[[str, str], ParityResult]


class Silent:
    """A reporter for tests."""

    def step(self, message: str) -> None:
        pass

    def warn(self, message: str) -> None:
        pass

    def progress(self, items: object, *, total: int, label: str) -> object:
        return items


@pytest.fixture(scope="module")
def compare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Compare]:
    """Give ``compare(route, fault)``; both monoliths are imported once."""
    folder, hosts = scratch(tmp_path_factory.mktemp("faults")), WorkerHosts()
    (folder / "wide.py").write_text(APP, "utf-8")
    (folder / "wide_whole.py").write_text(
        "from unlith_runtime.whole import make_handler\nhandler = make_handler('wide:app')\n"
    )

    def spec(side: str, fault: str = "") -> FunctionSpec:
        (folder / side).mkdir(exist_ok=True)
        return FunctionSpec(
            name=side,
            handler="wide_whole.handler",
            paths=(folder, RUNTIME),
            cwd=folder / side,
            environ={"FAULT": fault},
            offline=True,
        )

    gateway = GATEWAYS["http-v2"]
    control = MonolithSide(
        hosts.host(spec("control")), FileState(folder / "control", ["."]), gateway
    )
    control.prepare()
    monolith, state = hosts.host(spec("candidate")), FileState(folder / "candidate", ["."])

    def run(route: str, fault: str) -> ParityResult:
        routes = (Route.parse(route),)
        text = f'[[session]]\nname = "plain"\n[[session.request]]\n{REQUESTS[route]}\n'
        cases = cases_from_toml(text, "tests/parity/wide.toml")
        function = hosts.host(spec("candidate", fault))
        side = FacadeSide(monolith, function, routes, state, gateway)
        side.prepare(control.base)
        try:
            return parity(
                Subject("wide", routes),
                cases,
                control,
                side,
                reporter=Silent(),  # type: ignore[arg-type]  # gives its items back
            )
        finally:
            function.close()

    yield run
    hosts.close()
    shutil.rmtree(folder)


@pytest.mark.parametrize("route", REQUESTS)
def test_without_a_fault_both_are_the_same(compare: Compare, route: str) -> None:
    result = compare(route, "")

    assert result.differences == ()
    assert result.verdict is Verdict.SAME


@pytest.mark.parametrize(
    ("route", "fault"),
    [(route, fault) for route, faults in FAULTS.items() for fault in faults.split("|")],
)
def test_a_fault_is_found_with_a_short_reproduction(
    compare: Compare, route: str, fault: str
) -> None:
    result = compare(route, fault)

    assert result.verdict is Verdict.DIFFERENT
    for one in result.differences:
        assert one.requests <= 2
        assert len(one.curl.splitlines()) == one.requests
        assert max(map(len, one.curl.splitlines())) < (400 if fault == "long names cut" else 200)
