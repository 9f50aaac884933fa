"""The API's comments: one, all, those of an article."""

from __future__ import annotations

from flask import Blueprint, g, jsonify, url_for
from flask.typing import ResponseReturnValue

from shop import services, shapes
from shop.web.auth import login_required
from shop.web.body import json_object
from shop.web.context import ports

bp = Blueprint("comments", __name__, url_prefix="/api")


@bp.get("/comments")
def show_all() -> ResponseReturnValue:
    """Show all comments."""
    return jsonify([shapes.comment(comment) for comment in services.all_comments(ports())])


@bp.get("/comments/<int:comment_id>")
def show(comment_id: int) -> ResponseReturnValue:
    """Show a comment."""
    return jsonify(shapes.comment(services.show_comment(ports(), comment_id)))


@bp.get("/articles/<slug>/comments")
def of_article(slug: str) -> ResponseReturnValue:
    """Show what was said about an article."""
    return jsonify([shapes.comment(comment) for comment in services.comments_of(ports(), slug)])


@bp.post("/articles/<slug>/comments")
@login_required
def add(slug: str) -> ResponseReturnValue:
    """Say something about an article."""
    comment = services.add_comment(ports(), g.user, slug, json_object())
    place = url_for("comments.show", comment_id=comment.id)
    return jsonify(shapes.comment(comment)), 201, {"Location": place}
