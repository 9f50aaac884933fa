"""A function that is written again: what moved on is followed, what was edited by hand stays."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from unlith.backends.carrier.carrier import FileCarrier
from unlith.backends.flask_inspector import FlaskInspector
from unlith.backends.function_shelf import FolderShelf
from unlith.domain.function import Level
from unlith.domain.route import Route
from unlith.errors import AlreadyExtracted, EditedByHand, ExtractionRefused, UsageError
from unlith.files.function_toml import (
    function_from_toml,
    function_to_toml,
    is_as_written,
    plain_toml,
    read_functions,
)
from unlith.files.settings import Settings, read_settings
from unlith.usecases.extract import Extracted, ExtractRequest, extract

SOURCE = '''
from flask import Flask, request
app = Flask(__name__)

LIMIT = 5


def first(text):
    """Give the first letters."""
    return text[:LIMIT]


def last(text):
    """Give the last letters."""
    return text[-LIMIT:]


@app.get("/ends")
def ends():
    text = request.args.get("text", "")
    return {"first": first(text), "last": last(text)}
'''
ENDS = Route("GET", "/ends")
MOVED = SOURCE.replace("return text[-LIMIT:]", "return text[-LIMIT:].strip()")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "pyproject.toml").write_text('[tool.unlith]\napp = "ends_app:app"\n')
    (tmp_path / "ends_app.py").write_text(SOURCE)
    found = read_settings(tmp_path)
    run(found, ExtractRequest((ENDS,), Level.PURE))
    return found


def run(settings: Settings, request: ExtractRequest) -> Extracted:
    survey = FlaskInspector(settings).inspect()
    return extract(request, survey, FileCarrier(settings), FolderShelf(settings))


def again(settings: Settings, name: str = "ends_get", level: Level | None = None) -> Extracted:
    return run(settings, ExtractRequest(level=level, again=name))


def folder(settings: Settings) -> Path:
    return settings.extracted / "ends_get"


def move(settings: Settings, text: str = MOVED) -> None:
    (settings.root / "ends_app.py").write_text(text)


def edit(file: Path, before: str, after: str) -> None:
    text = file.read_text()
    assert before in text
    file.write_text(text.replace(before, after))


def content(settings: Settings) -> dict[str, bytes]:
    files = [file for file in folder(settings).rglob("*") if file.is_file()]
    return {file.name: file.read_bytes() for file in files}


def remarks(settings: Settings) -> tuple[str, ...]:
    return FolderShelf(settings).remarks()["ends_get"]


def test_a_function_that_nothing_happened_to_is_left_alone(settings: Settings) -> None:
    before = content(settings)

    assert again(settings).files == ()
    assert content(settings) == before
    assert remarks(settings) == ()


def test_sources_that_moved_on_are_followed(settings: Settings) -> None:
    move(settings)
    (note,) = remarks(settings)

    made = again(settings)

    assert note.startswith("sources changed since extraction: ends_app.py")
    assert set(made.files) == {
        "extracted/ends_get/ends_app.py",
        "extracted/ends_get/function.toml",
    }
    assert ".strip()" in (folder(settings) / "ends_app.py").read_text()
    assert remarks(settings) == ()
    assert [entry.name for entry in settings.extracted.iterdir()] == ["ends_get"]


def test_an_edit_elsewhere_in_a_file_is_merged_and_stays_an_edit(settings: Settings) -> None:
    file = folder(settings) / "ends_app.py"
    edit(file, "LIMIT = 5\n", "LIMIT = 5  # mine\n")
    move(settings)
    assert remarks(settings)[0] == "edited by hand: ends_app.py"

    again(settings)

    assert "LIMIT = 5  # mine" in file.read_text()
    assert ".strip()" in file.read_text()
    assert remarks(settings) == ("edited by hand: ends_app.py",)
    # The next merge rests on what was generated now.
    move(settings, MOVED.replace("text[:LIMIT]", "text[: LIMIT + 1]"))
    again(settings)
    assert "# mine" in file.read_text()
    assert "LIMIT + 1" in file.read_text()


def test_an_edit_of_what_moved_on_is_refused_and_nothing_is_written(settings: Settings) -> None:
    edit(folder(settings) / "ends_app.py", "return text[-LIMIT:]", "return text[-7:]")
    move(settings)
    before = content(settings)

    with pytest.raises(EditedByHand) as refused:
        again(settings)

    assert refused.value.exit_code == 1
    assert refused.value.hint
    (one,) = refused.value.edits
    assert one.startswith("ends_get/ends_app.py: edited by hand in lines that are generated other")
    assert content(settings) == before


def test_every_file_that_cannot_be_merged_is_listed(settings: Settings) -> None:
    shutil.rmtree(settings.work)
    edit(folder(settings) / "ends_app.py", "LIMIT = 5\n", "LIMIT = 6\n")
    edit(folder(settings) / "function.toml", "environ = []", 'environ = ["MINE"]')
    edit(folder(settings) / "handler.py", '"""', '"""Mine. ')
    move(settings)
    before = content(settings)

    with pytest.raises(EditedByHand, match="cannot write ends_get again") as refused:
        again(settings)

    # The handler is generated as it was: its edit stays without a merge.
    assert [edit.split(":")[0] for edit in refused.value.edits] == [
        "ends_get/ends_app.py",
        "ends_get/function.toml",
    ]
    assert all("not in .unlith/" in edit for edit in refused.value.edits)
    assert content(settings) == before


def test_an_edited_file_that_is_generated_as_it_was_needs_no_base(settings: Settings) -> None:
    shutil.rmtree(settings.work)
    edit(folder(settings) / "handler.py", '"""', '"""Mine. ')
    move(settings)

    again(settings)

    assert '"""Mine. ' in (folder(settings) / "handler.py").read_text()


