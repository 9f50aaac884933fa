"""A function as it would be deployed: a Flask app behind ``make_handler``, for awslambdaric."""

from __future__ import annotations

import random

import flask

from unlith_runtime.whole import make_handler

app = flask.Flask(__name__)
seen: list[str] = []


@app.before_request
def note() -> None:
    """Remember every path asked for."""
    seen.append(flask.request.path)


@app.route("/echo", methods=["GET", "POST"])
def echo() -> flask.Response:
    """Say what came, with two cookies."""
    response = flask.jsonify(
        args=flask.request.args.getlist("q"),
        body=flask.request.get_data(as_text=True),
        request_id=flask.request.environ["unlith.context"].aws_request_id,
        seen=seen,
        random=random.random(),
    )
    response.set_cookie("a", "1")
    response.set_cookie("b", "2")
    return response


@app.route("/image")
def image() -> flask.Response:
    """Give bytes that are no text."""
    return flask.Response(b"\x89PNG\xff", mimetype="image/png")


@app.route("/fail")
def fail() -> str:
    """Fail as apps do when errors are let through."""
    raise LookupError("no such thing")


@app.route("/exit")
def leave() -> str:
    """Leave the process, as a bad library might."""
    raise SystemExit(3)


@app.route("/big")
def big() -> bytes:
    """Give more than Lambda carries."""
    return b"x" * 7_000_000


app.config["PROPAGATE_EXCEPTIONS"] = True
random.seed(7)  # what a snapshot would freeze
handler = make_handler(app)
direct = make_handler(app, engine="direct")
