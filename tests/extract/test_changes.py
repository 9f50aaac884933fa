"""What level pure refuses most, with the change that brings the route there: before and after."""

from __future__ import annotations

import ast
from pathlib import Path
from textwrap import dedent

import pytest

from unlith.backends.carrier.carrier import FileCarrier
from unlith.backends.carrier.environ import variables
from unlith.backends.flask_inspector import FlaskInspector
from unlith.domain.extraction import Carried
from unlith.domain.function import Level
from unlith.domain.route import Route
from unlith.files.settings import read_settings

HEAD = """
from flask import {names}
app = Flask(__name__)
app.secret_key = "k"
DATA = b"png"
"""

CASES = {
    "files": (
        'Flask, request\n@app.post("/x")\ndef x():\n    return request.files["a"].read()\n',
        "request.files needs Flask",
        "read request.data",
        'Flask, request\n@app.post("/x")\ndef x():\n    return request.data\n',
    ),
    "flash": (
        'Flask, flash\n@app.post("/x")\ndef x():\n    flash("done"); return "ok"\n',
        "flask.flash has no stand-in",
        "give the message in the answer itself",
        'Flask\n@app.post("/x")\ndef x():\n    return {"message": "done"}\n',
    ),
    "messages": (
        'Flask, get_flashed_messages\n@app.post("/x")\ndef x():\n'
        "    return get_flashed_messages()\n",
        "flask.get_flashed_messages has no stand-in",
        "give the message in the answer itself",
        'Flask\n@app.post("/x")\ndef x():\n    return {"message": "done"}\n',
    ),
    "send": (
        'Flask, send_file\n@app.post("/x")\ndef x():\n    return send_file("logo.png")\n',
        "flask.send_file has no stand-in",
        "answer Response(DATA, mimetype=...)",
        'Flask, Response\n@app.post("/x")\ndef x():\n'
        '    return Response(DATA, mimetype="image/png")\n',
    ),
    "stream": (
        'Flask, request, stream_with_context\n@app.post("/x")\ndef x():\n'
        "    return stream_with_context(k for k in request.args)\n",
        "flask.stream_with_context has no stand-in",
        "build it from a list and read the request before",
        'Flask, Response, request\n@app.post("/x")\ndef x():\n'
        "    return Response([k for k in request.args])\n",
    ),
    "app": (
        'Flask\n@app.post("/x")\ndef x():\n    return str(app.url_map)\n',
        "app.url_map needs Flask",
        "level slim",
        'Flask\n@app.post("/x")\ndef x():\n    app.logger.warning("x"); return app.name\n',
    ),
    "current app": (
        'Flask, current_app\n@app.post("/x")\ndef x():\n    return str(current_app.jinja_env)\n',
        "current_app.jinja_env needs Flask",
        "level slim",
        'Flask, current_app\n@app.post("/x")\ndef x():\n'
        '    current_app.logger.warning("x"); return "x"\n',
    ),
}


def carried(folder: Path, text: str) -> tuple[Carried, int]:
    names, _, view = text.partition("\n")
    source = HEAD.lstrip("\n").format(names=names) + view
    (folder / "pyproject.toml").write_text('[tool.unlith]\napp = "corner_app:app"\n')
    (folder / "corner_app.py").write_text(source)
    settings = read_settings(folder)
    survey = FlaskInspector(settings).inspect()
    rule = survey.find(Route("POST", "/x"))
    found = FileCarrier(settings).carry(survey, (rule,), "fn", Level.PURE)
    body = next(n for n, line in enumerate(source.splitlines(), 1) if line.startswith("def x")) + 1
    return found, body


@pytest.mark.parametrize("name", CASES)
def test_a_refusal_says_the_change_and_the_change_is_enough(tmp_path: Path, name: str) -> None:
    before, reason, change, after = CASES[name]

    refused, line = carried(tmp_path, before)
    (blocker,) = refused.blockers
    assert (blocker.file, blocker.line) == ("corner_app.py", line)
    assert blocker.reason.startswith(reason)
    assert change in blocker.change

    found, _ = carried(tmp_path, after)
    assert found.blockers == ()
    assert "def x():" in found.files["corner_app.py"]


def read(text: str) -> tuple[str, ...]:
    return variables([ast.parse(dedent(text))])


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("import os\nos.environ['A']; os.environ.get('B'); os.getenv('C')", ("A", "B", "C")),
        ("import os as system\nsystem.environ['SERVER_NAME']", ("SERVER_NAME",)),
        ("from os import environ, getenv\nenviron['HTTP_PROXY']; getenv('PATH_INFO')",
         ("HTTP_PROXY", "PATH_INFO")),
        ("from os import environ as mine\nmine.get('A')", ("A",)),
        ("from flask import request\nrequest.environ['PATH_INFO']", ()),
        ("from flask import request as r\nr.environ.get('OWN_KEY')", ()),
        ("import flask\nflask.request.environ['OWN_KEY']", ()),
        ("from flask import request\ndef f():\n    env = request.environ\n    env['OWN_KEY']", ()),
        ("def wsgi(environ, start):\n    environ['REMOTE_ADDR']; environ.get('wsgi.input')\n"
         "    environ.get('HTTP_HOST')", ()),
        ("def settings(environ):\n    return environ['SHOP_PORTS']", ("SHOP_PORTS",)),
    ],
)  # fmt: skip
def test_only_the_environment_of_the_process_counts(text: str, names: tuple[str, ...]) -> None:
    assert read(text) == names
