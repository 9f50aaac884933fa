"""Accounts over HTTP: registering, two cookies, logging out."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from shop.seed import ADA, BEN

NEW = {"email": "dora@shop.example", "name": "Dora Ünal", "password": "dora-likes-tea"}
ADA_LOGIN = {"email": "ada@shop.example", "password": "ada-likes-tea"}


def test_registering_answers_with_a_place_and_no_password(client: FlaskClient) -> None:
    response = client.post("/api/users", json=NEW)

    assert response.status_code == 201
    assert response.headers["Location"] == f"/api/users/{response.get_json()['id']}"
    assert set(response.get_json()) == {"id", "email", "name", "role"}
    assert "Dora Ünal".encode() in response.data


def test_an_address_registers_once(client: FlaskClient) -> None:
    client.post("/api/users", json=NEW)

    response = client.post("/api/users", json=NEW)

    assert response.status_code == 409
    assert response.get_json()["error"] == "email_taken"


def test_every_wrong_field_is_named(client: FlaskClient) -> None:
    response = client.post("/api/users", json={"email": "x", "password": "short"})

    assert response.status_code == 422
    assert set(response.get_json()["fields"]) == {"email", "name", "password"}


def test_logging_in_sets_two_cookies(client: FlaskClient) -> None:
    response = client.post("/api/session", json=ADA_LOGIN)

    cookies = {line.partition("=")[0]: line for line in response.headers.getlist("Set-Cookie")}
    assert set(cookies) == {"visitor", "shop_session"}
    assert "Max-Age=63072000" in cookies["visitor"]
    assert all("HttpOnly" in line and "SameSite=Lax" in line for line in cookies.values())
    assert "Expires" not in cookies["shop_session"]


def test_a_visitor_stays_the_same(client: FlaskClient) -> None:
    client.set_cookie("visitor", "known-before")

    response = client.post("/api/session", json=ADA_LOGIN)

    assert "visitor=known-before" in response.headers.getlist("Set-Cookie")[0]


def test_who_wants_to_be_remembered_gets_a_session_with_an_end(client: FlaskClient) -> None:
    response = client.post("/api/session", json={**ADA_LOGIN, "remember": True})

    assert any(
        "shop_session" in c and "Expires" in c for c in response.headers.getlist("Set-Cookie")
    )


def test_a_wrong_password_is_401_and_sets_nothing(client: FlaskClient) -> None:
    response = client.post("/api/session", json={**ADA_LOGIN, "password": "wrong"})

    assert response.status_code == 401
    assert response.get_json()["error"] == "login_failed"
    assert "Set-Cookie" not in response.headers


def test_logging_out_ends_it_and_twice_is_no_harm(ada: FlaskClient) -> None:
    assert ada.get("/api/session").get_json()["name"] == "Ada"

    assert [ada.delete("/api/session").status_code for _ in range(2)] == [204, 204]

    assert ada.get("/api/session").status_code == 401


def test_customers_see_themselves_and_staff_sees_all(ada: FlaskClient, ben: FlaskClient) -> None:
    assert ben.get(f"/api/users/{BEN}").get_json()["name"] == "Ben"
    assert ada.get(f"/api/users/{BEN}").get_json()["name"] == "Ben"
    assert ben.get(f"/api/users/{ADA}").status_code == 403
    assert ada.get("/api/users/00000000-0000-0000-0000-000000000000").status_code == 404


@pytest.mark.parametrize("path", ["/api/users/ada", "/api/users/1"])
def test_what_is_no_uuid_is_no_route(ada: FlaskClient, path: str) -> None:
    assert ada.get(path).get_json()["error"] == "not_found"


def test_a_session_with_another_key_is_nobody(app: Flask, ada: FlaskClient) -> None:
    app.secret_key = "another key"

    assert ada.get("/api/session").status_code == 401


def test_an_old_key_still_opens_sessions(app: Flask, ada: FlaskClient) -> None:
    app.config["SECRET_KEY_FALLBACKS"] = [app.secret_key]
    app.secret_key = "another key"

    assert ada.get("/api/session").status_code == 200
