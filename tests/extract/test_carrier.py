"""What is carried out of Flask, word by word, and what is refused, line by line."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from textwrap import dedent

import pytest

import unlith
from unlith.backends.carrier import edges
from unlith.backends.carrier.carrier import FileCarrier
from unlith.backends.flask_inspector import FlaskInspector
from unlith.domain.extraction import Carried
from unlith.domain.function import Level
from unlith.domain.route import Route
from unlith.domain.survey import Survey
from unlith.files.settings import Settings, read_settings

TOML = '[tool.unlith]\napp = "site_app:app"\n'


def workspace(folder: Path, files: dict[str, str], toml: str = TOML) -> tuple[Settings, Survey]:
    for name, text in {"pyproject.toml": toml, **files}.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(text).lstrip("\n"), "utf-8")
    settings = read_settings(folder)
    return settings, FlaskInspector(settings).inspect()


def carried(folder: Path, files: dict[str, str], route: str, toml: str = TOML) -> Carried:
    settings, survey = workspace(folder, files, toml)
    rule = survey.find(Route.parse(route))
    return FileCarrier(settings).carry(survey, (rule,), "fn", Level.PURE)


def test_a_definition_is_carried_word_by_word_with_what_it_needs(tmp_path: Path) -> None:
    source = '''
        """A site."""
        import os
        import json, re
        from flask import Flask, request, jsonify as answer
        import helpers

        app = Flask(__name__)
        UNUSED = os.getpid()
        LIMIT = 5  # no more

        # What a word is.
        # Two lines of it.
        WORD = re.compile(r"\\w+")


        def unused():
            return UNUSED


        class Counter:
            """Counts."""

            limit = LIMIT

            def count(self, text):
                return min(len(WORD.findall(text)), self.limit)


        # The view.
        @app.route(
            "/count",
            methods=["GET"],
        )
        def count():
            # why: because
            text = request.args.get("text", "")   # odd   spacing stays
            return answer(count=Counter().count(text), double=helpers.double(2))
    '''
    files = {"site_app.py": source, "helpers.py": "def double(x):\n    return 2 * x\n"}

    found = carried(tmp_path, files, "GET /count")

    assert found.blockers == ()
    assert set(found.files) == {"handler.py", "site_app.py"}
    assert found.files["site_app.py"] == dedent(
        '''\
        """Carried from site_app by `unlith extract`: change it there."""

        import re

        import helpers
        from unlith_edges.web import jsonify as answer
        from unlith_edges.web import request

        LIMIT = 5  # no more

        # What a word is.
        # Two lines of it.
        WORD = re.compile(r"\\w+")


        class Counter:
            """Counts."""

            limit = LIMIT

            def count(self, text):
                return min(len(WORD.findall(text)), self.limit)


        # The view.
        def count():
            # why: because
            text = request.args.get("text", "")   # odd   spacing stays
            return answer(count=Counter().count(text), double=helpers.double(2))
        '''
    )


def test_the_same_source_gives_the_same_files(tmp_path: Path) -> None:
    source = """
        from flask import Flask, request, g, session
        app = Flask(__name__)
        app.secret_key = "k"
        @app.before_request
        def before():
            g.x = session.get("x")
        @app.get("/x")
        def view():
            return {"x": g.x, "q": request.args.get("q")}
    """
    settings, survey = workspace(tmp_path, {"site_app.py": source})
    rule = survey.find(Route("GET", "/x"))

    first = FileCarrier(settings).carry(survey, (rule,), "fn", Level.PURE)
    again = FileCarrier(settings).carry(survey, (rule,), "fn", Level.PURE)

    assert first == again
    assert first.environ == ("SECRET_KEY",)
    assert "k" not in re.findall(r'"([^"]*)"', first.files["handler.py"])


def test_modules_that_know_no_flask_are_never_copied(tmp_path: Path) -> None:
    files = {
        "site_app.py": """
            from flask import Flask
            from shared import rules
            from shared.rules import price as cost
            import shared.deep.more
            app = Flask(__name__)
            @app.get("/x")
            def view():
                from shared import late
                return {"a": rules.price(1), "b": cost(2), "c": shared.deep.more.N, "d": late.M}
        """,
        "shared/__init__.py": "",
        "shared/rules.py": "def price(x):\n    return x\n",
        "shared/late.py": "M = 1\n",
        "shared/deep/__init__.py": "",
        "shared/deep/more.py": "N = 1\n",
    }

    found = carried(tmp_path, files, "GET /x")

    assert set(found.files) == {"handler.py", "site_app.py"}
    text = found.files["site_app.py"]
    assert "import shared.deep.more\nfrom shared import rules\n" in text
    assert "from shared.rules import price as cost\n" in text
    assert "    from shared import late\n" in text


def test_names_are_followed_through_web_modules_to_where_they_are_defined(tmp_path: Path) -> None:
    files = {
        "site_app.py": """
            from flask import Flask
            from web import login_required, tools
            app = Flask(__name__)
            @app.get("/x")
            @login_required
            def view():
                return tools.shown(1)
        """,
        "web/__init__.py": "from .auth import login_required\nfrom . import tools\n",
        "web/auth.py": """
            from functools import wraps
            from flask import abort, request
            from .tools import token
            def login_required(view):
                @wraps(view)
                def checked(*args, **kwargs):
                    if request.headers.get("X-Token") != token():
                        abort(401)
                    return view(*args, **kwargs)
                return checked
        """,
        "web/tools.py": """
            import flask
            def token():
                return "t"
            def shown(x):
                return flask.jsonify(x=x)
            def unused():
                return flask.render_template("x")
        """,
    }

    found = carried(tmp_path, files, "GET /x")

    assert found.blockers == ()
    assert set(found.files) == {"auth.py", "handler.py", "site_app.py", "tools.py"}
    assert "from fn.auth import login_required" in found.files["site_app.py"]
    assert "from fn import tools" in found.files["site_app.py"]
    assert "from fn.tools import token" in found.files["auth.py"]
    assert "from unlith_edges import web as flask" in found.files["tools.py"]
    assert "unused" not in found.files["tools.py"]


def test_a_seam_takes_the_place_of_a_name_wherever_it_is_used(tmp_path: Path) -> None:
    files = {
        "site_app.py": """
            from flask import Flask
            import store
            from store import items
            app = Flask(__name__)
            @app.get("/x")
            def view():
                return {"a": items(), "b": store.items()}
        """,
        "store.py": """
            from flask import current_app
            def items():
                return current_app.extensions["store"].all()
        """,
        "plain.py": "def things():\n    return [1]\n",
    }
    toml = TOML + '[tool.unlith.seams]\n"store:items" = "plain:things"\n'

    found = carried(tmp_path, files, "GET /x", toml)

    assert found.blockers == ()
    assert "from plain import things as items" in found.files["site_app.py"]
    assert found.files["store.py"].endswith("from plain import things as items\n")


def test_statements_that_fill_what_is_carried_are_carried_too(tmp_path: Path) -> None:
    source = """
        from flask import Flask
        app = Flask(__name__)
        TABLE = {}
        TABLE["a"] = 1
        TABLE.update(b=2)
        for name in "cd":
            TABLE[name] = 3
        try:
            from nothing import fast as speed
        except ImportError:
            speed = None
        OTHER = []
        OTHER.append(1)
        @app.get("/x")
        def view():
            return {"t": TABLE, "fast": speed is not None}
    """
    found = carried(tmp_path, {"site_app.py": source}, "GET /x")

    text = found.files["site_app.py"]
    assert found.blockers == ()
    assert 'TABLE["a"] = 1\nTABLE.update(b=2)\nfor name in "cd":\n' in text
    assert "except ImportError:\n    speed = None\n" in text
    assert "OTHER" not in text


def test_a_request_that_is_passed_on_is_followed(tmp_path: Path) -> None:
    source = """
        from flask import Flask, request
        app = Flask(__name__)
        def describe(number, asked):
            return {"n": number, "path": asked.path, "again": again(asked)}
        def again(it):
            return it.method
        @app.get("/x")
        def view():
            return describe(1, request)
    """
    found = carried(tmp_path, {"site_app.py": source}, "GET /x")

    assert found.blockers == ()
    assert "def again(it):" in found.files["site_app.py"]


def test_a_name_that_only_tells_types_needs_no_stand_in(tmp_path: Path) -> None:
    source = """
        from __future__ import annotations
        from typing import TYPE_CHECKING
        from flask import Flask, Blueprint
        from flask.typing import RouteCallable
        from werkzeug.wrappers import Response as Answer
        if TYPE_CHECKING:
            from nowhere import Thing
        app = Flask(__name__)
        def same(view: RouteCallable) -> RouteCallable:
            return view
        @app.get("/x")
        @same
        def view() -> Answer | str:
            thing: Thing = "x"
            return thing
        @app.get("/y")
        def made() -> Answer:
            return Answer("y")
    """
    settings, survey = workspace(tmp_path, {"site_app.py": source})
    carrier = FileCarrier(settings)

    typed, made = (
        carrier.carry(survey, (survey.find(Route("GET", rule)),), "fn", Level.PURE)
        for rule in ("/x", "/y")
    )

    assert typed.blockers == ()
    assert "from typing import Any as Answer\n" in typed.files["site_app.py"]
    assert "from typing import Any as RouteCallable\n" in typed.files["site_app.py"]
    # Werkzeug's own class answers as text/plain; Flask's stand-in does not.
    assert "werkzeug.wrappers.Response has no stand-in" in made.blockers[0].reason


def test_neighbours_and_their_patterns_are_known_to_the_function(tmp_path: Path) -> None:
    source = """
        from flask import Flask
        from werkzeug.routing import BaseConverter
        class Even(BaseConverter):
            regex = "[0-9]*[02468]"
        app = Flask(__name__)
        app.url_map.converters["even"] = Even
        @app.get("/items/<name>")
        def one(name):
            return name
        @app.post("/items/<name>")
        def change(name):
            return name
        @app.get("/items/<even:n>")
        def even(n):
            return n
        @app.get("/items/new")
        def new():
            return "new"
        @app.get("/items")
        def all_items():
            return "all"
        @app.get("/other/<name>")
        def other(name):
            return name
    """
    found = carried(tmp_path, {"site_app.py": source}, "GET /items/<name>")

    handler = found.files["handler.py"]
    for rule in ('"/items/<name>"', '"/items/<pattern1:n>"', '"/items/new"', '"change"'):
        assert rule in handler
    assert "/other" not in handler
    assert "pattern(\n" in handler


BLOCKED = """
import importlib
import os
import threading
import flask
from flask import Flask, current_app, g, jsonify, request, session, url_for
from flask import render_template, send_file, stream_with_context
from flask.views import View
from functools import wraps

