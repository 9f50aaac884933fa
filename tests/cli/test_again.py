"""``unlith extract --again`` as a user types it."""

from __future__ import annotations

from pathlib import Path

from cli.conftest import Unlith

HEAD = "from flask import Flask\napp = Flask(__name__)\n"
SOURCE = HEAD + "@app.get('/x')\ndef x():\n    return '1'\n"


def test_a_function_is_written_again_and_what_was_edited_is_said(
    tmp_path: Path, unlith: Unlith
) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.unlith]\napp = "again_app:app"\n')
    (tmp_path / "again_app.py").write_text(SOURCE)
    assert unlith(tmp_path, "extract", "GET /x", "--level", "pure").code == 0
    handler = tmp_path / "extracted/x_get/handler.py"
    handler.write_text(handler.read_text() + "# mine\n")
    (tmp_path / "again_app.py").write_text(SOURCE.replace("'1'", "'2'"))

    status = unlith(tmp_path, "status", "--json").json["functions"]
    made = unlith(tmp_path, "extract", "--again", "x_get", "--json")

    notes = next(row["notes"] for row in status if row["name"] == "x_get")
    assert notes[0] == "edited by hand: handler.py"
    assert notes[1].startswith("sources changed since extraction: again_app.py")
    assert made.json["files"] == ["extracted/x_get/again_app.py", "extracted/x_get/function.toml"]
    assert made.json["notes"] == ["edited by hand: handler.py"]
    assert handler.read_text().endswith("# mine\n")

    module = tmp_path / "extracted/x_get/again_app.py"
    module.write_text(module.read_text().replace("'2'", "'mine'"))
    (tmp_path / "again_app.py").write_text(SOURCE.replace("'1'", "'3'"))
    refused = unlith(tmp_path, "extract", "--again", "x_get")
    assert (refused.code, refused.out) == (1, "")
    assert "x_get/again_app.py: edited by hand" in refused.err
    assert "hint: " in refused.err
    assert "'mine'" in module.read_text()
    assert unlith(tmp_path, "extract").code == 2
