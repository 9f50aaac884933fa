"""A function as it would be deployed: a Flask app behind ``make_handler``, for awslambdaric."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

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


@app.route("/meet", methods=["POST"])
def meet() -> flask.Response:
    """Answer once as many requests as the query says are being served at the same time."""
    here = Path(os.environ["MEETING_PLACE"])
    (here / flask.request.get_data(as_text=True)).touch()
    deadline = time.monotonic() + 30
    while len(list(here.iterdir())) < int(flask.request.args["n"]) and time.monotonic() < deadline:
        time.sleep(0.01)
    return flask.jsonify(
        met=len(list(here.iterdir())),
        pid=os.getpid(),
        body=flask.request.get_data(as_text=True),
        request_id=flask.request.environ["unlith.context"].aws_request_id,
        is_threaded=flask.request.environ["wsgi.multithread"],
    )


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
