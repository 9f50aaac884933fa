from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for

from blog.auth import login_required
from blog.db import get_db

bp = Blueprint("posts", __name__)
SELECT = "SELECT p.*, name FROM post p JOIN user u ON p.author_id = u.id"


@bp.route("/", endpoint="index")
@bp.route("/posts/")
def index():
    posts = get_db().execute(f"{SELECT} ORDER BY p.id DESC").fetchall()
    return render_template("posts/index.html", posts=posts)


def get_post(post_id, check_author=True):
    post = get_db().execute(f"{SELECT} WHERE p.id = ?", (post_id,)).fetchone()
    if post is None:
        abort(404, f"Post id {post_id} doesn't exist.")
    if check_author and post["author_id"] != g.user["id"]:
        abort(403)
    return post


@bp.route("/create", methods=("GET", "POST"))
@login_required
def create():
    if request.method == "POST":
        title, body = request.form["title"], request.form["body"]
        if title:
            db = get_db()
            db.execute(
                "INSERT INTO post (title, body, author_id) VALUES (?, ?, ?)",
                (title, body, g.user["id"]),
            )
            db.commit()
            return redirect(url_for("posts.index"))
        flash("Title is required.")
    return render_template("posts/form.html", post=None)


@bp.route("/<int:post_id>/update", methods=("GET", "POST"))
@login_required
def update(post_id):
    post = get_post(post_id)
    if request.method == "POST":
        db = get_db()
        db.execute(
            "UPDATE post SET title = ?, body = ? WHERE id = ?",
            (request.form["title"], request.form["body"], post_id),
        )
        db.commit()
        return redirect(url_for("posts.index"))
    return render_template("posts/form.html", post=post)


@bp.post("/<int:post_id>/delete")
@login_required
def delete(post_id):
    get_post(post_id)
    db = get_db()
    db.execute("DELETE FROM post WHERE id = ?", (post_id,))
    db.commit()
    return redirect(url_for("posts.index"))
