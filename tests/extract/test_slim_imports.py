"""Deferred imports mean what imports mean: each claim runs in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import unlith_runtime
from unlith.backends.lazy.bytecode import bytecode
from unlith.backends.lazy.candidates import Module
from unlith.backends.lazy.plan import LazyPlan

ADAPTERS = str(Path(unlith_runtime.__file__ or "").parents[1])
KNOWN = {"json", "decimal", "colorsys", "xml.dom.minidom", "xml", "xml.dom", "fractions"}
PLAIN = {
    "lib/__init__.py": "from .one import first\nfrom . import two\n",
    "lib/one.py": "print('one')\ndef first(): return 1\n",
    "lib/two.py": "print('two')\nVALUE = 2\n",
    "broken.py": "raise RuntimeError('no good')\n",
    "user.py": "from lib import first, two\nimport broken\n"
    "def use(): return first()\n"
    "def both(): return first() + two.VALUE\n"
    "def fail(): return broken\n",
}


def ran(folder: Path, files: dict[str, str], code: str) -> str:
    """Run code beside modules whose every possible import is deferred; give what it printed."""
    names = {
        name.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for name in files
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    read = [
        Module.read(
            name.removesuffix(".py").removesuffix("/__init__").replace("/", "."),
            folder / name,
            is_package=name.endswith("__init__.py"),
            loaded=names | KNOWN,
        )
        for name in files
    ]
    modules = [module for module in read if module is not None]
    plan = LazyPlan(
        deferred={module.name: module.deferrable(set(), set()) for module in modules},
        files={module.name: str(module.file.resolve()) for module in modules},
    )
    sources: dict[str, bytes | Path] = {name: folder / name for name in files}
    for name, data in bytecode(sources, plan, folder / ".cache").items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(data if isinstance(data, bytes) else data.read_bytes())
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), ADAPTERS])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_nothing_is_imported_before_its_first_use(tmp_path: Path) -> None:
    told = ran(
        tmp_path, PLAIN, "import user; print('start'); print(user.use()); print(user.both())"
    )

    assert told.split() == ["start", "one", "1", "two", "3"]


def test_others_see_a_deferred_name_as_an_attribute(tmp_path: Path) -> None:
    code = """
import user, lib
from lib import first
import lib.one
assert user.first is first is lib.one.first is vars(user)["first"]
assert "two" in dir(user) and "_unlith_pending" not in dir(user)
assert user.two is lib.two
try:
    user.nothing
except AttributeError as error:
    assert str(error) == "module 'user' has no attribute 'nothing'"
"""
    assert ran(tmp_path, PLAIN, code).split() == ["one", "two"]


def test_what_fails_fails_at_first_use_with_its_own_error_and_line(tmp_path: Path) -> None:
    code = """
import traceback, user
for _ in range(2):
    try:
        user.fail()
    except RuntimeError as error:
        told, said = traceback.extract_tb(error.__traceback__), str(error)
assert "return broken" in told[1].line and told[1].lineno == 5, told
print(told[-1].lineno, said)
"""
    assert ran(tmp_path, PLAIN, code) == "1 no good\n"


def test_a_patched_name_is_used_before_and_after_its_first_use(tmp_path: Path) -> None:
    code = """
import user
from unittest import mock
with mock.patch("user.first", lambda: 40):
    assert user.both() == 42
assert user.both() == 3
user.first = lambda: 5
assert user.use() == 5
del user.first
try:
    user.use()
except NameError as error:
    print("gone")
"""
    assert ran(tmp_path, PLAIN, code).split()[-1] == "gone"


def test_a_star_import_gets_every_name(tmp_path: Path) -> None:
    code = "from user import *; print(first(), two.VALUE)"
    files = {**PLAIN, "user.py": "from lib import first, two\ndef use(): return first, two\n"}

    assert ran(tmp_path, files, code).split() == ["one", "two", "1", "2"]


def test_annotations_given_as_text_resolve(tmp_path: Path) -> None:
    files = {
        "shapes.py": "from __future__ import annotations\nfrom decimal import Decimal\n"
        "from fractions import Fraction\n"
        "def total(a: Decimal) -> list[Fraction]: return [a]\n"
        "class Line:\n    def cost(self, n: 'Fraction'): return n\n"
        "def used(): return Decimal, Fraction\n"
    }
    code = """
import sys, shapes, typing
assert "decimal" not in sys.modules
print(typing.get_type_hints(shapes.total)["a"].__name__,
      typing.get_type_hints(shapes.total)["return"],
      typing.get_type_hints(shapes.Line.cost)["n"].__name__)
