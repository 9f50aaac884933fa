"""The facade with real workers: who answers, and what happens when something is wrong."""

from __future__ import annotations

import http.client
import json
import textwrap
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from unlith.backends.local.facade import Facade, Sides
from unlith.backends.local.hosts import WorkerHosts
from unlith.backends.local.server import HttpServer
from unlith.backends.local.shadow import ShadowQueue, shadow_counts
from unlith.backends.local.table_watch import TableWatch
from unlith.backends.table_store import FileTableStore
from unlith.domain.gateways import GATEWAYS
from unlith.ports import FunctionSpec

RUNTIME = Path(__file__).parents[2] / "adapters"

APP = """
import os
from flask import Flask, jsonify, request
from werkzeug.routing import BaseConverter


class Sku(BaseConverter):
    regex = r"[A-Z]{2}-\\d+"


app = Flask(__name__)
app.url_map.converters["sku"] = Sku
ME = os.environ.get("ME", "monolith")


def said(**more):
    return jsonify(me=ME, **more)


@app.get("/orders/<int:id>")
def order(id):
    return said(id=id)

@app.get("/orders/new")
def new():
    return said(new=True)

@app.get("/items/<sku:code>")
def item(code):
    return said(code=code)

@app.get("/items/<name>")
def named(name):
    return said(name=name)

@app.get("/dir/")
def directory():
    return said()

@app.post("/write")
def write():
    with open("written", "a") as file:
        file.write(ME + "\\n")
    if ME != "monolith":
        raise ValueError("after writing")
    return said()

@app.put("/upload")
def upload():
    return said(size=len(request.data), last=request.data[-1] if request.data else None)
"""

HANDLER = """
from unlith_runtime.whole import make_handler
handler = make_handler("small:app")
"""

BOOM = """
import os

def handler(event, context):
    print("said before it failed")
    if event["rawPath"].endswith("9"):
        os._exit(4)
    raise ValueError("a secret of the inside")
"""

TABLE = """
schema = 1
version = {version}
[groups.g]
function = "{function}"
routes = {routes}
phase = "{phase}"
{more}
"""


@dataclass
class Talk:
    """A reporter that remembers."""

    steps: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def step(self, message: str) -> None:
        self.steps.append(message)

    def warn(self, message: str) -> None:
        self.warnings.append(message)

    def progress(self, items: object, *, total: int, label: str) -> object:
        return items


@dataclass
class Running:
    """A facade that serves."""

    url: str
    folder: Path
    talk: Talk
    versions: int = 0

    def ask(
        self, method: str, target: str, body: bytes = b"", **headers: str
    ) -> tuple[http.client.HTTPResponse, bytes]:
        with closing(
            http.client.HTTPConnection(self.url.removeprefix("http://"), timeout=30)
        ) as connection:
            connection.request(method, target, body or None, headers)
            answer = connection.getresponse()
            return answer, answer.read()

    def side(self, method: str, target: str, **headers: str) -> str:
        return str(self.ask(method, target, b"", **headers)[0].headers["X-Unlith-Side"])

    def route(
        self, *routes: str, phase: str = "function", function: str = "fn", more: str = ""
    ) -> None:
        self.versions += 1
        text = TABLE.format(
            version=self.versions,
            function=function,
            routes=json.dumps(routes),
            phase=phase,
            more=more,
        )
        fresh = self.folder / "routes.new"
        fresh.write_text(text, "utf-8")
        fresh.rename(self.folder / "routes.toml")


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    (tmp_path / "small.py").write_text(textwrap.dedent(APP), "utf-8")
    (tmp_path / "small_whole.py").write_text(HANDLER, "utf-8")
    (tmp_path / "broken.py").write_text("import nowhere_to_be_found\n", "utf-8")
    (tmp_path / "boom.py").write_text(BOOM, "utf-8")
    hosts, talk = WorkerHosts(), Talk()

    def spec(name: str, module: str) -> FunctionSpec:
        paths = (tmp_path, RUNTIME)
        return FunctionSpec(name, f"{module}.handler", paths, tmp_path, {"ME": name})

    sides = Sides(
        hosts.host(spec("monolith", "small_whole")),
        {
            "fn": hosts.host(spec("fn", "small_whole")),
            "broken": hosts.host(spec("broken", "broken")),
            "boom": hosts.host(spec("boom", "boom")),
        },
    )
    gateway = GATEWAYS["http-v2"]
    shadow = ShadowQueue(sides, gateway, tmp_path / "shadow.jsonl", talk)  # type: ignore[arg-type]  # remembers
    table = tmp_path / "routes.toml"
    facade = Facade(
        sides,
        TableWatch(table, FileTableStore(table), talk),  # type: ignore[arg-type]  # remembers
        gateway,
        talk,  # type: ignore[arg-type]  # remembers
        shadow=shadow,
        is_debugging=True,
    )
    server = HttpServer(facade.answer)
    thread = threading.Thread(target=server.serve)
    thread.start()
    yield Running(server.url, tmp_path, talk)
    server.close()
    thread.join()
    shadow.close()
    hosts.close()


