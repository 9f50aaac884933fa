"""``init`` finds the app, writes what is missing and keeps what is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from unlith import bootstrap
from unlith.errors import ConfigError, UsageError
from unlith.files.settings import find_root, read_settings

APP = "from flask import Flask\napp = Flask(__name__)\n"
FACTORY = "import flask\n\ndef create_app(config=None):\n    return flask.Flask(__name__)\n"


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        file = folder / (name.replace("__", "/").replace("/init", "/__init__") + ".py")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    return folder


@pytest.mark.parametrize(
    ("files", "app", "source"),
    [
        ({"server": APP}, "server:app", "."),
        ({"blog__init": FACTORY}, "blog:create_app()", "."),
        ({"src__blog__init": FACTORY}, "blog:create_app()", "src"),
        ({"monolith__shop__init": "", "monolith__shop__web__init": FACTORY}, None, "monolith"),
        ({"app": APP, "test_app": APP, "broken": "def ("}, "app:app", "."),
    ],
)
def test_the_one_app_in_a_folder_is_found(
    tmp_path: Path, files: dict[str, str], app: str | None, source: str
) -> None:
    made = bootstrap.init(write(tmp_path, **files), None, ())

    settings = read_settings(find_root(tmp_path))
    assert made.app == settings.app == (app or "shop.web:create_app()")
    assert settings.sources == ((tmp_path / source).resolve(),)


@pytest.mark.parametrize(
    ("files", "said"),
    [({"a": "x = 1"}, "no Flask app found"), ({"a": APP, "b": APP}, "more than one Flask app")],
)
def test_no_app_or_two_apps_is_a_question_to_the_user(
    tmp_path: Path, files: dict[str, str], said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        bootstrap.init(write(tmp_path, **files), None, ())
    assert not (tmp_path / "extracted").exists()


def test_a_pyproject_keeps_its_comments_and_twice_changes_nothing(tmp_path: Path) -> None:
    write(tmp_path, app=APP)
    before = '# ours\n[project]\nname = "x"  # the name\n\n[tool.ruff]\nline-length = 99\n'
    (tmp_path / "pyproject.toml").write_text(before, "utf-8")

    bootstrap.init(tmp_path, None, ())
    once = (tmp_path / "pyproject.toml").read_text("utf-8")
    again = bootstrap.init(tmp_path, None, ())

    assert once.startswith(before)
    assert (tmp_path / "pyproject.toml").read_text("utf-8") == once
    assert again.written == ()


def test_a_broken_pyproject_is_left_as_it_is(tmp_path: Path) -> None:
    write(tmp_path, app=APP)
    (tmp_path / "pyproject.toml").write_text("[tool.", "utf-8")

    with pytest.raises(ConfigError, match="not valid TOML"):
        bootstrap.init(tmp_path, None, ())
    assert (tmp_path / "pyproject.toml").read_text("utf-8") == "[tool."


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("app = 5", "tool.unlith]|pyproject.toml:2: app"),
        ('app = "a:b"\nsources = ["nowhere"]', "pyproject.toml:3: sources: no such folder"),
        ('app = "a:b"\ncolour = 1', "pyproject.toml:3: colour"),
        ('app = "a;b"', "pyproject.toml:2: app"),
        ('app = "a:b(x)"', "pyproject.toml:2: app"),
        ('app = "a:b"\ntimeout_s = -1', "pyproject.toml:3: timeout_s"),
        ('app = "a:b"\n[tool.unlith.parity]\nstates = []', "pyproject.toml:4: parity.states"),
        ('app = "a:b"\n[tool.unlith.parity]\nstate = ["/x"]', ":4: parity.state.0: not a path"),
        ('app = "a:b"\n[tool.unlith.parity]\nstate = [""]', ":4: parity.state.0: not a path"),
        ('app = "a:b"\n[tool.unlith.parity]\nstate = ["a/../.."]', "parity.state.0: not a path"),
        ('app = "a:b"\n[tool.unlith.parity]\nstate = [".unlith/x"]', "parity.state.0: not a"),
    ],
)
def test_a_mistake_in_the_settings_is_named_with_its_line(
    tmp_path: Path, text: str, said: str
) -> None:
    (tmp_path / "pyproject.toml").write_text(f"[tool.unlith]\n{text}\n", "utf-8")

    with pytest.raises(ConfigError, match=said):
        read_settings(tmp_path)


@pytest.mark.parametrize("app", ["m:app(", "", "m app", "m:app\n"])
def test_an_app_that_cannot_be_is_refused_before_anything_is_written(
    tmp_path: Path, app: str
) -> None:
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\nversion = '0'\n")

    with pytest.raises(UsageError, match="is not `module`"):
        bootstrap.init(tmp_path, app, ())

    assert sorted(file.name for file in tmp_path.iterdir()) == ["pyproject.toml"]
    assert "unlith" not in (tmp_path / "pyproject.toml").read_text()
