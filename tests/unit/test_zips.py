"""Zips are reproducible and hold no name that leads out of them."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unlith.backends.distributions import files_of, needed
from unlith.backends.zips import sha256_of, unpack, write_zip
from unlith.errors import UsageError

parts = st.from_regex(r"[a-z0-9_]{1,8}", fullmatch=True)
names = st.lists(parts, min_size=1, max_size=3).map("/".join)


@given(st.dictionaries(names, st.binary(max_size=50), max_size=8))
def test_the_same_files_give_the_same_bytes(
    tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes]
) -> None:
    first, second = (tmp_path_factory.mktemp("zip") / "a.zip" for _ in range(2))

    one = write_zip(first, files)
    other = write_zip(second, dict(reversed(files.items())))

    assert one == other
    assert first.read_bytes() == second.read_bytes()
    assert sha256_of(first) == one[0]
    with zipfile.ZipFile(first) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == files


@pytest.mark.parametrize("name", ["../a", "/etc/passwd", "a/../../b", "a\\b", ""])
def test_a_name_that_leads_out_is_refused_and_leaves_nothing(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="not a name"):
        write_zip(tmp_path / "a.zip", {name: b""})
    assert list(tmp_path.iterdir()) == []


def test_unpacking_twice_gives_one_folder_and_new_code_another(tmp_path: Path) -> None:
    zipped = tmp_path / "f.zip"
    write_zip(zipped, {"a.py": b"1"})

    first = unpack(zipped, tmp_path)
    again = unpack(zipped, tmp_path)
    write_zip(zipped, {"a.py": b"2"})
    changed = unpack(zipped, tmp_path)

    assert first == again != changed
    assert ((first / "a.py").read_bytes(), (changed / "a.py").read_bytes()) == (b"1", b"2")


def test_an_import_needs_its_distribution_and_all_it_requires() -> None:
    found, missing = needed(["flask", "no_such_module", "boto3"])

    assert {"flask", "werkzeug", "jinja2", "markupsafe", "itsdangerous"} <= set(found)
    assert not {"boto3", "botocore"} & set(found)
    assert missing == ("no_such_module",)


def test_a_distribution_brings_code_and_metadata_and_no_caches() -> None:
    names = [name for name, _ in files_of("flask")]

    assert "flask/app.py" in names
    assert any(name.endswith(".dist-info/METADATA") for name in names)
    assert not [n for n in names if "__pycache__" in n or n.endswith((".pyc", "RECORD"))]
