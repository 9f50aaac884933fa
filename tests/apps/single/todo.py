"""A to-do list in one file: a global app, SQLite, JSON, a decorator."""

import os
import sqlite3
from functools import wraps

from flask import Flask, abort, g, jsonify, render_template, request, url_for

DATABASE = os.environ.get("TODO_DATABASE", "todo.sqlite3")
TOKEN = os.environ.get("TODO_TOKEN", "")
SCHEMA = "CREATE TABLE IF NOT EXISTS todo (id INTEGER PRIMARY KEY, text TEXT, done INTEGER)"
COLORS = {"open": "red", "done": "green"}
seen = []

app = Flask(__name__)


def init_db():
    with sqlite3.connect(DATABASE) as db:
        db.execute(SCHEMA)
        db.execute("DELETE FROM todo")
        rows = [("buy milk", 0), ("write tests", 1), ("naïve café ☕", 0)]
        db.executemany("INSERT INTO todo (text, done) VALUES (?, ?)", rows)


def db():
    if "db" not in g:
        g.db = sqlite3.connect(DATABASE)
        g.db.row_factory = sqlite3.Row
        g.db.execute(SCHEMA)
    return g.db


@app.teardown_appcontext
def close_db(error):
    found = g.pop("db", None)
    if found is not None:
        found.close()


@app.errorhandler(404)
def not_found(error):
    return jsonify(error=str(error.description)), 404


def token_required(view):
    @wraps(view)
    def checked(*args, **kwargs):
        if request.headers.get("X-Token") != TOKEN:
            app.logger.warning("wrong token from %s", request.remote_addr)
            abort(401)
        return view(*args, **kwargs)

    return checked


def as_dict(row):
    state = "done" if row["done"] else "open"
    return {"id": row["id"], "text": row["text"], "state": state, "color": COLORS[state]}


@app.get("/")
def index():
    rows = db().execute("SELECT * FROM todo ORDER BY id").fetchall()
    return render_template("index.html", todos=[as_dict(row) for row in rows])


@app.get("/todos")
def todos():
    query, limit = "SELECT * FROM todo ORDER BY id LIMIT ?", request.args.get("limit", 100, int)
    return [as_dict(row) for row in db().execute(query, (limit,))]


@app.get("/todos/<int:todo_id>")
def todo(todo_id):
    row = db().execute("SELECT * FROM todo WHERE id = ?", (todo_id,)).fetchone()
    if row is None:
        abort(404, f"no todo {todo_id}")
    return as_dict(row)


@app.post("/todos")
@token_required
def add():
    text = request.get_json()["text"]
    made = db().execute("INSERT INTO todo (text, done) VALUES (?, 0)", (text,))
    db().commit()
    return {"id": made.lastrowid}, 201, {"Location": url_for("todo", todo_id=made.lastrowid)}


@app.route("/todos/<int:todo_id>", methods=["PUT", "DELETE"])
@token_required
def change(todo_id):
    if request.method == "DELETE":
        changed = db().execute("DELETE FROM todo WHERE id = ?", (todo_id,))
    else:
        done = request.form.get("done") == "yes"
        changed = db().execute("UPDATE todo SET done = ? WHERE id = ?", (done, todo_id))
    db().commit()
    if not changed.rowcount:
        abort(404)
    return "", 204


@app.get("/hello/<name>")
def hello(name):
    seen.append(name)
    return f"Hello, {name}! You are number {len(seen)}."


@app.get("/boom")
def boom():
    return 1 // 0


if __name__ == "__main__":
    init_db()
    app.run()
