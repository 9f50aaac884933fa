"""Imports a Flask app in a process of its own and writes what it is made of as JSON.

Run as a script: ``python inspect_child.py ANSWER_FILE``, with the job as JSON on standard input:
``{"target": …, "paths": […], "roots": […]}``. Standard library and the user's own Flask only: it
must run in an environment where unlith is not installed. It writes ``{"ok": survey}`` or
``{"error": …}`` to ANSWER_FILE; whatever the app prints goes to standard error.
"""

from __future__ import annotations

import contextlib
import importlib
import inspect
import json
import os
import sys
import traceback
from typing import Any

HERE = os.path.abspath(__file__)
_MISSING = object()
CONFIG_KEYS = (
    "APPLICATION_ROOT",
    "JSONIFY_PRETTYPRINT_REGULAR",
    "JSON_AS_ASCII",
    "JSON_SORT_KEYS",
    "MAX_CONTENT_LENGTH",
    "PERMANENT_SESSION_LIFETIME",
    "PREFERRED_URL_SCHEME",
    "PROPAGATE_EXCEPTIONS",
    "SERVER_NAME",
    "SESSION_COOKIE_DOMAIN",
    "SESSION_COOKIE_HTTPONLY",
    "SESSION_COOKIE_NAME",
    "SESSION_COOKIE_PARTITIONED",
    "SESSION_COOKIE_PATH",
    "SESSION_COOKIE_SAMESITE",
    "SESSION_COOKIE_SECURE",
    "SESSION_REFRESH_EACH_REQUEST",
    "TRAP_BAD_REQUEST_ERRORS",
    "TRAP_HTTP_EXCEPTIONS",
    "USE_X_SENDFILE",
)


def load_app(target: str) -> Any:
    """Import ``module``, ``module:name`` or ``module:factory()`` and give the Flask app.

    Raises:
        LookupError: in words for the user, if there is no Flask app at the target.
    """
    module_name, _, name = target.partition(":")
    module = importlib.import_module(module_name)
    from flask import Flask

    if not name:
        name = _app_name(module, Flask)
    called = name.endswith("()")
    thing: Any = module
    for part in name.removesuffix("()").split("."):
        thing = getattr(thing, part, _MISSING)
        if thing is _MISSING:
            raise LookupError(f"module {module_name!r} has no {name.removesuffix('()')!r}")
    if called or (not isinstance(thing, Flask) and inspect.isroutine(thing)):
        thing = thing()
    thing = _inner_flask(thing, Flask)
    if not isinstance(thing, Flask):
        raise LookupError(f"{target!r} is {type(thing).__name__}, not a Flask app")
    return thing


def _app_name(module: Any, flask_class: type) -> str:
    # The same order as Flask's own command line (flask.cli.find_best_app).
    for name in ("app", "application"):
        if isinstance(getattr(module, name, None), flask_class):
            return name
    apps: list[str] = [n for n, value in vars(module).items() if isinstance(value, flask_class)]
    if len(apps) == 1:
        return apps[0]
    for name in ("create_app", "make_app"):
        if inspect.isfunction(getattr(module, name, None)):
            return name + "()"
    raise LookupError(
        f"module {module.__name__!r} has no app, application, create_app() or make_app()"
    )


def _inner_flask(thing: Any, flask_class: type) -> Any:
    # Middleware around the app object itself: the usual attribute names, a few levels deep.
    for _ in range(5):
        if isinstance(thing, flask_class):
            return thing
        inner = next(
            (getattr(thing, n) for n in ("app", "application", "wsgi_app") if hasattr(thing, n)),
            None,
        )
        if inner is None:
            return thing
        thing = inner
    return thing


def survey(app: Any, target: str, roots: list[str]) -> dict[str, Any]:
    """Describe an app as the JSON form of ``unlith.domain.survey.Survey``."""
    return {
        "target": target,
        "facts": _facts(app),
        "rules": [_rule(app, rule, roots) for rule in app.url_map.iter_rules()],
        "hooks": list(_hooks(app, roots)),
        "modules": sorted(
            name for name, module in list(sys.modules.items()) if _in_project(module, roots)
        ),
    }