"""
    assert ran(tmp_path, files, code) == "Decimal list[fractions.Fraction] Fraction\n"


def test_scopes_are_pythons_own(tmp_path: Path) -> None:
    files = {
        "scopes.py": """
import json
import colorsys as c
import xml.dom.minidom
from decimal import Decimal as D

def local():
    json = 1
    return json

def parameter(json=2):
    return [json for _ in "a"]

def nested():
    def inner():
        class Holder:
            value = D("1")
            def method(self, D=3):
                return D, json.dumps({}), f"{c.__name__!s:>10}"
        return Holder
    return inner()

def comprehension():
    return [D(n) for n in range(2) if (lambda: json)()], {k: c for k in "a"}

def matched(value):
    match value:
        case D():
            return "number"
    return xml.dom.minidom.Document().toxml()
"""
    }
    code = """
import sys, scopes
assert scopes.local() == 1 and scopes.parameter() == [2]
assert "json" not in sys.modules and "colorsys" not in sys.modules
holder = scopes.nested()
assert str(holder.value) == "1" and holder().method() == (3, "{}", "  colorsys")
assert scopes.comprehension()[0] == [0, 1]
print(scopes.matched(holder.value), scopes.matched(1))
"""
    assert ran(tmp_path, files, code) == 'number <?xml version="1.0" ?>\n'


@pytest.mark.parametrize(
    "text",
    [
        "try:\n    import json\nexcept ImportError:\n    json = None\n",
        "import json\nX = json\n",
        "import json\nclass A(json.JSONEncoder): pass\n",
        "import json\n@json.dumps\ndef f(): pass\n",
        "import json\ndef f(a: json.JSONEncoder): pass\n",
        "import json\nL = [json for _ in 'a']\n",
        "import json\ndef f():\n    global json\n    json = 1\n",
        "import json\ndef f(): return globals()['json']\n",
        "import json\ndef f(): return eval('json')\n",
        "import json\ndel json\n",
        "import json\ndef f(x):\n    match x:\n        case json.JSONEncoder(): return 1\n",
        "import json\n",
        "import json\nclass A:\n    x: 'json.JSONEncoder'\n    def f(self): return json\n",
        "from json import *\n",
        "import json\njson = 1\ndef f(): return json\n",
    ],
)
def test_an_import_that_is_needed_at_once_stays(text: str, tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text(text, "utf-8")

    module = Module.read("m", tmp_path / "m.py", is_package=False, loaded={"m", "json"})

    assert module is not None
    assert module.deferrable(set(), set()) == ()


def test_a_module_with_its_own_getattr_keeps_it(tmp_path: Path) -> None:
    files = {
        "own.py": "import json\ndef __getattr__(name):\n    if name == 'late': return 7\n"
        "    raise AttributeError(name)\ndef f(): return json\n"
    }

    assert ran(tmp_path, files, "import own; print(own.late, own.json.dumps(1))") == "7 1\n"


def test_a_function_of_a_submodules_name_stays_the_function(tmp_path: Path) -> None:
    files = {
        "pkg/__init__.py": "from .run import run\n",
        "pkg/run.py": "def run(): return 'ran'\n",
        "main.py": "import pkg\nimport pkg.run\ndef go(): return pkg.run()\n",
    }

    assert ran(tmp_path, files, "import main; print(main.go())") == "ran\n"


def test_threads_see_one_object(tmp_path: Path) -> None:
    code = """
import threading, user
found, gate = [], threading.Barrier(8)
def go():
    gate.wait()
    found.append(user.two)
threads = [threading.Thread(target=go) for _ in range(8)]
[t.start() for t in threads]; [t.join() for t in threads]
print(len(found), len(set(map(id, found))))
"""
    assert ran(tmp_path, PLAIN, code).split()[-2:] == ["8", "1"]


def test_circular_imports_work_as_before(tmp_path: Path) -> None:
    files = {
        "a.py": "from b import two\ndef one(): return 1\ndef three(): return one() + two()\n",
        "b.py": "from a import one\ndef two(): return one() + 1\n",
    }

    assert ran(tmp_path, files, "import b; print(b.two()); import a; print(a.three())") == "2\n3\n"


def test_objects_pickle_by_name(tmp_path: Path) -> None:
    code = "import pickle, user; print(pickle.loads(pickle.dumps(user.use)) is user.use)"

    assert ran(tmp_path, PLAIN, code) == "True\n"
