"""Random small apps answer the same under Flask and as pure functions."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import flask
import pytest
import werkzeug.exceptions
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.test import Client

from unlith_edges import problems, web
from unlith_edges.function import Function, make_handler
from unlith_edges.rules import Rule
from unlith_runtime.errors import BadEvent


class Base(Exception):
    """An error of the app's own."""


class Special(Base, LookupError):
    """A more special one."""


def side(module: Any, errors: Any) -> SimpleNamespace:
    names = "request session g abort jsonify make_response redirect Response after_this_request"
    found = {name: getattr(module, name) for name in [*names.split(), "current_app", "url_for"]}
    return SimpleNamespace(**found, errors=errors)


SIDES = (side(flask, werkzeug.exceptions), side(web, problems))
Action = Callable[[SimpleNamespace], Any]


def parts(ns: SimpleNamespace) -> Iterator[str]:
    yield "one,"
    yield "zwei,é"


def note(ns: SimpleNamespace, text: str) -> None:
    trail = ns.g.setdefault("trail", [])
    trail.append(text)


def raises(make: Callable[[SimpleNamespace], Any]) -> Action:
    def action(ns: SimpleNamespace) -> Any:
        raise make(ns)

    return action


def changed(key: str, value: Any) -> Action:
    def action(ns: SimpleNamespace) -> Any:
        ns.session[key] = value
        return f"{key} was {len(ns.session)}"

    return action


def permanent(ns: SimpleNamespace) -> Any:
    ns.session.permanent = True
    return "kept"


def afterwards(ns: SimpleNamespace) -> Any:
    @ns.after_this_request  # type: ignore[untyped-decorator]  # of either side
    def later(response: Any) -> Any:
        response.headers["X-Later"] = "yes"
        return response

    return "later"


