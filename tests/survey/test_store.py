"""What was read of a file is kept by its content and read again only when that changes."""

from __future__ import annotations

import ast
import json
import sysconfig
from pathlib import Path

import pytest

from unlith.backends.source_tree import SourceTree
from unlith.backends.survey.reader import read
from unlith.backends.survey.reading import Reading, from_data, to_data
from unlith.backends.survey.store import Readings

FILES = sorted(Path(ast.__file__).parent.glob("*.py"))[::9] + sorted(
    Path(sysconfig.get_paths()["purelib"], "werkzeug").rglob("*.py")
)


def opened(folder: Path) -> tuple[Readings, dict[str, int]]:
    """Open the store for three modules, ask for each, and give how often each was read."""
    tree = SourceTree([folder])
    kept = Readings(folder / "kept" / "readings.json")
    read_: dict[str, int] = {}
    for name in ("a", "b", "c"):
        module = tree.find(name)
        assert module is not None

        def made(module=module) -> Reading:  # type: ignore[no-untyped-def]  # bound in a loop
            read_[module.name] = read_.get(module.name, 0) + 1
            return read(module.text, module.name, is_package=False)

        assert kept.of(module, made).module == name
    kept.keep()
    return kept, read_


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_what_is_kept_is_what_was_read(file: Path) -> None:
    made = read(file.read_text("utf-8"), "m", is_package=False)

    assert from_data(json.loads(json.dumps(to_data(made)))) == made


def test_after_an_edit_that_file_alone_is_read(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.py").write_text(f"{name} = 1")

    _, first = opened(tmp_path)
    _, second = opened(tmp_path)
    (tmp_path / "b.py").write_text("b = 2")
    edited, third = opened(tmp_path)

    assert first == {"a": 1, "b": 1, "c": 1}
    assert second == {}
    assert third == {"b": 1}
    assert edited.fresh == 1


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"made_by": "another", "readings": {}}'])
def test_a_store_of_another_reader_is_empty(tmp_path: Path, text: str) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.py").write_text(f"{name} = 1")
    opened(tmp_path)

    (tmp_path / "kept" / "readings.json").write_text(text)

    assert opened(tmp_path)[1] == {"a": 1, "b": 1, "c": 1}


def test_what_is_no_longer_asked_for_is_forgotten(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.py").write_text(f"{name} = 1")
    opened(tmp_path)
    (tmp_path / "b.py").write_text("b = 2")
    opened(tmp_path)

    kept = json.loads((tmp_path / "kept" / "readings.json").read_text("utf-8"))["readings"]

    assert len(kept) == 3
