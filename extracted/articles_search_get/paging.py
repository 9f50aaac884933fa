"""Carried from shop.web.paging by `unlith extract`: change it there."""

from __future__ import annotations

from urllib.parse import urlencode

from shop.domain.catalog import Page, Search
from unlith_edges.web import Response, abort, request


def search_of_request() -> Search:
    """Give the search that the query asks for; 400 for a page that is no number."""
    return Search(
        words=request.args.get("q", ""),
        tags=tuple(tag for tag in request.args.getlist("tag") if tag.strip()),
        page=_number("page", 1),
        per_page=_number("per_page", 10),
        sort=request.args.get("sort", "-created"),
    )


def add_page_headers(response: Response, search: Search, page: Page) -> None:
    """Put the total and the links to other pages on an answer."""
    links = {"first": 1, "prev": page.page - 1, "next": page.page + 1, "last": page.pages}
    if page.page <= 1:
        del links["prev"]
    if page.page >= page.pages:
        del links["next"]
    response.headers["X-Total-Count"] = str(page.total)
    response.headers["Link"] = ", ".join(
        f'<{request.path}?{_query(search, number)}>; rel="{rel}"' for rel, number in links.items()
    )


def _number(name: str, default: int) -> int:
    sent = request.args.get(name, str(default))
    # isdecimal alone would let other scripts' digits through
    if not (sent.isascii() and sent.isdecimal()) or len(sent) > 9:
        abort(400, f"{name} must be a whole number.")
    return int(sent)


def _query(search: Search, page: int) -> str:
    pairs = [("q", search.words)] if search.words else []
    pairs += [("tag", tag) for tag in search.tags]
    pairs += [("sort", search.sort), ("per_page", str(search.per_page)), ("page", str(page))]
    return urlencode(pairs)
