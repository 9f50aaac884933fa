"""The API's accounts: registering, logging in and out, roles."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, g, jsonify, request, session, url_for
from flask.typing import ResponseReturnValue

from shop import services, shapes
from shop.web.auth import login_required
from shop.web.body import json_object
from shop.web.context import ports, settings

bp = Blueprint("accounts", __name__, url_prefix="/api")

VISITOR = "visitor"
TWO_YEARS_S = 2 * 365 * 24 * 3600


@bp.post("/users")
def register() -> ResponseReturnValue:
    """Make an account."""
    user = services.register(ports(), json_object(), rounds=settings().password_rounds)
    place = url_for("accounts.show", user_id=user.id)
    return jsonify(shapes.user(user)), 201, {"Location": place}


@bp.get("/users/<uuid:user_id>")
@login_required
def show(user_id: UUID) -> ResponseReturnValue:
    """Show an account."""
    return jsonify(shapes.user(services.show_user(ports(), g.user, user_id)))


@bp.post("/session")
def log_in() -> ResponseReturnValue:
    """Log in: one cookie for the session, one that outlives it."""
    data = json_object()
    user = services.log_in(ports(), data)
    session.clear()
    session["user_id"] = str(user.id)
    session.permanent = data.get("remember") is True
    response = jsonify(shapes.user(user))
    visitor = request.cookies.get(VISITOR) or ports().ids.token().hex()
    response.set_cookie(VISITOR, visitor, max_age=TWO_YEARS_S, httponly=True, samesite="Lax")
    return response


@bp.get("/session")
@login_required
def whoami() -> ResponseReturnValue:
    """Show who is logged in."""
    return jsonify(shapes.user(g.user))


@bp.delete("/session")
def log_out() -> ResponseReturnValue:
    """Log out; twice is no harm."""
    session.clear()
    return "", 204
