"""The app as a whole: how it starts, which routes it has, on which ports it runs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient

from shop import seed
from shop.web import create_app
from shop_adapters import wiring

READS = (
    "/api/articles/search?tag=tea&per_page=2",
    "/api/articles/" + quote("grüner-tee"),
    "/api/comments",
    "/api/stock/",
    "/api/orders",
    "/api/orders/2/total",
    "/api/orders/export.csv",
    "/api/reports/sales/week",
    f"/api/photos/{seed.PHOTO}/thumbnail",
    "/articles/cup",
)
WRITES: tuple[tuple[str, str, object], ...] = (
    ("PUT", "/api/stock/TEA-001", {"level": 1}),
    ("POST", "/api/articles", {"title": "White Tea", "sku": "TEA-9", "price": "15"}),
    ("POST", "/api/articles/cup/comments", {"text": "Fine."}),
    ("POST", "/api/orders/2/cancel", None),
    ("POST", "/api/orders", {"lines": [{"sku": "COF-101", "quantity": 1}]}),
    ("POST", "/api/users", {"email": "ada@shop.example", "name": "A", "password": "12345678"}),
)


def start(environ: dict[str, str]) -> FlaskClient:
    client = create_app(environ).test_client()
    sent = {"email": "ada@shop.example", "password": "ada-likes-tea"}
    assert client.post("/api/session", json=sent).status_code == 200
    return client


def said(client: FlaskClient) -> list[tuple[int, bytes]]:
    answers = [client.get(path) for path in READS]
    answers += [client.open(path, method=method, json=sent) for method, path, sent in WRITES[1:2]]
    statuses = [client.open(path, method=m, json=sent).status_code for m, path, sent in WRITES]
    answers += [client.get(path) for path in READS[2:6]]
    return [(one.status_code, _without_times(one.data)) for one in answers] + [
        (status, b"") for status in statuses
    ]


def test_all_backends_give_the_same_answers(
    environ: dict[str, str], request: pytest.FixtureRequest
) -> None:
    plugin = {**environ, "SHOP_PORTS": "shop_adapters.wiring:ports"}
    aws = {**plugin, **request.getfixturevalue("resources").environ}
    seed.fill(wiring.ports(aws))

    on_sqlite = said(start(environ))

    assert {status for status, _ in on_sqlite} == {200, 201, 409}
    assert said(start(aws)) == on_sqlite
    wiring.forget()
    assert said(start({**plugin, "SHOP_BACKEND": "memory"})) == on_sqlite


def test_the_app_starts_with_nothing_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    app = create_app({})

    assert os.listdir(tmp_path) == ["shop.sqlite3"]
    assert app.test_client().get("/api/articles/search").get_json()["total"] == len(seed.ARTICLES)


def test_flasks_own_command_finds_the_app(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "shop.web", "routes"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    assert "/api/orders/<int:order_id>/total" in done.stdout


def test_the_app_has_the_routes_it_is_known_for(app: Flask) -> None:
    rules = {
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }

    assert {
        ("GET", "/api/orders/<int:order_id>/total"),
        ("PUT", "/api/stock/<sku:sku>"),
        ("GET", "/api/articles/search"),
    } <= rules
    assert 35 <= len(rules) <= 45


def test_views_are_functions_of_their_modules(app: Flask) -> None:
    """An ordinary app: what serves a rule is found under its own name in its module."""
    for endpoint, view in app.view_functions.items():
        if endpoint != "static":
            assert getattr(sys.modules[view.__module__], view.__name__) is view


def test_writes_are_seen_by_another_app_at_once(environ: dict[str, str]) -> None:
    one, other = start(environ), start(environ)

    one.put("/api/stock/TEA-001", json={"level": 3})

    assert other.get("/api/stock/TEA-001").get_json()["level"] == 3


def test_importing_the_inside_imports_no_web() -> None:
    code = (
        "import sys, shop.services, shop.shapes, shop.seed, shop_adapters.wiring;"
        "bad = {'flask', 'werkzeug', 'jinja2', 'boto3', 'botocore', 'shop.web', 'shop.forecast'};"
        "sys.exit(', '.join(bad & set(sys.modules)) or 0)"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")


def _without_times(body: bytes) -> bytes:
    parts = body.split(b'_at":"')
    return b'_at":"'.join([parts[0], *(part[20:] for part in parts[1:])])
