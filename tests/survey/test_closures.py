"""What a route reaches, claim by claim, on trees written for each."""

from __future__ import annotations

from pathlib import Path

import pytest

from survey.reading_trees import analysis_of, closure_of
from unlith.domain.survey import Hook, Location


def used(folder: Path, files: dict[str, str], **given: object) -> set[str]:
    return set(closure_of(folder, files, **given).modules)


@pytest.mark.parametrize(
    ("app", "other"),
    [
        ("from b import f\ndef view(): return f()", "def f(): pass"),
        ("import b\ndef view(): return b.f()", "def f(): pass"),
        ("import b as c\ndef view(): return c.f", "def f(): pass"),
        ("def view():\n    from b import f\n    return f()", "def f(): pass"),
        ("from b import *\ndef view(): return f()", "def f(): pass"),
        ("from b import X\ndef view(): return X", "X = 1"),
        ("from b import C\ndef view(): return C().m()", "class C:\n    def m(self): pass"),
        ("from b import C\nclass D(C): pass\ndef view(): return D", "class C: pass"),
        ("from b import f\nT = {'a': f}\ndef view(): return T['a']()", "def f(): pass"),
        ("from b import d\n@d\ndef view(): pass", "def d(f): return f"),
        ("from b import f\ndef view(x=f): pass", "def f(): pass"),
        ("import importlib\ndef view(): return importlib.import_module('b').f", "def f(): pass"),
    ],
)
def test_a_name_leads_to_its_module(tmp_path: Path, app: str, other: str) -> None:
    found = closure_of(tmp_path, {"app.py": app, "b.py": other})

    assert "b" in {*found.modules, *found.imported}


def test_a_re_export_is_followed_to_its_source(tmp_path: Path) -> None:
    files = {
        "app.py": "from p import f\ndef view(): return f()",
        "p/__init__.py": "from .q import g as f\nfrom .r import other",
        "p/q.py": "def g(): pass",
        "p/r.py": "def other(): pass",
    }

    found = closure_of(tmp_path, files)

    assert "p.q" in found.modules
    assert {"p", "p.r"} <= set(found.imported)


def test_what_an_imported_module_holds_besides_is_not_used(tmp_path: Path) -> None:
    files = {
        "app.py": "from b import f\nfrom c import g\ndef view(): return f()\ndef w(): return g()",
        "b.py": "def f(): pass",
        "c.py": "def g(): pass",
    }

    found = closure_of(tmp_path, files)

    assert "c" not in found.modules
    assert "c" in found.imported


def test_a_method_of_an_unknown_object_is_found_in_live_classes_only(tmp_path: Path) -> None:
    files = {
        "app.py": "from m import Live\nfrom n import Dead\n"
        "def view(x):\n    y = Live()\n    return y.run()\ndef other(): Dead()",
        "m.py": "import deep\nclass Live:\n    def run(self): return deep.f()",
        "n.py": "import far\nclass Dead:\n    def run(self): return far.f()",
        "deep.py": "def f(): pass",
        "far.py": "def f(): pass",
    }

    found = used(tmp_path, files)

    assert "deep" in found
    assert "far" not in found


def test_a_class_in_a_table_is_asked_without_an_instance(tmp_path: Path) -> None:
    view = "import kinds\nfrom table import KINDS\ndef view(name): return KINDS[name].title()"
    kinds = """
import d, e, table
class One:
    @staticmethod
    def title(): return d.x
    def other(self): return e.x
for kind in list(vars().values()):
    table.add(kind)
"""
    table = "KINDS = {}\ndef add(kind):\n    KINDS[kind.__name__] = kind"
    files = {
        "app.py": view,
        "table.py": table,
        "kinds.py": kinds,
        "d.py": "x = 1",
        "e.py": "x = 1",
    }

    found = used(tmp_path, files)

    assert {"kinds", "d"} <= found
    assert "e" not in found


def test_an_object_made_at_start_is_found_behind_current_app(tmp_path: Path) -> None:
    files = {
        "app.py": "from flask import current_app\nfrom s import Store\nstore = Store()\n"
        "def view():\n    return current_app.extensions['s'].get()",
        "s.py": "import rows\nclass Store:\n    def get(self): return rows.f()",
        "rows.py": "def f(): pass",
    }

    assert "rows" in used(tmp_path, files)


def test_a_registry_brings_what_a_decorator_put_in(tmp_path: Path) -> None:
    files = {
        "app.py": "from r import KINDS\ndef view(k): return KINDS[k]()",
        "r.py": "KINDS = {}\ndef kind(name):\n    def add(f):\n        KINDS[name] = f\n"
        "        return f\n    return add",
        "k.py": "from r import kind\n@kind('a')\ndef a(): pass",
    }

    assert "k" in used(tmp_path, files)