ACTIONS: dict[str, Action] = {
    "text": lambda ns: "<b>text</b> é",
    "bytes": lambda ns: b"\xff\x00",
    "empty": lambda ns: "",
    "dict": lambda ns: {"b": 1, "a": [ns.request.method, ns.request.path]},
    "list": lambda ns: [1, None, "é"],
    "tuple": lambda ns: ("made", 201, {"X-Made": "1"}),
    "status text": lambda ns: ("x", "299 Fine"),
    "headers": lambda ns: ("x", [("X-A", "1"), ("X-A", "2")]),
    "dict tuple": lambda ns: ({"a": 1}, 202),
    "none": lambda ns: None,
    "number": lambda ns: 5,
    "long tuple": lambda ns: ("a", 200, {}, "b"),
    "none in tuple": lambda ns: (None, 200),
    "generator": parts,
    "response": lambda ns: ns.Response("r", 203, mimetype="text/csv"),
    "response tuple": lambda ns: (ns.Response("r", headers={"X-A": "0"}), 404, {"X-A": "1"}),
    "made": lambda ns: ns.make_response("m", 206),
    "no content": lambda ns: ("", 204),
    "jsonify": lambda ns: ns.jsonify(a=1, é="ü"),
    "redirect": lambda ns: ns.redirect("/é?<x>", 303),
    "url": lambda ns: ns.url_for("first", x="a b/é", q=[1, 2], n=None, _anchor="x y"),
    "far url": lambda ns: ns.url_for("bp.inner.second", y=3, _external=True, _scheme="https"),
    "near url": lambda ns: ns.url_for(".second", y=3, _method="POST"),
    "no url": lambda ns: ns.url_for("nowhere"),
    "args": lambda ns: json.dumps(ns.request.args.to_dict(flat=False)),
    "missing arg": lambda ns: ns.request.args["nothing"],
    "json": lambda ns: ns.request.get_json(),
    "form": lambda ns: ns.request.form.to_dict(),
    "endpoint": lambda ns: [ns.request.endpoint, ns.request.blueprints, ns.request.view_args],
    "rule": lambda ns: [ns.request.url_rule.rule, sorted(ns.request.url_rule.methods)],
    "trail": lambda ns: ns.g.get("trail", []),
    "abort 403": lambda ns: ns.abort(403, "no <entry>\nhere"),
    "abort 404": lambda ns: ns.abort(404),
    "abort 405": lambda ns: ns.abort(405, ["A", "B"]),
    "abort 429": lambda ns: ns.abort(429, retry_after=9),
    "abort 500": lambda ns: ns.abort(500),
    "abort 503": lambda ns: ns.abort(503, retry_after=5),
    "abort with answer": lambda ns: ns.abort(ns.Response("own", 400)),
    "abort odd": lambda ns: ns.abort(299),
    "raise special": raises(lambda ns: Special("s")),
    "raise base": raises(lambda ns: Base("b")),
    "raise key": raises(lambda ns: KeyError("k")),
    "raise zero": lambda ns: 1 // 0,
    "raise gone": raises(lambda ns: ns.errors.Gone("away")),
    "raise http": raises(lambda ns: ns.errors.HTTPException("bare")),
    "return error": lambda ns: ns.errors.Conflict("c"),
    "session set": changed("a", (1, b"x")),
    "session more": changed("b", {"deep": [1, {" t": 2}]}),
    "session read": lambda ns: repr(sorted(ns.session.items())),
    "session drop": lambda ns: str(ns.session.pop("a", None)),
    "session clear": lambda ns: str(ns.session.clear()),
    "session permanent": permanent,
    "cookies": lambda ns: dict(ns.request.cookies.items(multi=False)).get("own", "none"),
    "later": afterwards,
}
NAMES = sorted(ACTIONS)
SCOPES = ("", "bp", "bp.inner")
HOOK_ACTIONS = ["quiet"] * 6 + ["text", "abort 403", "raise special", "raise zero", "session set"]
HOOKS = st.lists(
    st.tuples(
        st.sampled_from(
            ["before_request", "after_request", "teardown_request", "url_value_preprocessor"]
        ),
        st.sampled_from(SCOPES),
        st.sampled_from(HOOK_ACTIONS),
    ),
    max_size=5,
)
KEYS = [403, 404, 405, 410, 500, "HTTPException", "Gone", "NotFound", "InternalServerError"]
KEYS += ["Exception", "Base", "Special", "LookupError", "ZeroDivisionError"]
HANDLERS = st.lists(
    st.tuples(
        st.sampled_from(SCOPES),
        st.sampled_from(KEYS),
        st.sampled_from(["text", "dict tuple", "response", "as it is", "raise base", "abort 403"]),
    ),
    max_size=5,
    unique_by=lambda item: item[:2],
)
REQUESTS = st.lists(
    st.tuples(
        st.sampled_from(["GET", "GET", "POST", "HEAD", "OPTIONS", "DELETE"]),
        st.sampled_from(
            [
                "/a/x",
                "/a/x?q=1&q=2",
                "/bp/b/1/",
                "/bp/b/1",
                "/bp/b/z/",
                "/c",
                "/c/",
                "/none",
                "//c",
            ]
        ),
        st.sampled_from(["", "{}", "a=1", "nonsense"]),
    ),
    min_size=1,
    max_size=4,
)


def hook_of(ns: SimpleNamespace, kind: str, number: int, action: str) -> Callable[..., Any]:
    def before() -> Any:
        note(ns, f"{kind} {number}")
        return None if action == "quiet" else ACTIONS[action](ns)

    def after(response: Any) -> Any:
        response.headers.add("X-After", f"{number} {len(ns.g.get('trail', []))}")
        if action not in ("quiet", "text"):
            ACTIONS[action](ns)
        return response

    def values(endpoint: Any, found: Any) -> Any:
        note(ns, f"{endpoint} {sorted(found or ())}")
        if action == "abort 403":
            ns.abort(403)

    def teardown(error: Any) -> None:
        note(ns, f"{type(error).__name__}")

    kinds: dict[str, Callable[..., Any]] = {
        "before_request": before,
        "after_request": after,
        "teardown_request": teardown,
    }
    return kinds.get(kind, values)


