"""Describes what stands around a Flask app's views. Runs in the child process only.

Class views' methods, decorators that keep no ``__wrapped__``, and what extensions, Jinja, signals
and WSGI wrappers hold of the project's code. Registries of extensions are read by their shape, not
by their names, so that an extension nobody heard of is read too. Changes nothing of the app.
"""

from __future__ import annotations

import functools
import gc
import inspect
import sys
import weakref
from collections.abc import Callable, Iterator
from types import CellType
from typing import Any

from unlith.backends.inspect_held import Place, held, hooks_of

_WEAK = (weakref.ref, weakref.WeakMethod)
_TAKES_ALL = inspect.CO_VARARGS | inspect.CO_VARKEYWORDS


def layers(view: Any) -> tuple[Any, list[Any]]:
    """Give a view as written and the functions around it, outermost first.

    A class view ends at the function that ``as_view()`` makes.
    """
    around: list[Any] = []
    while len(around) < 50:
        inner = getattr(view, "__wrapped__", None)
        if inner is None and not _of_class(view):
            inner = _closed_over(view) or _held(view)
        if inner is None:
            break
        around.append(view)
        view = inner
    return view, around


def view_class(view: Any, around: list[Any]) -> Any:
    """Give the class behind a view, or None; Flask notes it outside the class's decorators."""
    return next(
        (cls for one in (*around, view) if (cls := getattr(one, "view_class", None))), None
    )


def code_place(function: Any, place: Place) -> dict[str, Any]:
    """Give where a wrapper's own code stands, whatever it claims to be."""
    code = getattr(function, "__code__", None)
    module = getattr(function, "__globals__", {}).get("__name__", "")
    if code is None:
        return place(type(function))
    found = place(code)
    return {**found, "module": module, "qualname": code.co_qualname, "line": code.co_firstlineno}


def handlers(cls: Any, methods: list[str], place: Place) -> list[list[Any]]:
    """Give the function that answers each method of a class view, its decorators taken off."""
    return [[m, place(layers(f)[0])] for m, f in answering(cls, methods)]


def answering(cls: Any, methods: list[str]) -> Iterator[tuple[str, Any]]:
    """Yield each method of a class view with the function that answers it."""
    for method in methods:
        function = getattr(cls, method.lower(), None)
        if function is None and method == "HEAD":
            function = getattr(cls, "get", None)
        if function is None and method != "OPTIONS":
            function = getattr(cls, "dispatch_request", None)
        if function is not None:
            yield method, function


def class_decorators(cls: Any) -> list[Any]:
    """Give the decorators a view class names for itself (Flask) or its methods (Flask-RESTful)."""
    found: list[Any] = []
    for name in ("decorators", "method_decorators"):
        kept = getattr(cls, name, None) or ()
        if isinstance(kept, dict):
            kept = [one for many in kept.values() for one in many]
        found += [one for one in kept if callable(one)]
    return found


def owners(view: Any) -> list[Any]:
    """Give the class that a view is a bound method of, if it is one."""
    owner = getattr(view, "__self__", None)
    if not inspect.ismethod(view) or owner is None:
        return []
    return [owner if isinstance(owner, type) else type(owner)]


def registered(app: Any, place: Place) -> Iterator[dict[str, Any]]:
    """Yield what may run around any view beyond Flask's request hooks, the project's code only."""
    seen: set[tuple[str, str, str]] = set()
    for kind, key, thing in _all(app):
        where = place(thing)
        mark = (kind, key, f"{where['module']}:{where['qualname']}")
        if where.get("in_project") and mark not in seen:
            seen.add(mark)
            yield {"kind": kind, "scope": "", "where": where, "key": key}
    for where in held(hooks_of(app), place):
        yield {"kind": "held", "scope": "", "where": where, "key": ""}


def wsgi_chain(app: Any) -> Iterator[Any]:
    """Yield the callables around ``wsgi_app``, outermost first."""
    thing: Any = app.wsgi_app
    for _ in range(20):
        if getattr(thing, "__func__", None) is type(app).wsgi_app:
            return
        yield thing
        inner = [getattr(thing, name, None) for name in ("app", "wsgi_app", "application", "_app")]
        # Middleware may keep the app itself too, which leads back to the outermost.
        thing = next((v for v in inner if callable(v) and v is not app), None)
        if thing is None:
            return


def overrides(is_project: Callable[[Any], bool]) -> list[list[Any]]:
    """Give, for each loaded class of the project, its methods that an outside base may call."""
    found = {}
    for module in list(sys.modules.values()):
        if not is_project(module):
            continue
        for cls in _classes(vars(module).values()):
            name = f"{cls.__module__}:{cls.__qualname__}"
            home = sys.modules.get(cls.__module__)
            if name not in found and home is not None and is_project(home):
                found[name] = _overriding(cls, is_project)
    return [[name, methods] for name, methods in sorted(found.items())]