app = Flask(__name__)
app.secret_key = "k"
cache = {}
log = []
count = 0


def wrapped(view):
    return view


@app.get("/template")
def template():
    return render_template("x.html")  # BLOCKED: flask.render_template has no stand-in


@app.get("/file")
def file():
    return send_file(__file__)  # BLOCKED: flask.send_file has no stand-in


@app.get("/here")
def here():
    return os.path.dirname(__file__)  # BLOCKED: __file__ is another file


@app.get("/attribute")
def attribute():
    return str(request.accept_mimetypes)  # BLOCKED: request.accept_mimetypes needs Flask


@app.get("/through")
def through():
    return flask.get_flashed_messages()  # BLOCKED: flask.get_flashed_messages needs Flask


@app.get("/deep")
def deep():
    return str(flask.request.files)  # BLOCKED: request.files needs Flask


@app.get("/passed")
def passed():
    return len(request)  # BLOCKED: request is passed on


@app.get("/helped")
def helped():
    return helper(1, request)


def helper(number, value):
    return inner(value) + value.path


def inner(it):
    return str(it.files)  # BLOCKED: request.files needs Flask


@app.get("/alias")
def alias():
    mine = request  # BLOCKED: request is passed on
    return mine.path


@app.get("/setting")
def setting():
    return current_app.config["MAIL_SERVER"]  # BLOCKED: the setting MAIL_SERVER is known to Flask


