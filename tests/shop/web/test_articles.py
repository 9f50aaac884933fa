"""Articles and comments over HTTP: search, paging, ETags, slugs in any script."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from werkzeug.http import parse_options_header

SEARCH = "/api/articles/search"
NEW = {"title": "Weißer Tee", "sku": "tea-9", "price": "15.00", "tags": ["tea", "white"]}


def links(header: str) -> dict[str, str]:
    parts = [parse_options_header(link.strip()) for link in header.split(", ")]
    return {options["rel"]: url.strip("<>") for url, options in parts}


def test_every_repeated_tag_must_be_there(client: FlaskClient) -> None:
    response = client.get(f"{SEARCH}?tag=tea&tag=loose&tag=green")

    assert [article["slug"] for article in response.get_json()["items"]] == ["grüner-tee"]
    assert response.headers["X-Total-Count"] == "1"


def test_amounts_are_texts_and_times_are_iso(client: FlaskClient) -> None:
    (article,) = client.get(f"{SEARCH}?q=honey").get_json()["items"]

    assert article["price"] == "5.60"
    assert article["created_at"] == "2024-03-01T19:00:00Z"


def test_links_lead_through_all_pages(client: FlaskClient) -> None:
    url, seen = f"{SEARCH}?q=e&tag=tea&sort=title&per_page=2", []
    while url:
        response = client.get(url)
        seen += [article["title"] for article in response.get_json()["items"]]
        url = links(response.headers["Link"]).get("next", "")

    assert seen == sorted(seen, key=str.casefold)
    assert len(seen) == len(set(seen)) == int(response.headers["X-Total-Count"])


def test_the_first_and_the_last_page_have_one_neighbour(client: FlaskClient) -> None:
    first = links(client.get(f"{SEARCH}?per_page=5").headers["Link"])
    last = links(client.get(first["last"]).headers["Link"])

    assert set(first) == {"first", "next", "last"}
    assert set(last) == {"first", "prev", "last"}
    assert first["last"] == f"{SEARCH}?sort=-created&per_page=5&page=3"


def test_nothing_found_is_one_empty_page(client: FlaskClient) -> None:
    response = client.get(f"{SEARCH}?q=nothing+like+it")

    assert (response.status_code, response.get_json()["items"], response.get_json()["total"]) == (
        200,
        [],
        0,
    )
    assert set(links(response.headers["Link"])) == {"first", "last"}


def test_words_in_any_script_stay_in_the_links(client: FlaskClient) -> None:
    response = client.get(SEARCH, query_string={"q": "抹茶", "tag": "green"})

    assert response.get_json()["total"] == 1
    assert "q=%E6%8A%B9%E8%8C%B6&tag=green" in response.headers["Link"]


@pytest.mark.parametrize("query", ["page=x", "page=-1", "per_page=1.5", "page=", "page=٣"])
def test_a_page_that_is_no_number_is_400(client: FlaskClient, query: str) -> None:
    response = client.get(f"{SEARCH}?{query}")

    assert response.status_code == 400
    assert "must be a whole number" in response.get_json()["message"]


@pytest.mark.parametrize("query", ["page=0", "per_page=0", "per_page=51", "sort=colour"])
def test_a_search_that_cannot_be_is_422(client: FlaskClient, query: str) -> None:
    response = client.get(f"{SEARCH}?{query}")

    assert response.status_code == 422
    assert set(response.get_json()["fields"]) == {query.partition("=")[0]}


@pytest.mark.parametrize("url", [f"{SEARCH}?tag=tea", "/api/articles/grüner-tee"])
def test_what_did_not_change_is_not_sent_again(
    client: FlaskClient, ada: FlaskClient, url: str
) -> None:
    first = client.get(url)

    again = client.get(url, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]

    ada.put("/api/articles/grüner-tee", json={**NEW, "title": "Grüner Tee"})
    changed = client.get(url, headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != first.headers["ETag"]


def test_search_is_found_beside_slugs(client: FlaskClient) -> None:
    assert "items" in client.get(SEARCH).get_json()
    assert client.get("/api/articles/searching").status_code == 404


@pytest.mark.parametrize("path", ["gr%C3%BCner-tee", "grüner-tee", "%E6%8A%B9%E8%8C%B6"])
def test_slugs_are_in_any_script(client: FlaskClient, path: str) -> None:
    assert client.get(f"/api/articles/{path}").status_code == 200


def test_a_slug_has_one_part(client: FlaskClient) -> None:
    assert client.get("/api/articles/tea-pot/more").status_code == 404


def test_staff_adds_an_article_at_a_place_of_its_own(ada: FlaskClient) -> None:
    response = ada.post("/api/articles", json=NEW)

    assert response.status_code == 201
    assert response.headers["Location"] == "/api/articles/wei%C3%9Fer-tee"
    assert ada.get(response.headers["Location"]).get_json() == response.get_json()
    assert ada.get("/api/stock/tea-9").get_json() == {"sku": "TEA-9", "level": 0, "low": True}


@pytest.mark.parametrize("other", [NEW, {**NEW, "title": "Other"}, {**NEW, "sku": "TEA-10"}])
def test_neither_title_nor_sku_is_taken_twice(ada: FlaskClient, other: dict[str, object]) -> None:
    ada.post("/api/articles", json=NEW)

    assert ada.post("/api/articles", json=other).status_code == 409


def test_all_that_is_wrong_with_an_article_is_told(ada: FlaskClient) -> None:
    response = ada.post("/api/articles", json={"sku": "?", "price": 1.5, "tags": "tea"})

    assert response.status_code == 422
    assert set(response.get_json()["fields"]) == {"title", "sku", "price", "tags"}


@pytest.mark.parametrize(("method", "path"), [("POST", ""), ("PUT", "/cup")])
def test_customers_write_no_articles(
    client: FlaskClient, ben: FlaskClient, method: str, path: str
) -> None:
    assert client.open(f"/api/articles{path}", method=method, json=NEW).status_code == 401
    assert ben.open(f"/api/articles{path}", method=method, json=NEW).status_code == 403


def test_an_article_is_written_anew(ada: FlaskClient) -> None:
    response = ada.put("/api/articles/cup", json={"title": "Mug", "price": "5"})

    assert (response.get_json()["slug"], response.get_json()["title"]) == ("cup", "Mug")
    assert (response.get_json()["sku"], response.get_json()["price"]) == ("CUP-001", "5.00")
    assert ada.put("/api/articles/no", json=NEW).status_code == 404


def test_comments_are_shown_one_all_and_those_of_an_article(client: FlaskClient) -> None:
    assert client.get("/api/comments/1").get_json()["text"] == "Fresh, and not bitter."
    assert [comment["id"] for comment in client.get("/api/comments").get_json()] == [1, 2, 3]
    of_tea = client.get("/api/articles/grüner-tee/comments").get_json()
    assert [comment["id"] for comment in of_tea] == [1, 2]


@pytest.mark.parametrize(
    "path", ["/api/comments/99", "/api/comments/-1", f"/api/comments/{10**30}"]
)
def test_comments_that_are_not_there_are_404(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_users_say_something(ben: FlaskClient) -> None:
    response = ben.post("/api/articles/cup/comments", json={"text": "Schön 🍵"})

    assert response.status_code == 201
    assert response.headers["Location"] == "/api/comments/4"
    assert ben.get("/api/comments/4").get_json() == response.get_json()
    assert response.get_json()["text"] == "Schön 🍵"


def test_strangers_say_nothing_and_nobody_says_nothing(
    client: FlaskClient, ben: FlaskClient
) -> None:
    url = "/api/articles/cup/comments"

    assert client.post(url, json={"text": "x"}).status_code == 401
    assert ben.post(url, json={"text": "  "}).status_code == 422
    half = ben.post(url, data=b'{"text": "\\ud800"}', content_type="application/json")
    assert half.status_code == 422
    assert ben.post("/api/articles/no/comments", json={"text": "x"}).status_code == 404