def handler_of(ns: SimpleNamespace, action: str) -> Callable[[Any], Any]:
    def handle(error: Any) -> Any:
        note(ns, type(error).__name__)
        if action == "as it is":
            if isinstance(error, ns.errors.HTTPException):
                return error
            return str(error), 418
        return ACTIONS[action](ns)

    return handle


def key_of(ns: SimpleNamespace, key: Any) -> Any:
    if isinstance(key, int):
        return key
    known = {"Base": Base, "Special": Special, "Exception": Exception}
    known |= {"LookupError": LookupError, "ZeroDivisionError": ZeroDivisionError}
    return known.get(key) or getattr(ns.errors, key)


def views_of(ns: SimpleNamespace, names: list[str]) -> list[Callable[..., Any]]:
    return [lambda name=name, **_: ACTIONS[name](ns) for name in names]


def flask_app(names: list[str], hooks: Any, handlers: Any, config: dict[str, Any]) -> Any:
    ns = SIDES[0]
    app = flask.Flask(__name__)
    app.secret_key = "k"
    app.config.update(config)
    inner, bp = flask.Blueprint("inner", __name__), flask.Blueprint("bp", __name__)
    scopes: dict[str, Any] = {"": app, "bp": bp, "bp.inner": inner}
    first, second, third = views_of(ns, names)
    for number, (kind, scope, action) in enumerate(hooks):
        getattr(scopes[scope], kind)(hook_of(ns, kind, number, action))
    for scope, key, action in handlers:
        scopes[scope].register_error_handler(key_of(ns, key), handler_of(ns, action))
    app.add_url_rule("/a/<x>", "first", first)
    inner.add_url_rule("/b/<int:y>/", "second", second, methods=["GET", "POST"])
    app.add_url_rule("/c", "third", third, strict_slashes=False)
    bp.register_blueprint(inner)
    app.register_blueprint(bp, url_prefix="/bp")
    return app


def function(
    names: list[str], hooks: Any, handlers: Any, config: dict[str, Any], app: Any
) -> Function:
    ns = SIDES[1]
    first, second, third = views_of(ns, names)
    found: dict[str, dict[str, list[Any]]] = {}
    for number, (kind, scope, action) in enumerate(hooks):
        hook = hook_of(ns, kind, number, action)
        found.setdefault(kind, {}).setdefault(scope, []).append(hook)
    made = []
    for scope, key, action in handlers:
        wanted = key_of(ns, key)
        if isinstance(wanted, int):
            wanted = problems.default_exceptions[wanted]
        code = getattr(wanted, "code", None)
        made.append((scope, code, wanted, handler_of(ns, action)))
    rules = [
        Rule(rule.rule, rule.endpoint, rule.methods, strict_slashes=rule.strict_slashes)
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static"
    ]
    views = {"first": first, "bp.inner.second": second, "third": third}
    return Function(
        __name__,
        rules=rules,
        views=views,
        hooks=found,
        error_handlers=made,
        config=config,
        session="UNLITH_TEST_KEY",
    )


def seen(answer: Any) -> Any:
    headers = []
    for name, value in answer.headers:
        if name == "Set-Cookie" and "session=" in value:
            # The second of signing, and of the end that follows from it.
            payload, _, rest = value.partition(".")
            value = payload + ";" + ";".join(p for p in rest.split(";")[1:] if "Expires" not in p)
        if name == "Allow":
            value = str(sorted(value.split(", ")))
        headers.append((name, value))
    return [answer.status, sorted(headers), answer.data]


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("UNLITH_TEST_KEY", "k")
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


CONFIGS = st.sampled_from(
    [
        {},
        {"SESSION_COOKIE_PATH": "/p", "SESSION_COOKIE_SECURE": True},
        {"SESSION_COOKIE_SAMESITE": "Lax", "SESSION_COOKIE_HTTPONLY": False},
        {"SESSION_COOKIE_DOMAIN": "localhost", "SESSION_REFRESH_EACH_REQUEST": False},
        {"MAX_CONTENT_LENGTH": 2, "APPLICATION_ROOT": "/root"},
    ]
)
VIEWS = st.lists(st.sampled_from(NAMES), min_size=3, max_size=3)