def test_hooks_are_of_every_routes_closure(tmp_path: Path) -> None:
    where = Location("h", "check", "", 1, True)
    files = {"app.py": "def view(): pass", "h.py": "import g\ndef check(): g.f()", "g.py": "f = 1"}

    assert {"h", "g"} <= used(tmp_path, files, hooks=(Hook("before_request", "", where),))


def test_a_template_brings_others_and_the_methods_it_asks_for(tmp_path: Path) -> None:
    files = {
        "app.py": "from flask import render_template\nfrom u import User\n"
        "def view(): return render_template('a.html', user=User())",
        "u.py": "import names\nclass User:\n    def title(self): return names.f()",
        "names.py": "def f(): pass",
        "templates/a.html": "{% extends 'base.html' %}{{ user.title() }}",
        "templates/base.html": "",
        "templates/other.html": "",
    }

    found = closure_of(tmp_path, files)

    assert found.templates == ("a.html", "base.html")
    assert "names" in found.modules


def test_what_only_type_checkers_read_is_left_out(tmp_path: Path) -> None:
    files = {
        "app.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from b import X\n"
        "def view(): pass",
        "b.py": "X = 1",
    }

    found = closure_of(tmp_path, files)

    assert "b" not in {*found.modules, *found.imported}


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("import importlib\ndef view(n): importlib.import_module(n)", "import_module() of a name"),
        ("def view(o, n): getattr(o, n)", "getattr() of a name made at run time"),
        ("def view(t): eval(t)", "eval() runs code"),
        ("import pkgutil\ndef view(): pkgutil.walk_packages()", "finds modules at run time"),
        ("from importlib.metadata import entry_points\ndef view(): entry_points()", "plugins"),
    ],
)
def test_what_cannot_be_followed_is_named(tmp_path: Path, text: str, what: str) -> None:
    (unknown,) = closure_of(tmp_path, {"app.py": text}).unknown

    assert what in unknown
    assert "app.py:" in unknown


def test_a_broken_module_is_named_where_it_is_needed(tmp_path: Path) -> None:
    files = {"app.py": "def view():\n    import bad", "bad.py": "def (:", "worse.py": "("}

    (unknown,) = closure_of(tmp_path, files).unknown

    assert "bad.py:1: is not valid Python" in unknown


def test_circular_imports_end(tmp_path: Path) -> None:
    files = {
        "app.py": "from b import f\ndef view(): return f",
        "b.py": "from app import view as f",
    }

    assert "app" in used(tmp_path, files)


def test_namespace_packages_are_followed(tmp_path: Path) -> None:
    files = {"app.py": "from ns.a import f\ndef view(): return f()", "ns/a.py": "def f(): pass"}

    assert "ns.a" in used(tmp_path, files)


def test_distributions_are_told_apart_by_use(tmp_path: Path) -> None:
    files = {"app.py": "import flask, click\ndef view(): return flask.g"}

    found = closure_of(tmp_path, files)

    assert found.used == ("flask",)
    assert found.pulled == ("click",)


@pytest.mark.parametrize(
    ("text", "touch"),
    [
        ("from flask import request\ndef view(): request.args.get('q')", ("request", "args.q")),
        ("from flask import request as r\ndef view(): r.form['q']", ("request", "form.q")),
        ("import flask\ndef view(): flask.request.headers['X']", ("request", "headers.X")),
        ("from flask import request\ndef view():\n    d = request.get_json()\n    return d['k']",
         ("request", "json.k")),
        ("from flask import session\ndef view(): session['u'] = 1", ("session", "u")),
        ("from flask import g\ndef view(): return g.user", ("g", "user")),
        ("from flask import current_app\ndef view(): current_app.config['K']", ("config", "K")),
        ("import os\ndef view(): os.environ['HOME']", ("env", "HOME")),
        ("import os\ndef view(): os.getenv('HOME', '')", ("env", "HOME")),
        ("def view(): open('a.txt', 'w')", ("file", "a.txt")),
        ("import requests\ndef view(): requests.get('u')", ("http", "requests.get")),
        ("import requests\ns = requests.Session()\ndef view(): s.post('u')",
         ("http", "requests.post")),
        ("def view(db): db.execute('SELECT a FROM orders JOIN lines USING (x)')",
         ("table", "lines")),
        ("def view(db): db.execute('INSERT INTO orders VALUES (1)')", ("table", "orders")),
        ("from flask_sqlalchemy import SQLAlchemy\ndb = SQLAlchemy()\nclass User(db.Model):\n"
         "    __tablename__ = 'users'\ndef view(): return User.query", ("model", "User (users)")),
    ],
)  # fmt: skip
def test_what_a_route_touches_is_found(tmp_path: Path, text: str, touch: tuple[str, str]) -> None:
    found = analysis_of(tmp_path, {"app.py": text})
    found.closures()

    assert touch in {(t.kind, t.name) for t in found.touches()["view", ""]}


