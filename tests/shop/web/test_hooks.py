"""What surrounds every request: names, headers, errors in two formats, methods."""

from __future__ import annotations

import logging
from typing import NoReturn

import pytest
from flask import Flask
from flask.testing import FlaskClient

from shop.domain.errors import ShopError
from shop.web.hooks import STATUS

ROUTES = ("/", "/api/articles/search", "/api/nope", "/nope", "/articles", "/api/orders/1/total")


@pytest.mark.parametrize("path", ROUTES)
def test_every_answer_has_the_headers(client: FlaskClient, path: str) -> None:
    response = client.get(path)

    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["X-Frame-Options"] == "DENY"
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert len(response.headers["X-Request-Id"]) == 32
    has_policy = "Content-Security-Policy" in response.headers
    assert has_policy == (response.mimetype == "text/html")


@pytest.mark.parametrize(
    ("sent", "kept"),
    [("abc-12345", True), ("short", False), ("x" * 65, False), ("a b c d e f", False)],
)
def test_a_request_keeps_a_good_name(client: FlaskClient, sent: str, kept: bool) -> None:
    response = client.get("/help", headers={"X-Request-Id": sent})

    assert (response.headers["X-Request-Id"] == sent) is kept


def test_the_end_of_a_request_is_logged(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "shop.web.hooks"):
        client.get("/help", headers={"X-Request-Id": "abc-12345"})

    assert "abc-12345 GET /help" in caplog.text


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/nope", 404),
        ("PUT", "/api/articles/search", 401),
        ("DELETE", "/api/articles/search", 405),
        ("POST", "/api/comments", 405),
        ("GET", "/api/articles/no", 404),
        ("GET", "/api/session", 401),
    ],
)
def test_errors_of_the_api_are_json(
    client: FlaskClient, method: str, path: str, status: int
) -> None:
    response = client.open(path, method=method)

    assert (response.status_code, response.content_type) == (status, "application/json")
    assert set(response.get_json()) == {"error", "message"}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nope", 404),
        ("GET", "/articles/no", 404),
        ("PUT", "/", 405),
        ("GET", "/apis", 404),
    ],
)
def test_other_errors_are_pages(client: FlaskClient, method: str, path: str, status: int) -> None:
    response = client.open(path, method=method)

    assert (response.status_code, response.content_type) == (status, "text/html; charset=utf-8")
    assert f"<h1>{status}" in response.get_data(as_text=True)


def test_an_error_page_escapes(client: FlaskClient) -> None:
    text = client.get("/help/<script>").get_data(as_text=True)

    assert "There is no help about &lt;script&gt;." in text


@pytest.mark.parametrize(
    ("path", "allow"),
    [
        ("/api/stock/TEA-001", {"GET", "HEAD", "OPTIONS", "PUT"}),
        ("/api/articles/search", {"GET", "HEAD", "OPTIONS", "PUT"}),
        ("/login", {"GET", "HEAD", "OPTIONS", "POST"}),
        ("/logout", {"OPTIONS", "POST"}),
    ],
)
def test_options_and_405_say_what_is_allowed(
    client: FlaskClient, path: str, allow: set[str]
) -> None:
    assert client.options(path).allow == allow
    assert client.open(path, method="PROPFIND").allow == allow


@pytest.mark.parametrize("path", ["/", "/api/articles/search", "/api/stock/", "/help/shipping"])
def test_head_is_get_without_a_body(client: FlaskClient, path: str) -> None:
    names = ("Content-Type", "Content-Length", "ETag", "X-Total-Count")
    head, get = client.head(path), client.get(path)

    assert (head.status_code, head.data) == (200, b"")
    assert [head.headers.get(name) for name in names] == [get.headers.get(name) for name in names]


def test_a_bug_is_500_in_both_formats_and_tells_nothing(
    app: Flask, client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(**_: object) -> NoReturn:
        raise RuntimeError("a secret")

    app.view_functions["comments.show_all"] = app.view_functions["pages.index"] = broken
    api, page = client.get("/api/comments"), client.get("/")

    assert (api.status_code, api.get_json()["error"]) == (500, "internal_server_error")
    assert (page.status_code, page.mimetype) == (500, "text/html")
    assert b"secret" not in api.data + page.data
    assert "X-Request-Id" in api.headers
    assert caplog.text.count("RuntimeError: a secret") == 2


def test_every_refusal_has_a_status_of_its_own_kind() -> None:
    kinds = ShopError.__subclasses__()
    while kinds:
        kind = kinds.pop()
        kinds += kind.__subclasses__()
        assert any(issubclass(kind, known) for known in STATUS if known is not ShopError), kind


def test_an_account_that_is_gone_is_nobody(app: Flask, client: FlaskClient) -> None:
    with client.session_transaction() as session:
        session["user_id"] = "00000000-0000-0000-0000-000000000000"

    assert client.get("/api/session").status_code == 401


def test_a_context_without_a_request_ends_quietly(app: Flask) -> None:
    with app.test_request_context("/"):
        assert app.url_for("pages.index") == "/"
