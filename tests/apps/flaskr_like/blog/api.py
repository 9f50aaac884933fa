"""The part of the blog that speaks JSON."""

from flask import Blueprint, g, jsonify, session

from . import db

bp = Blueprint("api", __name__, url_prefix="/api")


def _shape(post):
    return {key: post[key] for key in ("id", "title", "body", "created")}


@bp.get("/posts")
def posts():
    rows = db.get_db().execute("SELECT * FROM post ORDER BY id").fetchall()
    return jsonify(posts=[_shape(row) for row in rows], user=g.user and g.user["name"])


@bp.route("/visits", methods=["GET", "POST"])
def visits():
    session["visits"] = session.get("visits", 0) + 1
    return {"visits": session["visits"], "user": g.user["name"] if g.user else None}
