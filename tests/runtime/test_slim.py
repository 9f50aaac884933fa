"""A slim function runs the app itself, for its own endpoints only."""

from __future__ import annotations

import json
import sys
from types import ModuleType
from typing import Any

import flask
import pytest

from unlith_runtime.errors import BadTarget
from unlith_runtime.slim import make_handler


class Middleware:
    """What people put around an app."""

    def __init__(self, app: Any) -> None:
        self.app = app

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        environ["HTTP_X_AROUND"] = "yes"
        return self.app(environ, start_response)


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> flask.Flask:
    app = flask.Flask("slim_app")
    app.config["HOOKS"] = []

    @app.before_request
    def before() -> None:
        app.config["HOOKS"].append(flask.request.endpoint)

    @app.get("/own/<int:n>/", endpoint="own")
    def own(n: int) -> Any:
        return {"n": n, "around": flask.request.headers.get("X-Around")}

    @app.get("/other")
    def other() -> str:
        return "other"

    module = ModuleType("slim_app")
    module.app = app  # type: ignore[attr-defined]  # made here
    module.wrapped = Middleware(Middleware(app))  # type: ignore[attr-defined]  # made here
    module.create = lambda: app  # type: ignore[attr-defined]  # made here
    module.number = len  # type: ignore[attr-defined]  # made here
    monkeypatch.setitem(sys.modules, "slim_app", module)
    return app


def event(path: str, method: str = "GET") -> dict[str, Any]:
    http = {"method": method, "path": path, "sourceIp": "1.2.3.4"}
    return {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"host": "h"},
        "requestContext": {"stage": "$default", "http": http},
        "isBase64Encoded": False,
    }


@pytest.mark.parametrize("target", ["slim_app:app", "slim_app:wrapped", "slim_app:create()"])
def test_own_endpoints_answer_and_others_are_misdirected(app: flask.Flask, target: str) -> None:
    handler = make_handler(target, endpoints=["own"])

    answer = handler(event("/own/3/"), None)
    other = handler(event("/other"), None)

    assert answer["statusCode"] == 200
    assert json.loads(answer["body"])["n"] == 3
    assert other["statusCode"] == 421
    assert json.loads(other["body"])["error"] == "misdirected_request"
    assert app.config["HOOKS"] == ["own"]


def test_what_no_rule_answers_is_the_apps_to_answer(app: flask.Flask) -> None:
    handler = make_handler("slim_app:app", endpoints=["own"])

    assert handler(event("/none"), None)["statusCode"] == 404
    assert handler(event("/own/3/", "POST"), None)["statusCode"] == 405
    assert handler(event("/own/3"), None)["statusCode"] == 308
    assert app.config["HOOKS"] == [None, None, None]


def test_two_functions_of_one_app_keep_to_their_own(app: flask.Flask) -> None:
    one = make_handler("slim_app:app", endpoints=["own"])
    two = make_handler("slim_app:app", endpoints=["other"])

    assert one(event("/own/1/"), None)["statusCode"] == 200
    assert two(event("/own/1/"), None)["statusCode"] == 421
    assert two(event("/other"), None)["statusCode"] == 200
    assert app.test_client().get("/other").status_code == 200


def test_a_wrong_target_is_named(app: flask.Flask) -> None:
    with pytest.raises(BadTarget, match="no endpoint nothing"):
        make_handler("slim_app:app", endpoints=["own", "nothing"])
    with pytest.raises(BadTarget, match="no Flask app"):
        make_handler("slim_app:number", endpoints=["own"])
