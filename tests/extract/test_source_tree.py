"""The import closure, on small trees written for each claim."""

from __future__ import annotations

from pathlib import Path

import pytest

from unlith.backends.source_tree import SourceTree
from unlith.domain.closure import Closure


def closure(
    tmp_path: Path, files: dict[str, str], *entries: str, include: tuple[str, ...] = ()
) -> Closure:
    for name, text in files.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    return SourceTree([tmp_path]).closure(entries, include)


def names(found: Closure) -> set[str]:
    return set(found.modules)


def test_packages_around_a_module_come_with_it(tmp_path: Path) -> None:
    found = closure(
        tmp_path, {"a/__init__.py": "", "a/b/__init__.py": "", "a/b/c.py": ""}, "a.b.c"
    )

    assert names(found) == {"a", "a.b", "a.b.c"}
    assert found.modules["a.b"] == (tmp_path / "a/b/__init__.py").resolve()


def test_imports_are_followed_wherever_they_stand(tmp_path: Path) -> None:
    text = """
import one
from pkg import two, name
def later():
    from pkg.three import thing
    class Inner:
        import four
try:
    import five
except ImportError:
    import six_local
"""
    files = {f"{n}.py": "" for n in ("one", "four", "five", "six_local")}
    files |= {"pkg/__init__.py": "name = 1", "pkg/two.py": "", "pkg/three.py": "thing = 1"}

    found = closure(tmp_path, {"main.py": text, **files}, "main")

    expected = {"main", "one", "four", "five", "six_local", "pkg", "pkg.two", "pkg.three"}
    assert names(found) == expected


def test_relative_imports_start_from_the_package(tmp_path: Path) -> None:
    files = {
        "p/__init__.py": "from . import a",
        "p/a.py": "from .b import x\nfrom ..p.q import deep",
        "p/b.py": "x = 1",
        "p/q/__init__.py": "from .deep import *",
        "p/q/deep.py": "from ... import nothing",
    }

    assert names(closure(tmp_path, files, "p.a")) == {"p", "p.a", "p.b", "p.q", "p.q.deep"}


@pytest.mark.parametrize(
    "guard",
    [
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:",
        "import typing as t\nif t.TYPE_CHECKING:",
        'if __name__ == "__main__":',
        "if False:",
    ],
)
def test_imports_that_never_run_are_left_out(tmp_path: Path, guard: str) -> None:
    text = f"{guard}\n    import heavy\n    import boto3\nelse:\n    import light\n"

    found = closure(tmp_path, {"m.py": text, "heavy.py": "", "light.py": ""}, "m")

    assert names(found) == {"m", "light"}
    assert not found.external


def test_the_standard_library_is_not_external(tmp_path: Path) -> None:
    found = closure(tmp_path, {"m.py": "import json, os.path, yaml\nfrom flask import g"}, "m")

    assert found.external == {"yaml", "flask"}
    assert found.optional == frozenset()


def test_an_import_whose_failure_is_caught_is_optional(tmp_path: Path) -> None:
    text = "try:\n    import orjson, flask\nexcept ImportError:\n    orjson = None\nimport flask"

    found = closure(tmp_path, {"m.py": text}, "m")

    assert found.external == {"orjson", "flask"}
    assert found.optional == {"orjson"}


def test_names_in_quotes_given_to_an_importer_are_followed(tmp_path: Path) -> None:
    text = """
import importlib
importlib.import_module("plug.one")
importlib.import_module(".two", __package__)
import_string("plug.three:Thing")
app.config.from_object("plug.four.Production")
handler = make_handler("plug.five:create_app()")
"""
    numbers = ("one", "two", "three", "four", "five")
    files = {f"plug/{n}.py": "" for n in numbers} | {"plug/__init__.py": text}

    found = closure(tmp_path, files, "plug")

    assert names(found) == {"plug", *(f"plug.{n}" for n in numbers)}
    assert found.unknown == ()


