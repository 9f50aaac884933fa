"""Orders over HTTP: totals, placing, the letter, the export."""

from __future__ import annotations

import csv
import io
import sqlite3
import threading
from contextlib import closing

import pytest
from flask.testing import FlaskClient

TWO_TEAS = {"lines": [{"sku": "TEA-001", "quantity": 2}]}


def letters(environ: dict[str, str]) -> list[tuple[str, str]]:
    for thread in threading.enumerate():
        if thread.name.startswith("shop-mail-"):
            thread.join()
    with closing(sqlite3.connect(environ["SHOP_DATABASE"])) as database:
        sql = "SELECT receiver, subject FROM outbox WHERE kind = 'mail'"
        return database.execute(sql).fetchall()


def test_a_total_is_exact(ben: FlaskClient) -> None:
    assert ben.get("/api/orders/2/total").get_json() == {
        "order": 2,
        "currency": "EUR",
        "lines": [
            {
                "sku": "SUG-001",
                "title": "Sugar",
                "quantity": 12,
                "unit_price": "1.10",
                "total": "11.88",
            },
            {
                "sku": "TEA-003",
                "title": "Mint Tea",
                "quantity": 1,
                "unit_price": "6.00",
                "total": "6.00",
            },
        ],
        "subtotal": "17.88",
        "shipping": "4.90",
        "total": "22.78",
    }


def test_keys_keep_their_order_and_letters_are_as_they_are(ben: FlaskClient) -> None:
    text = ben.get("/api/orders/1/total").get_data(as_text=True)

    assert text.startswith(
        '{"order":1,"currency":"EUR","lines":[{"sku":"TEA-001","title":"Grüner Tee"'
    )
    assert text.endswith('"total":"26.00"}\n')


def test_totals_are_for_owners_and_staff(
    client: FlaskClient, ada: FlaskClient, ben: FlaskClient, cleo: FlaskClient
) -> None:
    statuses = [who.get("/api/orders/3/total").status_code for who in (client, ben, cleo, ada)]

    assert statuses == [401, 403, 200, 200]


@pytest.mark.parametrize("number", ["99", "0", str(2**63), str(10**40)])
def test_an_order_that_is_not_there_is_404(ben: FlaskClient, number: str) -> None:
    response = ben.get(f"/api/orders/{number}/total")

    assert response.get_json() == {"error": "not_found", "message": f"There is no order {number}."}
    assert response.status_code == 404


@pytest.mark.parametrize("number", ["-1", "1.0", "x", "1e3"])
def test_what_is_no_number_is_no_route(ben: FlaskClient, number: str) -> None:
    assert "requested URL" in ben.get(f"/api/orders/{number}/total").get_json()["message"]


def test_the_hook_asks_for_a_login_before_anything_else(client: FlaskClient) -> None:
    for method, path in (("GET", ""), ("POST", ""), ("GET", "/1"), ("GET", "/export.csv")):
        assert client.open(f"/api/orders{path}", method=method).status_code == 401


def test_automatic_options_go_through_the_hook_too(client: FlaskClient, ben: FlaskClient) -> None:
    assert client.options("/api/orders/1/total").status_code == 401
    assert ben.options("/api/orders/1/total").allow == {"GET", "HEAD", "OPTIONS"}


def test_users_see_their_own_orders(ben: FlaskClient, cleo: FlaskClient) -> None:
    assert [order["id"] for order in ben.get("/api/orders").get_json()] == [1, 2, 4]
    assert [order["id"] for order in cleo.get("/api/orders").get_json()] == [3]


def test_placing_takes_stock_and_writes_a_letter_later(
    ben: FlaskClient, environ: dict[str, str]
) -> None:
    response = ben.post("/api/orders", json=TWO_TEAS)

    assert response.status_code == 201
    assert response.headers["Location"] == "/api/orders/5"
    assert ben.get("/api/orders/5").get_json() == response.get_json()
    assert ben.get("/api/stock/TEA-001").get_json()["level"] == 22
    assert letters(environ) == [("ben@shop.example", "Your order 5")]


@pytest.mark.parametrize(
    ("lines", "status", "error"),
    [
        (
            [{"sku": "TEA-001", "quantity": 1}, {"sku": "COF-101", "quantity": 1}],
            409,
            "out_of_stock",
        ),
        ([{"sku": "SUG-001", "quantity": 1}, {"sku": "ZZ-1", "quantity": 1}], 422, "invalid"),
        ([{"sku": "SUG-001", "quantity": 0}], 422, "invalid"),
        ([], 422, "invalid"),
    ],
)
def test_a_refused_order_changes_nothing(
    ben: FlaskClient, environ: dict[str, str], lines: list[object], status: int, error: str
) -> None:
    before = ben.get("/api/stock/").get_json()

    response = ben.post("/api/orders", json={"lines": lines})

    assert (response.status_code, response.get_json()["error"]) == (status, error)
    assert ben.get("/api/stock/").get_json() == before
    assert letters(environ) == []


def test_a_sum_above_the_limit_is_402(ada: FlaskClient, ben: FlaskClient) -> None:
    ada.put("/api/articles/sugar", json={"title": "Sugar", "price": "100"})

    response = ben.post("/api/orders", json={"lines": [{"sku": "SUG-001", "quantity": 100}]})

    assert (response.status_code, response.get_json()["error"]) == (402, "payment_declined")
    assert ben.get("/api/stock/SUG-001").get_json()["level"] == 500


def test_cancelling_gives_back_once(ben: FlaskClient) -> None:
    assert ben.post("/api/orders/2/cancel").get_json()["status"] == "cancelled"
    assert ben.get("/api/stock/SUG-001").get_json()["level"] == 512

    again = ben.post("/api/orders/2/cancel")

    assert (again.status_code, again.get_json()["error"]) == (409, "wrong_status")
    assert ben.get("/api/stock/SUG-001").get_json()["level"] == 512


def test_nobody_cancels_what_is_another_ones(ben: FlaskClient, ada: FlaskClient) -> None:
    assert ben.post("/api/orders/3/cancel").status_code == 403
    assert ada.post("/api/orders/3/cancel").status_code == 200


def test_the_export_streams_all_orders(ada: FlaskClient) -> None:
    response = ada.get("/api/orders/export.csv", buffered=False)

    assert response.is_streamed
    assert "Content-Length" not in response.headers
    assert response.content_type == "text/csv; charset=utf-8"
    assert response.headers["Content-Disposition"] == 'attachment; filename="orders.csv"'
    rows = list(csv.reader(io.StringIO(response.get_data(as_text=True))))
    assert rows[0] == ["id", "placed_at", "status", "pieces", "total"]
    assert rows[2] == ["2", "2024-04-10T09:00:00+00:00", "placed", "13", "22.78"]
    assert len(rows) == 5


def test_the_export_is_for_staff(ben: FlaskClient) -> None:
    assert ben.get("/api/orders/export.csv").status_code == 403
