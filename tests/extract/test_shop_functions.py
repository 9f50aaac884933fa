"""The shop's three functions: as generated, without Flask, and with the monolith's answers."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client

import shop
from shop import seed
from shop.web import create_app
from unlith.backends.carrier.carrier import FileCarrier
from unlith.backends.flask_inspector import FlaskInspector
from unlith.domain.function import Level
from unlith.files.function_toml import read_functions
from unlith.files.settings import read_settings

ROOT = Path(shop.__file__).parents[2]
NAMES = ("articles_search_get", "order_total_get", "stock_put")
FORBIDDEN = ("flask", "werkzeug", "jinja2", "click", "shop.web", "itsdangerous", "awsgi")


def test_the_committed_functions_are_what_the_extractor_writes() -> None:
    settings = read_settings(ROOT)
    survey = FlaskInspector(settings).inspect()
    functions = {f.name: f for f in read_functions(settings.extracted)}
    assert set(NAMES) <= set(functions)

    for name in NAMES:
        rules = tuple(survey.find(route) for route in functions[name].routes)
        carried = FileCarrier(settings).carry(survey, rules, name, Level.PURE)

        folder = settings.extracted / name
        written = {f.name: f.read_text("utf-8") for f in folder.glob("*.py") if f.stat().st_size}
        assert carried.blockers == ()
        assert written == carried.files
        assert functions[name].sources == carried.sources
        assert functions[name].environ == carried.environ


@pytest.mark.parametrize("name", NAMES)
def test_a_function_imports_nothing_of_flask(name: str, tmp_path: Path) -> None:
    event = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/api/nothing",
        "rawQueryString": "",
        "headers": {"host": "h"},
        "requestContext": {"http": {"method": "GET", "path": "/", "sourceIp": "127.0.0.1"}},
        "isBase64Encoded": False,
    }
    code = (
        "import json, sys, importlib\n"
        f"handler = importlib.import_module({name + '.handler'!r}).handler\n"
        f"answer = handler({event!r}, None)\n"
        f"bad = [m for m in {FORBIDDEN!r} if m in sys.modules]\n"
        "print(json.dumps([answer['statusCode'], bad]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={
            "PYTHONPATH": ":".join(str(ROOT / n) for n in ("extracted", "monolith", "adapters")),
            "SECRET_KEY": "k",
            "SHOP_DATABASE": str(tmp_path / "s.sqlite3"),
        },
        capture_output=True,
        check=False,
        text=True,
    )

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [404, []]


class Sides:
    """The monolith and one function, each on a database of its own in the same state."""

    def __init__(self, folder: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        for side in ("monolith", "function"):
            monkeypatch.setenv("SHOP_DATABASE", str(folder / f"{side}.sqlite3"))
            seed.main()
        environ = {"SHOP_DATABASE": str(folder / "monolith.sqlite3"), "SECRET_KEY": "k"}
        self.app = create_app(environ)
        self.monolith = self.app.test_client()
        monkeypatch.setenv("SECRET_KEY", "k")
        for module in [m for m in sys.modules if m.split(".")[0] == name]:
            del sys.modules[module]
        function = importlib.import_module(f"{name}.handler").function
        self.function = Client(function, use_cookies=False)

    def log_in(self, name: str) -> dict[str, str]:
        data = {"email": f"{name}@shop.example", "password": f"{name}-likes-tea"}
        answer = self.app.test_client().post("/api/session", json=data)
        cookie = next(c for c in answer.headers.getlist("Set-Cookie") if "shop_session" in c)
        return {"Cookie": cookie.partition(";")[0]}

    def both(self, method: str, path: str, headers: dict[str, str], **body: Any) -> Any:
        headers = {"X-Request-Id": "request-0001", **headers}
        answers = []
        for client in (self.app.test_client(use_cookies=False), self.function):
            answer = client.open(path, method=method, headers=headers, **body)
            kept = [(k, v) for k, v in answer.headers if k not in ("Date", "Allow")]
            allow = sorted(answer.headers.get("Allow", "").split(", "))
            answers.append((answer.status, sorted(kept), allow, answer.data))
        return answers


@pytest.fixture
def side_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    return lambda name: Sides(tmp_path, name, monkeypatch)


TOTALS = ["/api/orders/1/total", "/api/orders/3/total", "/api/orders/99/total"]
TOTALS += ["/api/orders/x/total", "/api/orders/1/total/", "/api//orders/1/total"]
TOTALS += ["/api/orders/1/total?a=%FF&b=é", "/api/orders/-1/total", "/api/orders/01/total"]


@pytest.mark.parametrize("user", ["", "ada", "ben", "cleo", "forged"])
def test_the_total_is_the_monoliths(side_of: Any, user: str) -> None:
    sides = side_of("order_total_get")
    headers = {"": {}, "forged": {"Cookie": "shop_session=eyJ1c2VyX2lkIjoiMSJ9.aaaa.bbbb"}}
    sent = headers[user] if user in headers else sides.log_in(user)

    for path in TOTALS:
        for method in ("GET", "HEAD", "POST", "DELETE", "OPTIONS"):
            monolith, function = sides.both(method, path, sent)
            assert function == monolith, (method, path)


SEARCHES = ["", "?q=tea", "?q=TEA&tag=green&tag=loose", "?tag=&tag=coffee&per_page=1&page=2"]
SEARCHES += ["?page=x", "?page=9999", "?per_page=0", "?sort=title", "?sort=nonsense", "?q=%E6%8A"]
SEARCHES += ["?q=抹茶", "?q=a&q=b", "?page=٣", "?&&=&q", "?q=%00", "?q=a+b%2Bc"]


def test_the_search_is_the_monoliths(side_of: Any) -> None:
    sides = side_of("articles_search_get")

    for query in SEARCHES:
        monolith, function = sides.both("GET", f"/api/articles/search{query}", {})
        assert function == monolith, query
        etag = dict(monolith[1]).get("Etag") or dict(monolith[1]).get("ETag", "")
        for sent in ({"If-None-Match": etag}, {"If-None-Match": 'W/"x", *'}, {"If-Match": '"x"'}):
            monolith, function = sides.both("GET", f"/api/articles/search{query}", sent)
            assert function == monolith, (query, sent)
    assert sides.both("GET", "/api/articles/search", {"If-None-Match": "*"})[1][0][:3] == "304"


BODIES: list[dict[str, Any]] = [
    {"json": {"level": 5}},
    {"json": {"level": 1}},
    {"json": {"level": -1}},
    {"json": {"level": "7"}},
    {"json": {"level": 1.5}},
    {"json": {}},
    {"json": [1]},
    {"data": b"{", "content_type": "application/json"},
    {"data": b"", "content_type": "application/json"},
    {"data": b'{"level": 3}', "content_type": "application/vnd.x+json; charset=utf-8"},
    {"data": b'{"level": 3}', "content_type": "text/plain"},
    {"data": {"level": "3"}},
    {},
    {"data": b"\xff\xfe", "content_type": "application/json"},
    {"data": b"1" * 3_000_000, "content_type": "application/json"},
]


@pytest.mark.parametrize("user", ["ada", "ben", ""])
def test_setting_stock_is_the_monoliths(side_of: Any, user: str) -> None:
    sides = side_of("stock_put")
    sent = sides.log_in(user) if user else {}

    for path in ("/api/stock/TEA-001", "/api/stock/tea-002", "/api/stock/NOP-999", "/api/stock/x"):
        for body in BODIES:
            monolith, function = sides.both("PUT", path, sent, **body)
            assert function == monolith, (path, body)


def test_a_route_of_the_monolith_is_misdirected(side_of: Any) -> None:
    _, function = side_of("stock_put").both("GET", "/api/stock/TEA-001", {})

    assert function[0].startswith("421")
