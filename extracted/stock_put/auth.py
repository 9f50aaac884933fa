"""Carried from shop.web.auth by `unlith extract`: change it there."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from shop.domain.users import Role
from unlith_edges.web import ResponseReturnValue, abort, g

P = ParamSpec("P")
View = Callable[P, ResponseReturnValue]


def role_required(role: str) -> Callable[[View[P]], View[P]]:
    """Let only users of a role, or of a higher one, in."""

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            if g.user is None:
                abort(401, "Please log in.")
            if not g.user.may(Role(role)):
                abort(403, f"This needs the role {role}.")
            return view(*args, **kwargs)

        return guarded

    return decorate
