"""A tiny Flask app, a function for one of its routes, and both sides over states of their own."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from unlith.backends.local.hosts import WorkerHosts
from unlith.backends.local.launch import epoch_ns
from unlith.backends.local.sandbox import FileState
from unlith.backends.local.scratch import scratch
from unlith.backends.local.sides import FacadeSide, MonolithSide
from unlith.domain.gateways import GATEWAYS
from unlith.domain.route import Route
from unlith.domain.verdict import ParityResult
from unlith.files.parity_toml import cases_from_toml
from unlith.ports import FunctionSpec
from unlith.usecases.parity import Subject, parity
from unlith.usecases.plan import Asked

RUNTIME = Path(__file__).parents[2] / "adapters"

APP = """
import datetime, json, os, random, sqlite3, threading, uuid
from flask import Flask, abort, g, jsonify, make_response, redirect, request, session

FAULT = os.environ.get("FAULT", "")
STARTED = datetime.datetime.now(datetime.UTC)
UUID = "7c9e6679-7425-40de-944b-e07fc1f90afe"


def create_app():
    app = Flask(__name__)
    app.secret_key = "for tests"
    with db() as connection:
        connection.execute(
            "create table if not exists orders (id integer primary key, item text, n integer)"
        )

    @app.before_request
    def who():
        if request.path.startswith("/orders") and "user" not in session:
            if not (FAULT == "lost auth"
                    or (FAULT == "lost auth on HEAD" and request.method == "HEAD")):
                abort(401)

    @app.errorhandler(401)
    def no(error):
        return jsonify(error="who are you?"), 401

    @app.post("/login")
    def login():
        session["user"] = request.form["name"]
        return redirect("/")

    @app.get("/orders/<int:id>")
    def show(id):
        with db() as connection:
            row = connection.execute("select * from orders where id = ?", (id,)).fetchone()
        if row is None:
            abort(404)
        return answer({"id": row[0], "item": row[1], "n": row[2], "price": 1.5, "note": "é"})

    @app.post("/orders")
    def place():
        asked = request.get_json()
        if not isinstance(asked.get("n"), int) or asked["n"] < 1:
            return jsonify(error="n"), 422
        if FAULT != "lost write":
            insert(asked)
        if FAULT == "doubled write":
            insert(asked)
        return answer({"placed": asked["item"], "at": now(),
                       "ref": UUID if FAULT == "constant id" else str(uuid.uuid4())}, 201)

    @app.get("/noise")
    def noise():
        numbers = list(range(6))
        random.shuffle(numbers)
        return jsonify(
            at=now(), ref=uuid.uuid4().hex, shuffled=numbers,
            toss=random.random() < 0.5 or FAULT == "constant toss",
            second=datetime.datetime.now().strftime("%Y-%m-%dT%H:%M:%S"),
            epoch=int(datetime.datetime.now().timestamp()),
            code="1234567" if FAULT == "constant code" else str(random.randint(10**6, 10**7)),
        )

    @app.get("/page")
    def page():
        token = "0" * 32 if FAULT == "constant token" else uuid.uuid4().hex
        return f"<form><input name=csrf value={token}></form>\\n<p>{now()}</p>\\n"

    return app


def insert(asked):
    with db() as connection:
        connection.execute(
            "insert into orders (item, n) values (?, ?)",
            (asked["item"], asked["n"] + (FAULT == "other value written")),
        )


def db():
    return sqlite3.connect("data/app.db")


def now():
    if FAULT == "stopped clock":
        return STARTED.isoformat(timespec="microseconds")
    if FAULT == "zone lost":
        return datetime.datetime.now(datetime.UTC).replace(tzinfo=None).isoformat()
    if FAULT == "precision lost":
        return datetime.datetime.now(datetime.UTC).replace(microsecond=0).isoformat()
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="microseconds")