def _facts(app: Any) -> dict[str, Any]:
    from importlib.metadata import version

    return {
        "import_name": app.import_name,
        "flask": version("flask"),
        "werkzeug": version("werkzeug"),
        "python": ".".join(map(str, sys.version_info[:3])),
        "session_interface": _class_name(type(app.session_interface)),
        "json_provider": _class_name(type(app.json)),
        "request_class": _class_name(app.request_class),
        "response_class": _class_name(app.response_class),
        "has_secret_key": bool(app.secret_key),
        "host_matching": bool(app.url_map.host_matching),
        "root_path": app.root_path,
        "instance_path": app.instance_path,
        "wsgi_wrapped": _wrapped_wsgi(app),
        "extensions": sorted(map(str, app.extensions)),
        "config": [[key, _plain(app.config.get(key))] for key in CONFIG_KEYS if key in app.config],
    }


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return value.total_seconds() if hasattr(value, "total_seconds") else str(value)


def _class_name(cls: Any) -> str:
    return f"{cls.__module__}:{cls.__qualname__}"


def _wrapped_wsgi(app: Any) -> list[str]:
    names: list[str] = []
    thing: Any = app.wsgi_app
    while getattr(thing, "__func__", None) is not type(app).wsgi_app and len(names) < 20:
        names.append(_class_name(thing if hasattr(thing, "__qualname__") else type(thing)))
        inner = [getattr(thing, n, None) for n in ("app", "wsgi_app", "application", "_app")]
        thing = next((value for value in inner if callable(value)), None)
        if thing is None:
            break
    return names


def _rule(app: Any, rule: Any, roots: list[str]) -> dict[str, Any]:
    view = app.view_functions.get(rule.endpoint)
    kind, written, wrappers = _unwrapped(app, rule, view)
    return {
        "rule": rule.rule,
        "endpoint": rule.endpoint,
        "methods": sorted(rule.methods or ()),
        "view": _location(written, roots),
        "blueprints": _blueprints(app, rule.endpoint),
        "kind": kind,
        "wrappers": wrappers,
        "converters": [
            {
                "variable": variable,
                "name": _converter_name(app, type(converter)),
                "cls": _class_name(type(converter)),
                "regex": converter.regex,
                "part_isolating": getattr(converter, "part_isolating", True),
                "arguments": _arguments(rule.rule, variable),
            }
            for variable, converter in _converters(app, rule).items()
        ],
        "defaults": [[key, repr(value)] for key, value in (rule.defaults or {}).items()],
        "strict_slashes": _flag(rule.strict_slashes, app.url_map.strict_slashes),
        "merge_slashes": _flag(rule.merge_slashes, app.url_map.merge_slashes),
        "host": rule.host or "",
        "subdomain": rule.subdomain or "",
        "websocket": bool(rule.websocket),
        "build_only": bool(rule.build_only),
        "auto_options": bool(rule.provide_automatic_options)
        if rule.provide_automatic_options is not None
        else True,
    }


def _flag(own: Any, of_map: Any) -> bool:
    return bool(of_map if own is None else own)


def _converters(app: Any, rule: Any) -> dict[str, Any]:
    if rule._converters or not rule.arguments:
        return dict(rule._converters)
    app.url_map.update()
    return dict(rule._converters)


def _converter_name(app: Any, cls: type) -> str:
    names: list[str] = [name for name, known in app.url_map.converters.items() if known is cls]
    named = [name for name in names if name != "default"]
    return (named or names or [cls.__name__])[0]


def _arguments(rule: str, variable: str) -> str:
    # "<int(min=1):id>" -> "min=1": what stands between the brackets of this variable.
    head, found, _ = rule.partition(f":{variable}>")
    if not found:
        return ""
    inner = head.rpartition("<")[2]
    opening = inner.find("(")
    return inner[opening + 1 : -1] if opening >= 0 and inner.endswith(")") else ""


def _blueprints(app: Any, endpoint: str) -> list[str]:
    parts = endpoint.split(".")[:-1]
    names = [".".join(parts[:n]) for n in range(len(parts), 0, -1)]
    return [name for name in names if name in app.blueprints]


def _unwrapped(app: Any, rule: Any, view: Any) -> tuple[str, Any, list[str]]:
    if view is None:
        return "function", None, []
    static = rule.endpoint.rpartition(".")[2] == "static" and "<path:filename>" in rule.rule
    if static and getattr(view, "__module__", "").startswith("flask"):
        return "static", view, []
    wrappers = []
    while hasattr(view, "__wrapped__"):
        wrappers.append(
            getattr(getattr(view, "__code__", None), "co_qualname", "") or repr(type(view))
        )
        view = view.__wrapped__
    if hasattr(view, "view_class"):
        return "class", view.view_class, wrappers
    return "function", view, wrappers