@settings(max_examples=250, report_multiple_bugs=False)
@given(VIEWS, HOOKS, HANDLERS, CONFIGS, REQUESTS)
def test_a_random_app_answers_the_same_without_flask(
    names: list[str], hooks: Any, handlers: Any, config: dict[str, Any], requests: Any
) -> None:
    app = flask_app(names, hooks, handlers, config)
    pure = function(names, hooks, handlers, config, app)
    clients = Client(app), Client(pure)

    for method, path, body in requests:
        kind = {"{}": "application/json", "a=1": "application/x-www-form-urlencoded"}.get(body)
        answers = []
        for client in clients:
            try:
                answer = client.open(path, method=method, data=body, content_type=kind)
            except Exception as error:  # what an error handler raises, Flask lets through
                answers.append(["raised", type(error).__name__, str(error)])
            else:
                answers.append(seen(answer))
        assert answers[1] == answers[0], (method, path)


def v2_event(path: str, method: str = "GET") -> dict[str, Any]:
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "a=1&a=2",
        "headers": {"host": "h", "x-thread": "1"},
        "requestContext": {
            "stage": "$default",
            "http": {"method": method, "path": path, "sourceIp": "1.2.3.4"},
        },
        "isBase64Encoded": False,
    }


def made(view: Callable[..., Any]) -> Function:
    rule = Rule("/<int:n>", "v", ["GET", "HEAD", "OPTIONS"])
    return Function("x", rules=[rule], views={"v": view})


def test_a_handler_answers_events() -> None:
    handler = make_handler(made(lambda n: {"n": n, "a": web.request.args.getlist("a")}))

    answer = handler(v2_event("/5"), None)

    assert answer["statusCode"] == 200
    assert json.loads(answer["body"]) == {"n": 5, "a": ["1", "2"]}
    assert handler(v2_event("/x"), None)["statusCode"] == 404
    with pytest.raises(BadEvent):
        handler({"what": "is this"}, None)


def test_threads_keep_their_requests_apart() -> None:
    barrier = threading.Barrier(32)

    def view(n: int) -> Any:
        web.g.mine = n
        barrier.wait()
        return {"n": n, "g": web.g.mine, "path": web.request.path}

    handler = make_handler(made(view))
    with ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(lambda n: handler(v2_event(f"/{n}"), None), range(32)))

    for n, answer in enumerate(answers):
        assert json.loads(answer["body"]) == {"g": n, "n": n, "path": f"/{n}"}


def test_an_error_is_logged_and_never_told(caplog: pytest.LogCaptureFixture) -> None:
    logging.disable(logging.NOTSET)

    def view(n: int) -> Any:
        raise RuntimeError("secret detail")

    answer = make_handler(made(view))(v2_event("/1"), None)

    assert answer["statusCode"] == 500
    assert "secret detail" not in answer["body"]
    assert "secret detail" in caplog.text
    assert "Exception on /1 [GET]" in caplog.text


def test_a_neighbours_request_is_misdirected_before_any_hook() -> None:
    called: list[str] = []
    function = Function(
        "x",
        rules=[Rule("/new", "other", ["GET"]), Rule("/<name>", "own", ["GET"])],
        views={"own": lambda name: name},
        hooks={"before_request": {"": [lambda: called.append("hook")]}},
    )
    client = Client(function)

    assert client.get("/new").status_code == 421
    assert called == []
    assert client.get("/old").data == b"old"
    assert called == ["hook"]


def test_a_function_that_reads_the_session_needs_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("UNLITH_TEST_KEY")

    with pytest.raises(RuntimeError, match="set UNLITH_TEST_KEY"):
        Function("x", rules=[], views={}, session="UNLITH_TEST_KEY")