def test_without_a_table_the_monolith_serves(running: Running) -> None:
    answer, body = running.ask("GET", "/orders/1")

    assert (answer.status, json.loads(body)) == (200, {"id": 1, "me": "monolith"})
    assert answer.headers["X-Unlith-Side"] == "monolith"
    assert answer.headers["X-Unlith-Table"] == "0"


def test_a_changed_table_counts_from_the_next_request_on(running: Running) -> None:
    running.route("GET /orders/<int:id>")
    first = running.ask("GET", "/orders/1")
    running.route("GET /orders/<int:id>", phase="monolith")
    second = running.ask("GET", "/orders/1")

    assert first[0].headers["X-Unlith-Side"] == "function:fn"
    assert json.loads(first[1])["me"] == "fn"
    assert second[0].headers["X-Unlith-Side"] == "monolith"
    assert (first[0].headers["X-Unlith-Table"], second[0].headers["X-Unlith-Table"]) == ("1", "2")


@pytest.mark.parametrize(
    ("method", "target", "side"),
    [
        ("GET", "/orders/1", "function:fn"),
        ("HEAD", "/orders/1", "function:fn"),
        ("GET", "/orders/1?x=/orders/new", "function:fn"),
        ("GET", "/%6Frders/1", "function:fn"),
        ("GET", "/orders/new", "monolith"),
        ("GET", "/orders/x", "monolith"),
        ("GET", "/orders/1/", "monolith"),
        ("GET", "//orders/1", "function:fn"),  # werkzeug strips leading slashes, and so it is
        ("GET", "/orders//1", "monolith"),
        ("POST", "/orders/1", "monolith"),
        ("OPTIONS", "/orders/1", "monolith"),
        ("GET", "/items/AB-1", "function:fn"),
        ("GET", "/items/AB-1%20", "monolith"),
        ("GET", "/items/ab-1", "monolith"),
        ("GET", "/dir/", "function:fn"),
        ("GET", "/dir", "monolith"),
        ("GET", "/nowhere", "monolith"),
    ],
)
def test_the_side_is_the_one_of_the_rule_flask_itself_chooses(
    running: Running, method: str, target: str, side: str
) -> None:
    running.route("GET /orders/<int:id>", "GET /items/<sku:code>", "GET /dir/")

    assert running.side(method, target) == side


def test_a_table_nobody_can_read_leaves_everything_to_the_monolith(running: Running) -> None:
    running.route("GET /orders/<int:id>")
    before = running.side("GET", "/orders/1")
    (running.folder / "routes.toml").write_text("schema = 1\nversion = 'x'\nbogus = 1\n", "utf-8")
    broken = [running.side("GET", "/orders/1") for _ in range(3)]
    warnings = list(running.talk.warnings)
    running.route("GET /orders/<int:id>")

    assert (before, broken) == ("function:fn", ["monolith"] * 3)
    assert len(warnings) == 1
    assert "routes.toml" in warnings[0]
    assert running.side("GET", "/orders/1") == "function:fn"


@pytest.mark.parametrize("function", ["nobody", "broken"])
def test_a_function_that_cannot_run_leaves_its_routes_to_the_monolith(
    running: Running, function: str
) -> None:
    running.route("GET /orders/<int:id>", function=function)

    answers = [running.ask("GET", "/orders/1") for _ in range(3)]

    assert [(a.status, a.headers["X-Unlith-Side"]) for a, _ in answers] == [(200, "monolith")] * 3
    assert len(running.talk.warnings) == 1
    assert function in running.talk.warnings[0]