def _hooks(app: Any, roots: list[str]) -> Any:
    for kind, registry in (
        ("before_request", app.before_request_funcs),
        ("after_request", app.after_request_funcs),
        ("teardown_request", app.teardown_request_funcs),
        ("teardown_appcontext", {None: app.teardown_appcontext_funcs}),
        ("url_value_preprocessor", app.url_value_preprocessors),
        ("url_defaults", app.url_default_functions),
        ("context_processor", app.template_context_processors),
    ):
        for scope, functions in registry.items():
            for order, function in enumerate(functions):
                if getattr(function, "__name__", "") == "_default_template_ctx_processor":
                    continue
                yield _hook(kind, scope, _location(function, roots), order)
    for scope, by_code in app.error_handler_spec.items():
        for code, by_class in by_code.items():
            for order, (cls, function) in enumerate(by_class.items()):
                hook = _hook("error_handler", scope, _location(function, roots), order)
                hook["key"] = "" if code is None else str(code)
                hook["exception"] = _class_name(cls)
                yield hook


def _hook(kind: str, scope: Any, where: dict[str, Any], order: int) -> dict[str, Any]:
    return {
        "kind": kind,
        "scope": scope or "",
        "where": where,
        "order": order,
        "key": "",
        "exception": "",
    }


def _location(thing: Any, roots: list[str]) -> dict[str, Any]:
    if thing is None:
        return {"module": "", "qualname": ""}
    thing = inspect.unwrap(thing)
    thing = getattr(thing, "func", thing) if not inspect.isroutine(thing) else thing
    if not hasattr(thing, "__qualname__"):
        thing = type(thing)
    file, line = "", 0
    with contextlib.suppress(TypeError, OSError):
        file = os.path.realpath(inspect.getsourcefile(thing) or "")
        line = inspect.getsourcelines(thing)[1]
    code = getattr(thing, "__code__", None)
    return {
        "module": thing.__module__ or "",
        "qualname": thing.__qualname__,
        "file": file,
        "line": line,
        "in_project": _below(file, roots),
        "closure": list(code.co_freevars) if code is not None else [],
    }


def _in_project(module: Any, roots: list[str]) -> bool:
    file = os.path.realpath(getattr(module, "__file__", None) or "")
    return file != HERE and _below(file, roots)


def _below(file: str | None, roots: list[str]) -> bool:
    if not file or "site-packages" in file or "dist-packages" in file:
        return False
    return any(file.startswith(os.path.realpath(root) + os.sep) for root in roots)


def own_traceback(error: BaseException) -> str:
    """Format an error with the frames of the user's app only, not of this script."""
    frames = traceback.TracebackException.from_exception(error)
    seen: Any = frames
    while seen is not None:
        kept = [f for f in seen.stack if os.path.abspath(f.filename) != HERE]
        seen.stack = traceback.StackSummary.from_list(
            [f for f in kept if not f.filename.startswith("<frozen importlib")]
        )
        seen = seen.__cause__ or seen.__context__
    return "".join(frames.format()).rstrip()


def main() -> None:
    """Read the job, import the app, write the answer."""
    job = json.load(sys.stdin)
    with open(sys.argv[1], "x", encoding="utf-8") as answer_file:
        # The app may print: keep standard output out of what is read by machines.
        sys.stdout = sys.stderr
        sys.argv = [job["target"]]
        sys.path[:0] = job["paths"]
        answer: dict[str, Any]
        try:
            answer = {"ok": survey(load_app(job["target"]), job["target"], job["roots"])}
        except LookupError as error:
            kind = "target" if type(error) is LookupError else "import"
            answer = {"error": kind, "message": str(error), "traceback": own_traceback(error)}
        except BaseException as error:
            said = f"{type(error).__name__}: {error}"
            answer = {"error": "import", "message": said, "traceback": own_traceback(error)}
        json.dump(answer, answer_file)
    sys.stderr.flush()
    # Threads that the app started at import must not keep this process.
    os._exit(0)


if __name__ == "__main__":
    main()
