"""The API's articles: finding, showing, and for staff writing them."""

from __future__ import annotations

from flask import Blueprint, g, jsonify, request, url_for
from flask.typing import ResponseReturnValue

from shop import services, shapes
from shop.web.auth import role_required
from shop.web.body import json_object
from shop.web.context import ports
from shop.web.paging import add_page_headers, search_of_request

bp = Blueprint("articles", __name__, url_prefix="/api/articles")


@bp.get("/search")
def search() -> ResponseReturnValue:
    """Find articles: every word of ``q``, every ``tag``, page by page."""
    wanted = search_of_request()
    page = services.search_articles(ports(), wanted)
    response = jsonify(shapes.page(page))
    add_page_headers(response, wanted, page)
    response.headers["Cache-Control"] = "private, max-age=30"
    response.add_etag()
    return response.make_conditional(request)


@bp.get("/<slug>")
def show(slug: str) -> ResponseReturnValue:
    """Show an article."""
    response = jsonify(shapes.article(services.show_article(ports(), slug)))
    response.add_etag()
    return response.make_conditional(request)


@bp.post("")
@role_required("staff")
def add() -> ResponseReturnValue:
    """Write a new article."""
    article = services.add_article(ports(), g.user, json_object())
    place = url_for("articles.show", slug=article.slug)
    return jsonify(shapes.article(article)), 201, {"Location": place}


@bp.put("/<slug>")
@role_required("staff")
def change(slug: str) -> ResponseReturnValue:
    """Write an article anew."""
    return jsonify(shapes.article(services.change_article(ports(), slug, json_object())))
