"""Carried from shop.web.articles by `unlith extract`: change it there."""

from __future__ import annotations

from articles_search_get.paging import add_page_headers, search_of_request
from shop import services, shapes
from shop_adapters.wiring import ports
from unlith_edges.web import ResponseReturnValue, jsonify, request


def search() -> ResponseReturnValue:
    """Find articles: every word of ``q``, every ``tag``, page by page."""
    wanted = search_of_request()
    page = services.search_articles(ports(), wanted)
    response = jsonify(shapes.page(page))
    add_page_headers(response, wanted, page)
    response.headers["Cache-Control"] = "private, max-age=30"
    response.add_etag()
    return response.make_conditional(request)