@app.get("/global-app")
def global_app():
    return app.config.get("OTHER")  # BLOCKED: the setting OTHER is known to Flask


@app.get("/extension")
def extension():
    return str(current_app.extensions)  # BLOCKED: current_app.extensions needs Flask


@app.get("/cached")
def cached():
    cache["a"] = 1  # BLOCKED: cache is state of the process
    return "x"


@app.get("/method")
def method():
    cache.setdefault("a", []).append(1)  # BLOCKED: cache is state of the process
    return "x"


def append(item):
    log.append(item)  # BLOCKED: log is state of the process, changed here


@app.get("/logged")
def logged():
    return str(log)


@app.get("/counted")
def counted():
    global count  # BLOCKED: count is state of the process
    count += 1
    return str(count)


@app.get("/environ")
def environ():
    os.environ["X"] = "1"  # BLOCKED: os is state of the process
    return "x"


@app.get("/dynamic")
def dynamic():
    return importlib.import_module(request.args["m"]).__name__  # BLOCKED: import_module() of


@app.get("/open-url")
def open_url():
    return url_for(request.args["e"])  # BLOCKED: which endpoint url_for gets is open


@app.get("/streamed")
def streamed():
    return stream_with_context(iter("abc"))  # BLOCKED: flask.stream_with_context has no stand-in


