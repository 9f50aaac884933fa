"""The admin's pages, which go past the ports."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from shop.web import create_app

PAGES = ("/admin/", "/admin/outbox", "/admin/prices")


@pytest.mark.parametrize("path", PAGES)
def test_the_hook_keeps_others_out(
    client: FlaskClient, ada: FlaskClient, cleo: FlaskClient, path: str
) -> None:
    assert client.get(path).headers["Location"] == f"/login?next={path}"
    assert ada.get(path).status_code == 403
    assert cleo.get(path).status_code == 200


def test_the_dashboard_counts(cleo: FlaskClient) -> None:
    text = cleo.get("/admin/").get_data(as_text=True)

    assert "Income: 118.58 EUR" in text
    assert "COF-101 Espresso: 0" in text
    assert text.count("<button>Ship</button>") == 2


def test_prices_change_by_tag_to_the_cent(cleo: FlaskClient) -> None:
    response = cleo.post("/admin/prices", data={"tag": " Sweet", "percent": "7.5"})

    assert (response.status_code, response.headers["Location"]) == (303, "/admin/prices")
    assert "2 prices changed by 7.5 %." in cleo.get("/admin/prices").get_data(as_text=True)
    prices = [
        cleo.get(f"/api/articles/{slug}").get_json()["price"] for slug in ("honey", "sugar", "cup")
    ]
    assert prices == ["6.02", "1.18", "4.30"]


@pytest.mark.parametrize("percent", ["", "x", "NaN", "-91", "101", "Infinity"])
def test_odd_percentages_change_nothing(cleo: FlaskClient, percent: str) -> None:
    cleo.post("/admin/prices", data={"tag": "sweet", "percent": percent})

    assert "must be between" in cleo.get("/admin/prices").get_data(as_text=True)
    assert cleo.get("/api/articles/sugar").get_json()["price"] == "1.10"


def test_an_order_is_shipped_once(cleo: FlaskClient) -> None:
    assert cleo.post("/admin/orders/3/ship").status_code == 303
    assert "Order 3 is on its way." in cleo.get("/admin/").get_data(as_text=True)
    assert cleo.get("/api/orders/3").get_json()["status"] == "shipped"
    assert "Ship order 3" in cleo.get("/admin/outbox").get_data(as_text=True)

    assert cleo.post("/admin/orders/3/ship").status_code == 409
    assert cleo.post("/admin/orders/99/ship").status_code == 404


def test_without_the_file_there_is_no_admin(environ: dict[str, str]) -> None:
    settings = {"SHOP_PORTS": "shop_adapters.wiring:ports", "SHOP_BACKEND": "memory"}
    client = create_app({**environ, **settings}).test_client()
    client.post("/login", data={"email": "cleo@shop.example", "password": "cleo-likes-tea"})

    assert client.get("/admin/").status_code == 501