def test_an_edited_description_is_merged(settings: Settings) -> None:
    file = folder(settings) / "function.toml"
    edit(file, "environ = []", 'environ = ["MINE"]')
    move(settings)
    assert remarks(settings)[0] == "edited by hand: function.toml"

    again(settings)

    (info,) = read_functions(settings.extracted)
    assert info.environ == ("MINE",)
    assert remarks(settings) == ("edited by hand: function.toml",)


def test_a_file_of_ones_own_stays_and_is_never_written_over(settings: Settings) -> None:
    (folder(settings) / "notes.md").write_text("mine\n")
    (folder(settings) / "inner").mkdir()
    (folder(settings) / "inner/more.py").write_text("x = 1\n")
    move(settings)

    again(settings)
    assert (folder(settings) / "notes.md").read_text() == "mine\n"
    assert (folder(settings) / "inner/more.py").read_text() == "x = 1\n"

    # A module of the same name is generated from now on.
    (folder(settings) / "words.py").write_text("mine = 1\n")
    (settings.root / "words.py").write_text(
        "from flask import request\ndef word():\n    return request.args['w']\n"
    )
    text = MOVED.replace("from flask", "from words import word\nfrom flask")
    move(settings, text.replace('"last": last(text)', '"last": word()'))
    with pytest.raises(EditedByHand, match="ends_get"):
        again(settings)
    assert (folder(settings) / "words.py").read_text() == "mine = 1\n"


def test_a_removed_file_stays_removed_unless_it_is_generated_otherwise(settings: Settings) -> None:
    (folder(settings) / "ends_app.py").unlink()
    assert remarks(settings) == ("edited by hand: ends_app.py (removed)",)

    assert again(settings).files == ()
    move(settings)
    with pytest.raises(EditedByHand, match="ends_get"):
        again(settings)


def test_a_level_can_change_and_edits_of_what_goes_are_not_lost(settings: Settings) -> None:
    edit(folder(settings) / "ends_app.py", "LIMIT = 5\n", "LIMIT = 6\n")
    with pytest.raises(EditedByHand) as refused:
        again(settings, level=Level.SLIM)
    assert "not generated any more" in refused.value.edits[0]

    edit(folder(settings) / "ends_app.py", "LIMIT = 6\n", "LIMIT = 5\n")
    made = again(settings, level=Level.SLIM)

    assert made.function.level is Level.SLIM
    assert "extracted/ends_get/ends_app.py" in made.files
    assert not (folder(settings) / "ends_app.py").exists()


def test_a_merge_that_is_no_python_is_refused(settings: Settings) -> None:
    edit(folder(settings) / "ends_app.py", "LIMIT = 5\n", "LIMIT = (5\n")
    move(settings)

    with pytest.raises(EditedByHand) as refused:
        again(settings)
    assert "no Python" in refused.value.edits[0]


def test_a_description_of_before_digests_is_brought_up_to_date_or_refused(
    settings: Settings,
) -> None:
    file = folder(settings) / "function.toml"
    (info,) = read_functions(settings.extracted)
    old = plain_toml(replace(info, files=()))
    file.write_text(old)
    assert remarks(settings) == ()

    again(settings)
    assert read_functions(settings.extracted) == (info,)

    file.write_text(old + "# mine\n")
    edit(folder(settings) / "handler.py", '"""', '"""Mine. ')
    with pytest.raises(EditedByHand) as refused:
        again(settings)
    assert len(refused.value.edits) == 2
    assert all("nothing tells whether it was edited" in one for one in refused.value.edits)


def test_what_cannot_be_carried_any_more_leaves_the_function_as_it_was(settings: Settings) -> None:
    text = SOURCE.replace("import Flask,", "import Flask, render_template,")
    move(settings, text.replace('return {"first"', 'render_template("x")\n    return {"first"'))
    before = content(settings)

    with pytest.raises(ExtractionRefused) as refused:
        again(settings)

    assert "render_template" in refused.value.blockers[0]
    assert content(settings) == before


def test_again_is_asked_for_by_name_alone(settings: Settings) -> None:
    with pytest.raises(UsageError, match="no function 'nothing'") as missing:
        again(settings, "nothing")
    assert "ends_get" in missing.value.hint
    with pytest.raises(UsageError, match="keeps its routes"):
        run(settings, ExtractRequest((ENDS,), again="ends_get"))
    with pytest.raises(AlreadyExtracted) as there:
        run(settings, ExtractRequest((ENDS,)))
    assert "unlith extract --again ends_get" in there.value.hint


def test_a_description_shows_each_edit_of_itself(settings: Settings) -> None:
    text = (folder(settings) / "function.toml").read_text()

    assert is_as_written(text)
    assert function_to_toml(function_from_toml(text, "f")) == text
    for changed in (text.replace('"pure"', '"slim"'), text + "# mine\n", text.replace("=", " =")):
        assert not is_as_written(changed)