try:
    from werkzeug.wrappers import Response as Old  # BLOCKED: werkzeug.wrappers.Response has no
except ImportError:
    Old = None


@app.get("/tried")
def tried():
    return Old("x")


@app.get("/threaded")
def threaded():
    threading.Thread(target=print).start()  # BLOCKED: a thread is started
    return "x"


@app.get("/ranges")
def ranges():
    return jsonify(1).make_conditional(request, True)  # BLOCKED: make_conditional() answers ranges


@app.get("/answer")
def answer():
    made = jsonify(1)
    made.www_authenticate = "x"  # BLOCKED: a response's www_authenticate needs Werkzeug
    return made


@app.get("/asynchronous")
async def asynchronous():  # BLOCKED: asynchronous() is async
    return "x"


def decorate(view):
    @wraps(view)
    def outside(*args):
        return view(*args)
    return outside


@app.get("/outside")
def outside_view():  # BLOCKED: is wrapped by decorate.<locals>.outside, which is no decorator
    return "x"


app.view_functions["outside_view"] = decorate(outside_view)


class Page(View):  # BLOCKED: site_app:Page is a class
    def dispatch_request(self):
        return "x"


app.add_url_rule("/page", view_func=Page.as_view("page"))


@app.get("/twice")
def same():  # BLOCKED: site_app:same is defined twice
    return "1"


@app.get("/twice-more", endpoint="second")
def same():
    return "2"