@pytest.mark.parametrize(
    ("late", "other"),
    [
        ("from d import f\n@f\ndef unused(): pass", "def f(x): return x"),
        ("import d\n@d.f(1)\nclass Unused: pass", "def f(n): return lambda c: c"),
        ("import d\nclass Unused:\n    x = d.f()", "def f(): pass"),
        ("import d\nclass Unused:\n    @d.f\n    def m(self): pass", "def f(x): return x"),
        ("import d\ndef unused(x=d.f()): pass", "def f(): pass"),
        ("import d\nd.f()", "def f(): pass"),
        ("import d\nX = [d.f() for _ in range(2)]", "def f(): pass"),
        ("import d\nclass Unused(d.Base): pass",
         "class Base:\n    def __init_subclass__(cls): pass"),
        ("import d\nclass Unused(metaclass=d.Meta): pass",
         "class Meta(type):\n    def __new__(cls, *a): return type.__new__(cls, *a)"),
        ("import d\nclass Unused(d.Base): pass",
         "class Meta(type): pass\nclass Base(metaclass=Meta): pass"),
        ("import d\nclass Unused(d.f()): pass", "def f(): return object"),
        ("import d\nclass Unused:\n    x = d.Field()",
         "class Field:\n    def __set_name__(self, owner, name): pass"),
        ("import d\nwith d.f(): pass", "def f(): pass"),
        ("import d\nif d.X: pass", "class C:\n    def __bool__(self): return True\nX = C()"),
        ("import deeper", "def f(x): return x"),
        ("from d import f\n@f(f(1))\ndef unused(): pass", "def f(x): return f"),
    ],
)  # fmt: skip
def test_what_runs_while_a_request_imports_is_used(tmp_path: Path, late: str, other: str) -> None:
    files = {
        "app.py": "def view():\n    import late",
        "late.py": late,
        "deeper.py": "from d import f\nf(1)",
        "d.py": other,
    }

    found = closure_of(tmp_path, files)

    assert "d" in found.modules
    assert "late" in found.imported


def test_what_was_imported_at_start_is_not_imported_again(tmp_path: Path) -> None:
    files = {
        "app.py": "import late\ndef view():\n    import late",
        "late.py": "from d import f\n@f\ndef unused(): pass",
        "d.py": "def f(x): return x",
    }

    found = closure_of(tmp_path, files)

    assert "d" not in found.modules
    assert "d" in found.imported


def test_a_modules_getattr_runs_for_a_name_it_does_not_bind(tmp_path: Path) -> None:
    files = {
        "app.py": "import lazy\ndef view(): return lazy.Thing",
        "lazy.py": "import importlib\ndef __getattr__(name): return importlib.import_module(name)",
    }

    found = closure_of(tmp_path, files)

    assert "lazy" in found.modules
    assert any("lazy.py:2" in one for one in found.unknown)


def test_a_name_bound_in_many_places_is_followed_in_bounded_time(tmp_path: Path) -> None:
    lines = [f"    q{n} = q{m}.f{k}(q{n})" for n in range(9) for m in range(9) for k in range(9)]
    text = "import boto3\ndef view(x):\n    q0 = x\n" + "\n".join(lines)
    text += "\n    s3 = s3.plain()\n    s3 = boto3.client('s3')\n    s3.put_object(q8.z())\n"

    found = analysis_of(tmp_path, {"app.py": text})
    found.closures()

    assert ("aws", "s3:put_object") in {(t.kind, t.name) for t in found.touches()["view", ""]}


def test_a_view_that_is_a_lambda_of_the_module_is_found_by_its_line(tmp_path: Path) -> None:
    app = (
        "from b import f\nfrom c import g\nother = lambda: g()\nview = wrap(\n    lambda: f()\n)\n"
    )
    analysis = analysis_of(
        tmp_path,
        {"app.py": app, "b.py": "def f(): pass", "c.py": "def g(): pass"},
        rest="<lambda>",
        line=5,
    )

    found = analysis.closures()["view", ""]

    assert {"app", "b"} <= set(found.modules)
    assert "c" not in found.modules


@pytest.mark.parametrize("call", ["b.Other().post()", "other = b.Other()\n        other.post()"])
def test_a_view_that_makes_another_view_calls_its_handler(tmp_path: Path, call: str) -> None:
    app = f"import b\nclass View:\n    def post(self):\n        {call}\n"
    other = (
        "import c\nimport d\nclass Other:\n    def post(self): c.f()\n    def get(self): d.f()\n"
    )
    files = {"app.py": app, "b.py": other, "c.py": "def f(): pass", "d.py": "def f(): pass"}
    analysis = analysis_of(tmp_path, files, views=("app:View", "b:Other"))

    found = analysis.closures()["View", "POST"]

    assert "c" in found.modules
    assert "d" not in found.modules