def json_settings(app: Any) -> dict[str, Any]:
    """Give what is set on the JSON provider object itself, beyond what its class says."""
    return {
        name: value
        for name, value in vars(app.json).items()
        if not name.startswith("_") and (value is None or isinstance(value, bool | int | str))
    }


def heard() -> list[str]:
    """Give the names of Flask's signals that somebody hears."""
    signals = sys.modules.get("flask.signals")
    found = {n: s for n, s in vars(signals).items() if getattr(s, "receivers", None)}
    return sorted(found)


# Private


def _classes(values: Any, depth: int = 0) -> Iterator[Any]:
    for value in list(values):
        if isinstance(value, type):
            yield value
            if depth < 3:
                yield from _classes(vars(value).values(), depth + 1)


def _overriding(cls: Any, is_project: Callable[[Any], bool]) -> list[str]:
    outside = [
        base for base in cls.__mro__[1:-1] if not is_project(sys.modules.get(base.__module__))
    ]
    return sorted(name for name in vars(cls) if any(name in vars(base) for base in outside))


def _of_class(view: Any) -> bool:
    code = getattr(view, "__code__", None)
    return code is not None and code.co_qualname.endswith("as_view.<locals>.view")


def _held(view: Any) -> Any:
    # An object that is called in the place of the one function it keeps.
    if inspect.isroutine(view) or isinstance(view, type) or not hasattr(view, "__dict__"):
        return None
    kept = [value for value in vars(view).values() if inspect.isroutine(value)]
    return kept[0] if len(kept) == 1 else None


def _closed_over(view: Any) -> Any:
    # A decorator without functools.wraps: a nested function that takes anything and holds one
    # other function.
    code = getattr(view, "__code__", None)
    if code is None or "<locals>" not in code.co_qualname or not code.co_flags & _TAKES_ALL:
        return None
    held = [_content(cell) for cell in view.__closure__ or ()]
    callables = [one for one in held if inspect.isfunction(one)]
    return callables[0] if len(callables) == 1 else None


def _content(cell: CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:
        return None


def _all(app: Any) -> Iterator[tuple[str, str, Any]]:
    yield "app_class", "", type(app)
    yield "session_interface", "", type(app.session_interface)
    yield "json_provider", "", type(app.json)
    yield "request_class", "", app.request_class
    yield "response_class", "", app.response_class
    for thing in wsgi_chain(app):
        yield "wsgi_wrapper", "", thing if hasattr(thing, "__qualname__") else type(thing)
    for name, cls in app.url_map.converters.items():
        yield "url_converter", name, cls
    for function in app.url_build_error_handlers:
        yield "url_build_error_handler", "", function
    for name, value in vars(app).items():
        if inspect.isfunction(value) and name != "wsgi_app":
            yield "replaced_method", name, value
    yield from _jinja(app)
    yield from _signals()
    for name, extension in list(app.extensions.items()):
        yield from _extension(str(name), extension)
    manager = getattr(app, "login_manager", None)
    if manager is not None:
        yield from _extension("login_manager", manager)


def _jinja(app: Any) -> Iterator[tuple[str, str, Any]]:
    # Only if something made it already: asking for it would make it.
    environment = vars(app).get("jinja_env")
    for kind, registry in (
        ("template_filter", "filters"),
        ("template_global", "globals"),
        ("template_test", "tests"),
    ):
        for name, value in getattr(environment, registry, {}).items():
            if callable(value):
                yield kind, name, value


def _signals() -> Iterator[tuple[str, str, Any]]:
    blinker = sys.modules.get("blinker")
    if blinker is None:
        return
    for signal in gc.get_objects():
        if not isinstance(signal, blinker.Signal):
            continue
        for receiver in list(signal.receivers.values()):
            # A weak reference, or the receiver itself (connect(weak=False)).
            function = receiver() if isinstance(receiver, _WEAK) else receiver
            if function is not None:
                yield "signal", str(getattr(signal, "name", "")), function


def _extension(name: str, extension: Any) -> Iterator[tuple[str, str, Any]]:
    yield "extension", name, type(extension)
    for attribute, value in _attributes(extension):
        for function in _functions(value):
            yield "extension", f"{name}.{attribute}", function


def _attributes(thing: Any) -> list[tuple[str, Any]]:
    if isinstance(thing, dict):
        return [(str(key), value) for key, value in thing.items()]
    try:
        return list(vars(thing).items())
    except TypeError:
        return []


def _functions(value: Any, depth: int = 0) -> Iterator[Any]:
    if inspect.isroutine(value) or isinstance(value, functools.partial):
        yield value
    elif depth < 3 and isinstance(value, dict):
        for one in list(value.values())[:1000]:
            yield from _functions(one, depth + 1)
    elif depth < 3 and isinstance(value, list | tuple | set):
        for one in list(value)[:1000]:
            yield from _functions(one, depth + 1)
    elif depth == 0 and type(value).__module__ not in ("builtins", "types") and callable(value):
        yield type(value)
