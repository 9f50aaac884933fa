"""Carried from shop.web.body by `unlith extract`: change it there."""

from __future__ import annotations

from collections.abc import Mapping

from unlith_edges.web import abort, request


def json_object() -> Mapping[str, object]:
    """Give the request's JSON object; 415 for another type, 400 for anything else."""
    data = request.get_json()
    if not isinstance(data, dict):
        abort(400, "The body must be a JSON object.")
    return data