def test_a_request_that_failed_is_never_tried_on_the_other_side(running: Running) -> None:
    running.route("POST /write", function="fn")

    answer, body = running.ask("POST", "/write")

    # Flask answers its own 500 here; what counts is that nobody wrote twice.
    assert answer.status == 500
    assert b"Traceback" not in body
    assert (running.folder / "written").read_text("utf-8") == "fn\n"


@pytest.mark.parametrize(
    ("target", "words"),
    [("/orders/1", "ValueError: a secret of the inside"), ("/orders/9", "exit status 4")],
)
def test_a_function_that_fails_is_a_502_with_the_gateways_body(
    running: Running, target: str, words: str
) -> None:
    running.route("GET /orders/<int:id>", function="boom")

    answer, body = running.ask("GET", target)

    assert (answer.status, answer.headers["X-Unlith-Side"]) == (502, "function:boom")
    assert json.loads(body) == {"message": "Internal server error"}
    assert words in running.talk.warnings[-1]
    assert "said before it failed" in running.talk.steps[-1]


def test_a_canary_keeps_each_client_on_its_side(running: Running) -> None:
    more = 'share_pct = 50\ncohort = "header:X-User"'
    running.route("GET /orders/<int:id>", phase="canary", more=more)

    sides = {
        user: {running.side("GET", "/orders/1", **{"X-User": user}) for _ in range(3)}
        for user in map(str, range(30))
    }

    assert all(len(seen) == 1 for seen in sides.values())
    count = Counter(next(iter(seen)) for seen in sides.values())
    assert set(count) == {"monolith", "function:fn"}


def test_a_shadow_is_compared_and_counted_but_never_seen(running: Running) -> None:
    running.route("GET /orders/<int:id>", "POST /write", phase="shadow")
    answers = [running.ask("GET", f"/orders/{n}?token=s3cret")[1] for n in range(3)]
    written = running.ask("POST", "/write")
    file = running.folder / "shadow.jsonl"
    deadline = time.monotonic() + 15
    while shadow_counts(file) != {"fn": {"compared": 3, "different": 3}}:
        assert time.monotonic() < deadline, shadow_counts(file)
        time.sleep(0.05)

    assert [json.loads(body)["me"] for body in answers] == ["monolith"] * 3
    assert written[0].status == 200
    assert (running.folder / "written").read_text("utf-8") == "monolith\n"
    line = json.loads(file.read_text("utf-8").splitlines()[0])
    assert line["differences"][0] == {
        "path": "body/me",
        "kind": "value",
        "monolith": "'monolith'",
        "function": "'fn'",
    }
    assert "s3cret" not in file.read_text("utf-8")


def test_bodies_pass_whole_and_too_large_ones_are_refused(running: Running) -> None:
    running.route("PUT /upload")
    data = bytes(range(256)) * 4096

    passed, body = running.ask("PUT", "/upload", data)
    refused, _ = running.ask("PUT", "/upload", b"x" * 6_300_000)

    assert passed.status == 200
    assert json.loads(body) == {"last": 255, "me": "fn", "size": len(data)}
    assert refused.status == 413


def test_every_answer_fits_a_table_that_was_in_force(running: Running) -> None:
    phases = {0: "monolith", 1: "function"}
    running.route("GET /orders/<int:id>", phase=phases[1])
    seen: list[tuple[int, int, str]] = []
    is_over = threading.Event()

    def client() -> None:
        while not is_over.is_set():
            answer, body = running.ask("GET", "/orders/7")
            version = int(answer.headers["X-Unlith-Table"])
            seen.append((answer.status, version, json.loads(body)["me"]))

    threads = [threading.Thread(target=client) for _ in range(3)]
    for thread in threads:
        thread.start()
    for version in range(2, 60):
        running.route("GET /orders/<int:id>", phase=phases[version % 2])
        # However slow the machine is: somebody has asked under every fifth table.
        while version % 5 == 0 and all(seen_version < version for _, seen_version, _ in seen):
            time.sleep(0.001)
    is_over.set()
    for thread in threads:
        thread.join()

    assert {status for status, _, _ in seen} == {200}
    assert {(v % 2, me) for _, v, me in seen} <= {(0, "monolith"), (1, "fn")}
    assert len({version for _, version, _ in seen}) > 5