"""


@pytest.fixture(scope="module")
def blocked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, Survey]:
    return workspace(tmp_path_factory.mktemp("blocked"), {"site_app.py": BLOCKED})


def marked() -> list[tuple[str, int, str]]:
    found, rule = [], ""
    lines = BLOCKED.lstrip("\n").splitlines()
    for number, line in enumerate(lines, start=1):
        if route := re.search(r'@app.get\("([^"]+)"', line):
            rule = route[1]
        if line.startswith("class Page"):
            rule = "/page"
        if line.startswith("def append"):
            rule = "/logged"
        if line.startswith("try:"):
            rule = "/tried"
        if reason := re.search(r"# BLOCKED: (.*)", line):
            found.append((rule, number, reason[1]))
    return found


@pytest.mark.parametrize(("rule", "line", "reason"), marked(), ids=lambda value: str(value)[:12])
def test_what_cannot_be_carried_is_named_with_its_line(
    blocked: tuple[Settings, Survey], rule: str, line: int, reason: str
) -> None:
    settings, survey = blocked

    found = FileCarrier(settings).carry(
        survey, (survey.find(Route("GET", rule)),), "fn", Level.PURE
    )

    assert found.files == {}
    places = {(b.line, b.file) for b in found.blockers if reason in b.reason}
    assert any(reason in b.reason for b in found.blockers), found.blockers
    assert all(file == "site_app.py" for _, file in places)
    if "decorator" not in reason and "twice" not in reason and "is a class" not in reason:
        assert line in {number for number, _ in places}
    assert all(blocker.reason for blocker in found.blockers)


APPS = {
    "wsgi_app is wrapped": "app.wsgi_app = Middle(app.wsgi_app)",
    "the app's session_interface is": "app.session_interface = Sessions()",
    "the app's request_class is": "app.request_class = Ask",
    "the app replaces Flask.make_response": "app.make_response = lambda value: value",
    "somebody listens to Flask's signal": "flask.request_started.connect(hear)",
    "the setting TRUSTED_HOSTS is on": 'app.config["TRUSTED_HOSTS"] = ["h"]',
    "is made inside a function": "register(app)",
    "is a method": "app.before_request(Middle(None).before)",
    "the app replaces Flask.dispatch_request": "app = Own(__name__); app.get('/x')(view)",
}


@pytest.mark.parametrize("reason", sorted(APPS))
def test_an_app_that_bends_flask_is_refused(tmp_path: Path, reason: str) -> None:
    source = f"""
        import flask
        from flask import Flask, Request
        from flask.sessions import SecureCookieSessionInterface
        class Own(Flask):
            def dispatch_request(self):
                return super().dispatch_request()
        class Middle:
            def __init__(self, inner):
                self.inner = inner
            def __call__(self, environ, start_response):
                return self.inner(environ, start_response)
            def before(self):
                return None
        class Sessions(SecureCookieSessionInterface):
            pass
        class Ask(Request):
            pass
        def hear(sender, **extra):
            pass
        def register(app):
            seen = []
            @app.before_request
            def before():
                seen.append(1)
        app = Flask(__name__)
        @app.get("/x")
        def view():
            return "x"
        {APPS[reason]}
    """
    found = carried(tmp_path, {"site_app.py": source}, "GET /x")

    assert [b for b in found.blockers if reason in b.reason], found.blockers


def test_what_stands_on_flask_is_refused_with_its_hooks(tmp_path: Path) -> None:
    files = {
        "site_app.py": """
            from flask import Flask
            import flask_fake
            app = Flask(__name__)
            flask_fake.install(app)
            @app.get("/x")
            def view():
                return "x"
        """,
        "lib/site-packages/flask_fake.py": """
            def install(app):
                app.before_request(check)
            def check():
                return None
        """,
    }
    toml = TOML + 'sources = [".", "lib/site-packages"]\n'

    found = carried(tmp_path, files, "GET /x", toml)

    (blocker,) = found.blockers
    assert "before_request flask_fake:check is a library's" in blocker.reason


@pytest.mark.parametrize("rule", ["/a'b", '/a"""b', "/a\\b", "/${x}", "/!Sub", "/a b", "/é"])
def test_no_text_of_a_rule_becomes_code(tmp_path: Path, rule: str) -> None:
    source = f"""
        from flask import Flask
        app = Flask(__name__)
        @app.get({rule!r}, endpoint={rule.replace(".", "")!r})
        def view():
            return "x"
    """
    found = carried(tmp_path, {"site_app.py": source}, f"GET {rule}")

    tree = ast.parse(found.files["handler.py"])
    assert rule in {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}


def test_the_reference_lists_what_has_a_stand_in() -> None:
    text = (Path(unlith.__file__).parents[2] / "docs/reference/extraction.md").read_text("utf-8")
    listed = set(re.findall(r"`([^`]+)`", text))

    proxies = (edges.PROXIES["request"], edges.PROXIES["current_app"])
    for known in (*proxies, edges.RESPONSE, edges.CONFIG):
        assert known is None or known <= listed
    for module in ("flask", "flask.json.provider", "werkzeug.exceptions", "werkzeug.routing"):
        assert edges.names_of(module) <= listed


@pytest.mark.parametrize(
    "view",
    [
        "def view():\n    import os.path as p; y = p.join('a', 'b'); return y",
        "def view(): import json as j; return j.dumps(1)",
        "def view():\n    y = 1; from flask import g\n    return str(y)",
        "def view():\n    if True: from flask import g\n    return 'x'",
        "def view():\n    y = (1,\n         2); import json\n    return json.dumps(y)",
        "def view():\n    import json; \\\n    return json.dumps(1)",
    ],
)
def test_an_import_that_shares_its_line_is_refused_and_nothing_is_lost(
    tmp_path: Path, view: str
) -> None:
    source = f"from flask import Flask\n\napp = Flask(__name__)\n\n\n@app.get('/')\n{view}\n"

    found = carried(tmp_path, {"site_app.py": source}, "GET /")

    assert [b for b in found.blockers if "an import shares its line" in str(b)]
    assert all("give the import a line of its own" in str(b) for b in found.blockers)


def test_an_import_alone_on_its_lines_is_carried_with_all_around_it(tmp_path: Path) -> None:
    source = """
        from flask import Flask

        app = Flask(__name__)


        @app.get("/")
        def view():
            from json import (
                dumps,  # é
            )  # why not
            return dumps("é")
    """

    found = carried(tmp_path, {"site_app.py": source}, "GET /")

    assert found.blockers == ()
    assert 'return dumps("é")' in found.files["site_app.py"]
