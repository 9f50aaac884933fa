"""The pages: templates, forms, flashes, redirects, slashes."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from shop.web import create_app

NEW = {"title": "Weißer Tee", "sku": "tea-9", "price": "15.00", "tags": "tea, white", "text": ""}
BEN_LOGIN = {"email": "ben@shop.example", "password": "ben-likes-tea"}


def text_of(client: FlaskClient, path: str) -> str:
    response = client.get(path, follow_redirects=True)
    assert response.status_code == 200
    assert response.content_type == "text/html; charset=utf-8"
    return response.get_data(as_text=True)


@pytest.mark.parametrize("path", ["/", "/articles/", "/articles/抹茶", "/help", "/login"])
def test_pages_are_for_everybody(client: FlaskClient, path: str) -> None:
    assert "Tea &amp; Cups" in text_of(client, path)


def test_what_people_wrote_is_escaped(client: FlaskClient) -> None:
    assert "White &lt;china&gt;." in text_of(client, "/articles/cup-saucer")


def test_the_catalogue_is_searched_by_repeated_tags(client: FlaskClient) -> None:
    text = text_of(client, "/articles/?tag=tea&tag=green&q=matcha")

    assert "1 found" in text
    assert "抹茶" in text


def test_articles_without_a_slash_lead_to_those_with_one(client: FlaskClient) -> None:
    response = client.get("/articles?q=tea")

    assert response.status_code == 308
    assert response.headers["Location"] == "http://localhost/articles/?q=tea"


def test_help_does_not_care_for_its_slash(client: FlaskClient) -> None:
    assert client.get("/help").status_code == client.get("/help/").status_code == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/help/shipping", 200),
        ("/help/payment/limits", 200),
        ("/help/%C3%BCber/uns", 200),
        ("/help/payment", 404),
        ("/help/payment/limits/", 404),
        ("/help//shipping", 308),
    ],
)
def test_help_topics_are_paths(client: FlaskClient, path: str, status: int) -> None:
    assert client.get(path).status_code == status


def test_a_label_leads_to_its_article(client: FlaskClient) -> None:
    response = client.get("/a/tea-001")

    assert response.status_code == 301
    assert response.headers["Location"] == "/articles/gr%C3%BCner-tee"
    assert client.get("/a/zz-1").status_code == 404


def test_logging_in_goes_on_to_where_one_wanted_to_be(client: FlaskClient) -> None:
    response = client.post("/login?next=/help", data=BEN_LOGIN)

    assert (response.status_code, response.headers["Location"]) == (303, "/help")
    assert "Welcome, Ben." in text_of(client, "/help")
    assert "Welcome, Ben." not in text_of(client, "/help")


@pytest.mark.parametrize(
    "wanted", ["https://evil.example", "//evil.example", "/\\evil.example", ""]
)
def test_logging_in_never_leads_elsewhere(client: FlaskClient, wanted: str) -> None:
    response = client.post("/login", query_string={"next": wanted}, data=BEN_LOGIN)

    assert response.headers["Location"] == "/"


def test_a_failed_login_shows_the_form_again(client: FlaskClient) -> None:
    response = client.post("/login", data={**BEN_LOGIN, "password": "wrong"})

    assert response.status_code == 401
    assert "The e-mail address or the password is wrong." in response.get_data(as_text=True)


def test_logging_out_is_said(ben: FlaskClient) -> None:
    assert "Log out Ben" in text_of(ben, "/")

    ben.post("/logout")

    text = text_of(ben, "/")
    assert "Good-bye." in text
    assert "Log out" not in text
    assert ben.get("/logout").status_code == 405


def test_a_new_article_is_a_form_beside_the_slugs(ada: FlaskClient) -> None:
    assert "<h1>New article</h1>" in text_of(ada, "/articles/new")

    response = ada.post("/articles/new", data=NEW)

    assert response.status_code == 303
    assert response.headers["Location"] == "/articles/wei%C3%9Fer-tee"
    text = text_of(ada, "/articles/weißer-tee")
    assert "Weißer Tee is in the catalogue." in text
    assert "almost gone" in text


def test_a_refused_form_keeps_what_was_typed(ada: FlaskClient) -> None:
    response = ada.post("/articles/new", data={**NEW, "price": "cheap"})

    assert response.status_code == 422
    text = response.get_data(as_text=True)
    assert 'value="cheap"' in text
    assert "must be an amount such as &#34;12.50&#34;" in text
    assert ada.post("/articles/new", data={**NEW, "sku": "TEA-001"}).status_code == 422


def test_new_articles_are_for_staff(client: FlaskClient, ben: FlaskClient) -> None:
    assert client.get("/articles/new").headers["Location"] == "/login?next=/articles/new"
    assert ben.post("/articles/new", data=NEW).status_code == 403


def test_a_comment_is_shown_below_its_article(ben: FlaskClient) -> None:
    response = ben.post("/articles/cup/comments", data={"text": "<b>Fine</b>"})

    assert (response.status_code, response.headers["Location"]) == (303, "/articles/cup")
    text = text_of(ben, "/articles/cup")
    assert "Thank you for your comment." in text
    assert "&lt;b&gt;Fine&lt;/b&gt;" in text


def test_an_empty_comment_is_not_taken(client: FlaskClient, ben: FlaskClient) -> None:
    ben.post("/articles/cup/comments", data={"text": " "})

    assert "Your comment is missing." in text_of(ben, "/articles/cup")
    stranger = client.post("/articles/cup/comments", data={"text": "x"})
    assert stranger.headers["Location"] == "/login?next=/articles/cup"


@pytest.mark.parametrize(
    ("origin", "status"), [("http://localhost", 303), ("https://evil.example", 403), ("null", 403)]
)
def test_forms_of_other_sites_are_refused(ben: FlaskClient, origin: str, status: int) -> None:
    sent = {"data": {"text": "x"}, "headers": {"Origin": origin}}

    assert ben.post("/articles/cup/comments", **sent).status_code == status


def test_what_was_read_most_is_known_to_this_process_only(
    client: FlaskClient, environ: dict[str, str]
) -> None:
    """The sin: another app in this process sees it too, another process never."""
    for _ in range(2):
        client.get("/articles/cup")

    other = create_app(environ).test_client()
    assert "cup</a> (2)" in text_of(other, "/")


def test_the_style_sheet_is_served(client: FlaskClient) -> None:
    with client.get("/static/shop.css") as response:
        assert response.content_type == "text/css; charset=utf-8"
        assert b"font:" in response.data


def test_every_page_of_a_link_is_there(cleo: FlaskClient, app: Flask) -> None:
    """Follow the links of the pages, once each."""
    waiting, seen = ["/"], set()
    while waiting:
        path = waiting.pop()
        if path in seen or path.startswith("/static/"):
            continue
        seen.add(path)
        text = text_of(cleo, path)
        waiting += [
            part.split('"')[0].replace("&amp;", "&") for part in text.split('<a href="')[1:]
        ]

    assert {"/", "/articles/", "/help", "/admin/", "/admin/prices"} <= seen
