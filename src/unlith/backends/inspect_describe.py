"""Describes a live Flask app as plain JSON values. Runs in the child process only.

Reads Flask's and Werkzeug's registries, the private ``Rule._converters`` among them (Werkzeug
has no public way to a rule's converters; seen in 3.1). Changes nothing of the app.
"""

from __future__ import annotations

import inspect
import os
import sys
from importlib.metadata import version
from typing import Any

from unlith.backends import inspect_extra as extra
from unlith.backends.inspect_held import held, made
from unlith.backends.inspect_place import in_project, location

# Never a key that may hold a secret.
_KEYS = """
APPLICATION_ROOT JSONIFY_PRETTYPRINT_REGULAR JSON_AS_ASCII JSON_SORT_KEYS MAX_CONTENT_LENGTH
PERMANENT_SESSION_LIFETIME PREFERRED_URL_SCHEME PROPAGATE_EXCEPTIONS SERVER_NAME
SESSION_COOKIE_DOMAIN SESSION_COOKIE_HTTPONLY SESSION_COOKIE_NAME SESSION_COOKIE_PARTITIONED
SESSION_COOKIE_PATH SESSION_COOKIE_SAMESITE SESSION_COOKIE_SECURE SESSION_REFRESH_EACH_REQUEST
TRAP_BAD_REQUEST_ERRORS TRAP_HTTP_EXCEPTIONS TRUSTED_HOSTS USE_X_SENDFILE
"""
CONFIG_KEYS = tuple(_KEYS.split())


def survey(app: Any, target: str, roots: list[str]) -> dict[str, Any]:
    """Describe an app as the JSON form of ``unlith.domain.survey.Survey``."""
    return {
        "target": target,
        "facts": _facts(app),
        "rules": [_rule(app, rule, roots) for rule in app.url_map.iter_rules()],
        "hooks": list(_hooks(app, roots)),
        "registered": list(extra.registered(app, lambda thing: location(thing, roots))),
        "overrides": extra.overrides(lambda module: in_project(module, roots)),
        "made": made(lambda module: in_project(module, roots)),
        "modules": sorted(
            name for name, module in list(sys.modules.items()) if in_project(module, roots)
        ),
    }


def _facts(app: Any) -> dict[str, Any]:
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
        "merge_slashes": bool(app.url_map.merge_slashes),
        "root_path": app.root_path,
        "instance_path": app.instance_path,
        "wsgi_wrapped": _wrapped_wsgi(app),
        "extensions": sorted(map(str, app.extensions)),
        "json_settings": sorted(extra.json_settings(app).items()),
        "overrides": _overrides(app),
        "signals": extra.heard(),
        "secret_variable": _secret_variable(app),
        "config": [[key, _plain(app.config.get(key))] for key in CONFIG_KEYS if key in app.config],
    }


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return value.total_seconds() if hasattr(value, "total_seconds") else str(value)


def _class_name(cls: Any) -> str:
    return f"{cls.__module__}:{cls.__qualname__}"


def _wrapped_wsgi(app: Any) -> list[str]:
    return [
        _class_name(thing if hasattr(thing, "__qualname__") else type(thing))
        for thing in extra.wsgi_chain(app)
    ]


def _rule(app: Any, rule: Any, roots: list[str]) -> dict[str, Any]:
    view = app.view_functions.get(rule.endpoint)
    kind, written, around = _unwrapped(app, rule, view)
    where = location(written, roots)
    return {
        "rule": rule.rule,
        "endpoint": rule.endpoint,
        "methods": sorted(rule.methods or ()),
        "view": where,
        "blueprints": _blueprints(app, rule.endpoint),
        "kind": kind,
        "wrappers": [_wrapper_name(function) for function in around],
        "decorators": _decorators(kind, written, around, roots),
        "handlers": _handlers(kind, written, rule, roots),
        "holds": _holds(view, kind, written, rule, roots),
        "shadowed_by": _shadowed_by(view, written),
        "origin": "" if where.get("in_project") else where["module"].partition(".")[0],
        "converters": [
            {
                "variable": variable,
                "name": _converter_name(app, type(converter)),
                "cls": _class_name(type(converter)),
                "regex": converter.regex,
                "part_isolating": getattr(converter, "part_isolating", True),
                "weight": converter.weight,
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
        "redirects": bool(rule.alias) or rule.redirect_to is not None,
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
    written, around = extra.layers(view)
    cls = extra.view_class(written, around)
    if cls is not None:
        return "class", cls, around
    return "function", written, around


def _wrapper_name(function: Any) -> str:
    return getattr(getattr(function, "__code__", None), "co_qualname", "") or repr(type(function))


def _decorators(kind: str, written: Any, around: list[Any], roots: list[str]) -> list[Any]:
    found = [extra.code_place(one, lambda thing: location(thing, roots)) for one in around]
    others = extra.class_decorators(written) if kind == "class" else extra.owners(written)
    return [*found, *(location(one, roots) for one in others)]


def _handlers(kind: str, written: Any, rule: Any, roots: list[str]) -> list[Any]:
    if kind != "class":
        return []
    methods = sorted(rule.methods or ())
    return extra.handlers(written, methods, lambda thing: location(thing, roots))


def _holds(view: Any, kind: str, written: Any, rule: Any, roots: list[str]) -> list[Any]:
    kept = [view]
    if kind == "class":
        kept += [f for _, f in extra.answering(written, sorted(rule.methods or ()))]
    return held(kept, lambda thing: location(thing, roots))


def _shadowed_by(view: Any, written: Any) -> str:
    # A decorator above @app.route: the module holds another object than the app calls.
    module = sys.modules.get(getattr(written, "__module__", None) or "")
    held = vars(module).get(getattr(written, "__qualname__", "")) if module else None
    if held is None or held is view or held is written or not callable(held):
        return ""
    return _wrapper_name(held) if extra.layers(held)[0] is written else ""


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
                yield _hook(kind, scope, location(function, roots), order)
    for scope, by_code in app.error_handler_spec.items():
        for code, by_class in by_code.items():
            for order, (cls, function) in enumerate(by_class.items()):
                hook = _hook("error_handler", scope, location(function, roots), order)
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


def _overrides(app: Any) -> list[str]:
    # What the app's own class, or the app object itself, puts in the place of Flask's code.
    flask_class: Any = next(c for c in type(app).__mro__ if c.__module__ == "flask.app")
    own = [c for c in type(app).__mro__ if c not in flask_class.__mro__]
    names = {name for c in own for name in vars(c)} | set(vars(app))
    code = (
        name
        for name in names
        if inspect.isfunction(getattr(flask_class, name, None)) and not name.startswith("__")
    )
    return sorted(name for name in code if name != "wsgi_app")


def _secret_variable(app: Any) -> str:
    # The variable's name only, and only if it is where the key came from.
    names = [n for n, value in os.environ.items() if value and value == app.secret_key]
    return min(names, key=lambda n: (n != "SECRET_KEY", n)) if names else ""
