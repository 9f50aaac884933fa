"""Who may call an API view. Pages have their own hooks: they redirect instead."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from flask import abort, g
from flask.typing import ResponseReturnValue

from shop.domain.users import Role

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