def test_what_cannot_be_followed_is_named_with_its_line(tmp_path: Path) -> None:
    text = "import importlib\n\ndef load(name):\n    return importlib.import_module(name)\n"
    found = closure(tmp_path, {"p/__init__.py": "", "p/m.py": text, "p/bad.py": "def"}, "p.m")

    (unknown,) = found.unknown
    assert unknown.endswith("/p/m.py:4: import_module() of a name made at run time")
    (unknown,) = closure(tmp_path, {}, "p.bad").unknown
    assert "p/bad.py:1: is not valid Python" in unknown


def test_a_submodule_used_as_an_attribute_is_needed(tmp_path: Path) -> None:
    files = {"m.py": "import p\np.sub.deep.f()", "p/__init__.py": "", "p/sub/__init__.py": ""}

    found = closure(tmp_path, files | {"p/sub/deep.py": "f = print"}, "m")

    assert names(found) == {"m", "p", "p.sub", "p.sub.deep"}


def test_include_adds_modules_whole_packages_and_files(tmp_path: Path) -> None:
    files = {"m.py": "", "p/__init__.py": "", "p/q/__init__.py": "", "p/q/r.py": "", "lone.py": ""}
    files |= {"data/geo.bin": "x", "state.db": "x"}

    found = closure(tmp_path, files, "m", include=("p.*", "lone", "data/geo.bin", "state.db"))

    assert names(found) == {"m", "p", "p.q", "p.q.r", "lone"}
    assert set(found.data) == {"data/geo.bin", "state.db"}


def test_an_included_file_cannot_leave_the_tree(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("x")
    (tmp_path / "src").mkdir()
    (tmp_path / "src/m.py").write_text("")

    found = SourceTree([tmp_path / "src"]).closure(["m"], ["../secret.txt"])

    assert not found.data


def test_data_of_needed_packages_comes_and_nothing_else(tmp_path: Path) -> None:
    files = {
        "p/__init__.py": "",
        "p/schema.sql": "x",
        "p/templates/a/b.html": "x",
        "p/.env": "x",
        "p/state.sqlite3": "x",
        "p/tls.pem": "x",
        "p/__pycache__/a.pyc": "x",
        "p/other/__init__.py": "",
        "p/other/data.json": "x",
    }

    assert set(closure(tmp_path, files, "p").data) == {"p/schema.sql", "p/templates/a/b.html"}
    assert "p/other/data.json" in closure(tmp_path, files, "p.other").data


def test_a_lone_module_brings_templates_and_the_files_it_names(tmp_path: Path) -> None:
    files = {
        "app.py": 'open("schema.sql"); open("app.db"); open("../x.txt"); open("README.md" "x")',
        "schema.sql": "x",
        "app.db": "x",
        "README.md": "x",
        "static/a.css": "x",
        "templates/b.html": "x",
    }

    found = closure(tmp_path, files, "app")

    assert set(found.data) == {"schema.sql", "static/a.css", "templates/b.html"}


def test_links_are_not_data(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    (tmp_path / "src/p").mkdir(parents=True)
    (tmp_path / "src/p/__init__.py").write_text("")
    (tmp_path / "src/p/link.txt").symlink_to(tmp_path / "secret")

    assert not SourceTree([tmp_path / "src"]).closure(["p"]).data


def test_an_earlier_root_wins_and_namespace_packages_join(tmp_path: Path) -> None:
    for name in ("one/ns/a.py", "two/ns/b.py", "one/x.py", "two/x.py"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("")

    found = SourceTree([tmp_path / "one", tmp_path / "two"]).closure(["ns.a", "ns.b", "x"])

    assert names(found) == {"ns.a", "ns.b", "x"}
    assert found.modules["x"] == (tmp_path / "one/x.py").resolve()


def test_the_runtime_comes_from_where_it_is_installed(tmp_path: Path) -> None:
    found = closure(tmp_path, {"m.py": "import unlith_runtime"}, "m")

    assert names(found) == {"m", "unlith_runtime"}
    assert not found.external
