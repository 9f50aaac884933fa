"""A slim function says which state of the process its route changes."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from unlith.backends.carrier.carrier import FileCarrier
from unlith.backends.flask_inspector import FlaskInspector
from unlith.backends.function_shelf import FolderShelf
from unlith.domain.route import Route
from unlith.files.settings import read_settings
from unlith.usecases.extract import ExtractRequest, extract

FILES = {
    "pyproject.toml": '[tool.unlith]\napp = "board:make()"\n',
    "board/__init__.py": """
        from flask import Flask
        from board import pages
        def make():
            app = Flask(__name__)
            app.register_blueprint(pages.bp)
            return app
    """,
    "board/memory.py": """
        NOTES = []
        SEEN = {}
        hits = 0
        def remember(note):
            NOTES.append(note)
        def count():
            global hits
            hits += 1
        def seen(name):
            SEEN[name] = True  # unlith: ignore[LR101] a cache that may vanish
    """,
    "board/pages.py": """
        from flask import Blueprint, request
        from board import memory
        bp = Blueprint("pages", __name__)
        @bp.post("/notes")
        def add():
            memory.remember(request.form["note"])
            return "ok"
        @bp.get("/notes")
        def show():
            return {"notes": memory.NOTES}
        @bp.get("/hit")
        def hit():
            memory.count()
            return "hit"
        @bp.get("/words")
        def words():
            found = []
            found.append("a")
            return found
        @bp.get("/seen/<name>")
        def seen(name):
            memory.seen(name)
            return "seen"
    """,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(dedent(text).lstrip("\n"))
    return tmp_path


def warnings(folder: Path, route: str) -> tuple[str, ...]:
    settings = read_settings(folder)
    survey = FlaskInspector(settings).inspect()
    request = ExtractRequest((Route.parse(route),))
    made = extract(request, survey, FileCarrier(settings), FolderShelf(settings))
    return made.warnings


def test_state_that_the_closure_changes_is_named_with_its_place(folder: Path) -> None:
    (warning,) = warnings(folder, "POST /notes")

    assert warning.startswith("board/memory.py:5: ")
    assert "NOTES" in warning
    assert "apart from the monolith's" in warning
    assert "LR101" in warning


def test_a_global_that_is_counted_up_is_named(folder: Path) -> None:
    (warning,) = warnings(folder, "GET /hit")

    assert warning.startswith("board/memory.py:8: ")
    assert "hits" in warning


def test_what_is_silenced_beside_the_code_is_not_warned_of(folder: Path) -> None:
    assert warnings(folder, "GET /seen/<name>") == ()


def test_a_route_that_only_reads_or_changes_its_own_is_not_warned_of(folder: Path) -> None:
    assert warnings(folder, "GET /words") == ()