def answer(value, status=200):
    if FAULT == "number type":
        value = {k: float(v) if k in ("id", "n") else v for k, v in value.items()}
    if FAULT == "number as text":
        value = {k: str(v) if k == "n" else v for k, v in value.items()}
    if FAULT == "json key":
        value = {("item_name" if k == "item" else k): v for k, v in value.items()}
    if FAULT == "json key dropped":
        value.pop("price", None)
    if FAULT == "null for missing":
        value["extra"] = None
    text = json.dumps(value, sort_keys=FAULT != "key order", ensure_ascii=FAULT != "escapes")
    if FAULT == "white space":
        text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    response = make_response(text + ("" if FAULT == "trailing newline" else "\\n"))
    response.mimetype = "application/json"
    if FAULT == "charset":
        response.headers["Content-Type"] = "application/json; charset=utf-8"
    response.status_code = 200 if FAULT == "status" else status
    if FAULT != "header":
        response.headers["X-Orders"] = "1"
    if FAULT != "etag":
        response.add_etag()
        response.make_conditional(request)
    response.set_cookie("seen", "1", httponly=FAULT != "cookie attribute", samesite="Lax")
    if FAULT == "cookie lost":
        response.headers.remove("Set-Cookie")
    response.headers.add("Vary", "Accept")
    if FAULT == "header value lost":
        response.headers.remove("Vary")
    return response
"""

HANDLER = """
from unlith_runtime.whole import make_handler
handler = make_handler("tiny:create_app()")
"""

CASES = """
[[session]]
name = "somebody orders"
[[session.request]]
method = "POST"
target = "/login"
form = { name = "ben" }
[[session.request]]
method = "POST"
target = "/orders"
json = { item = "tea", n = 2 }
[[session.request]]
target = "/orders/1"
[[session.request]]
target = "/noise"
[[session.request]]
target = "/page"
"""

Compare = Callable[..., ParityResult]


class Silent:
    """A reporter for tests."""

    def step(self, message: str) -> None:
        pass

    def warn(self, message: str) -> None:
        pass

    def progress(self, items: object, *, total: int, label: str) -> object:
        return items


@pytest.fixture(scope="session")
def hosts() -> Iterator[WorkerHosts]:
    made = WorkerHosts()
    yield made
    made.close()


@pytest.fixture(scope="session")
def code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("code")
    (folder / "tiny.py").write_text(APP, "utf-8")
    (folder / "tiny_whole.py").write_text(HANDLER, "utf-8")
    return folder


@pytest.fixture
def compare_fault(tmp_path: Path, code: Path) -> Iterator[Compare]:
    """Give ``compare(fault, routes, cases)``: the function is the app with a fault."""
    hosts, folder = WorkerHosts(), scratch(tmp_path)

    def spec(name: str, side: str, fault: str, epoch: int | None = None) -> FunctionSpec:
        return FunctionSpec(
            name=name,
            handler="tiny_whole.handler",
            paths=(code, RUNTIME),
            cwd=folder / side,
            environ={"FAULT": fault},
            settle_s=1.0,
            offline=True,
            epoch_ns=epoch,
        )

    def compare(
        fault: str = "",
        *,
        routes: str = "GET /orders/<int:id>|POST /orders|GET /noise|GET /page",
        cases: str = CASES,
        with_probes: bool = False,
        is_pinned: bool = True,
    ) -> ParityResult:
        states, epoch = {}, epoch_ns() if is_pinned else None
        for side in ("control", "candidate"):
            (folder / side / "data").mkdir(parents=True)
            states[side] = FileState(folder / side, ["data"])
        served = tuple(map(Route.parse, routes.split("|")))
        gateway = GATEWAYS["http-v2"]
        control = MonolithSide(
            hosts.host(spec("control", "control", "", epoch)), states["control"], gateway
        )
        candidate = FacadeSide(
            hosts.host(spec("monolith", "candidate", "", epoch)),
            hosts.host(spec("function", "candidate", fault, epoch)),
            served,
            states["candidate"],
            gateway,
        )
        control.prepare()
        candidate.prepare(control.base)
        return parity(
            Subject("orders", served),
            cases_from_toml(textwrap.dedent(cases), "tests/parity/orders.toml"),
            control,
            candidate,
            reporter=Silent(),  # type: ignore[arg-type]  # gives its items back
            asked=Asked(with_probes),
        )

    yield compare
    hosts.close()
    shutil.rmtree(folder)
