"""Carried from shop.web.auth by `unlith extract`: change it there."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from unlith_edges.web import ResponseReturnValue, abort, g

P = ParamSpec("P")
View = Callable[P, ResponseReturnValue]


def login_required(view: View[P]) -> View[P]:
    """Let only users in."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        if g.user is None:
            abort(401, "Please log in.")
        return view(*args, **kwargs)

    return guarded
