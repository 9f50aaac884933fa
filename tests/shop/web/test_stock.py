"""Stock over HTTP: levels, the converter, who is told."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest
from flask import Flask
from flask.testing import FlaskClient

URL = "/api/stock/TEA-001"


def outbox(environ: dict[str, str]) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(environ["SHOP_DATABASE"])) as database:
        return database.execute("SELECT subject, body FROM outbox ORDER BY id").fetchall()


def test_levels_are_shown(client: FlaskClient) -> None:
    levels = client.get("/api/stock/").get_json()

    assert [level["sku"] for level in levels] == sorted(level["sku"] for level in levels)
    assert client.get(URL).get_json() == {"sku": "TEA-001", "level": 24, "low": False}
    assert client.get("/api/stock/COF-101").get_json()["low"] is True


def test_staff_is_told_once_when_a_level_falls_low(
    ada: FlaskClient, environ: dict[str, str]
) -> None:
    for level in (1, 0, 7):
        response = ada.put(URL, json={"level": level})
        assert response.get_json() == {"sku": "TEA-001", "level": level, "low": level <= 1}

    assert outbox(environ) == [("low stock", json.dumps({"sku": "TEA-001", "level": 1}))]
    assert ada.get(URL).get_json()["level"] == 7


@pytest.mark.parametrize("path", ["tea-001", "Tea-001", "TEA-001"])
def test_a_sku_is_the_same_in_any_case(ada: FlaskClient, path: str) -> None:
    assert ada.put(f"/api/stock/{path}", json={"level": 3}).get_json()["sku"] == "TEA-001"


@pytest.mark.parametrize("path", ["TEA001", "T-1", "TEATE-1", "TEA-1234567", "TEA-001/x", "TEA-٣"])
def test_what_is_no_sku_is_no_route(ada: FlaskClient, path: str) -> None:
    response = ada.put(f"/api/stock/{path}", json={"level": 3})

    assert (response.status_code, response.get_json()["error"]) == (404, "not_found")


def test_an_unknown_sku_is_404_in_the_shops_own_words(ada: FlaskClient) -> None:
    response = ada.put("/api/stock/ZZ-1", json={"level": 3})

    assert (response.status_code, response.get_json()["message"]) == (
        404,
        "There is no stock of ZZ-1.",
    )


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b'{"level": 3}', "application/json; charset=utf-8", 200),
        (b'{"level": 3, "more": 1}', "application/vnd.shop+json", 200),
        (b'{"level": "3"}', "application/json", 422),
        (b'{"level": true}', "application/json", 422),
        (b'{"level": 3.0}', "application/json", 422),
        (b'{"level": NaN}', "application/json", 422),
        (b'{"level": -1}', "application/json", 422),
        (b'{"level": 1000001}', "application/json", 422),
        (b"{}", "application/json", 422),
        (b"[3]", "application/json", 400),
        (b"3", "application/json", 400),
        (b"null", "application/json", 400),
        (b"{", "application/json", 400),
        (b"", "application/json", 400),
        (b"\xff", "application/json", 400),
        (b'{"level": 3}', "text/plain", 415),
        (b'{"level": 3}', "", 415),
    ],
)
def test_a_level_is_read_strictly(
    ada: FlaskClient, body: bytes, content_type: str, status: int
) -> None:
    response = ada.put(URL, data=body, content_type=content_type or None)

    assert response.status_code == status
    assert response.content_type == "application/json"
    assert ada.get(URL).get_json()["level"] == (3 if status == 200 else 24)


def test_only_staff_sets_levels(
    client: FlaskClient, ben: FlaskClient, cleo: FlaskClient, environ: dict[str, str]
) -> None:
    assert client.put(URL, json={"level": 1}).status_code == 401
    assert ben.put(URL, json={"level": 1}).status_code == 403
    assert outbox(environ) == []
    assert cleo.put(URL, json={"level": 1}).status_code == 200


def test_urls_have_skus_in_lower_case(app: Flask) -> None:
    with app.test_request_context():
        assert app.url_for("stock.show", sku="TEA-001") == "/api/stock/tea-001"


def test_a_slash_too_few_leads_on_and_one_too_many_leads_nowhere(client: FlaskClient) -> None:
    assert client.get("/api/stock").headers["Location"].endswith("/api/stock/")
    assert client.get("/api/stock/TEA-001/").status_code == 404
