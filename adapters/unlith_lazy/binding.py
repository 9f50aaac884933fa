"""Imports that bind on first use: what modules compiled by the bundler call.

A use of a deferred name is compiled as ``y if _unlith_y else _unlith_bind("y")``: the name is
absent until its first use, from inside or outside of the module, then an ordinary global.
https://peps.python.org/pep-0810/, read 2026-11-26, without its stand-in objects.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Callable, Iterable
from typing import Any

Namespace = dict[str, Any]
# (name, module, what): `from module import what as name`; what is "" for `import module`, "." for
# `import module as name`.
Entry = tuple[str, str, str]

late: list[str] = []
"""``module.name`` of each name bound so far, in order."""


def defer(entries: Iterable[Entry], submodules: Iterable[str] = ()) -> Callable[[str], Any]:
    """Note the calling module's deferred imports; give what binds a name at its first use.

    *submodules* of a package are loaded when they are asked for as attributes.
    """
    namespace = sys._getframe(1).f_globals  # a package may have a submodule named `globals`
    pending: dict[str, list[Entry]] = {}
    for entry in entries:
        pending.setdefault(entry[0], []).append(entry)
        namespace["_unlith_" + entry[0]] = False
    namespace["_unlith_pending"] = pending

    def bind(name: str) -> Any:
        if name not in namespace:
            for entry in pending.get(name, ()):
                value = _imported(namespace, entry)
                late.append(f"{namespace['__name__']}.{name}")
            namespace.setdefault(name, value)
        namespace["_unlith_" + name] = True
        pending.pop(name, None)
        return namespace[name]

    _wrap(namespace, bind, frozenset(submodules))
    return bind


def wrap() -> None:
    """Put the calling module's deferred names before the ``__getattr__`` it has just defined."""
    namespace = sys._getframe(1).f_globals
    _wrap(namespace, namespace["_unlith_bind"], namespace["_unlith_submodules"])


def annotated() -> None:
    """Let text that is evaluated in the calling module find deferred names.

    At the module's end: functions keep the builtins they were made with.
    """
    sys._getframe(1).f_globals["__builtins__"] = _shared()


# Private


def _wrap(namespace: Namespace, bind: Callable[[str], Any], submodules: frozenset[str]) -> None:
    namespace["_unlith_submodules"] = submodules
    pending = namespace["_unlith_pending"]
    own, own_dir = namespace.get("__getattr__"), namespace.get("__dir__")
    module = namespace["__name__"]

    def get(name: str) -> Any:
        if name in pending:
            return bind(name)
        if name == "__all__":  # `from module import *` without one: all names, bound
            for waiting in list(pending):
                bind(waiting)
        if name in submodules:
            __import__(f"{module}.{name}")
            return sys.modules[f"{module}.{name}"]
        if own is not None:
            return own(name)
        raise AttributeError(f"module {module!r} has no attribute {name!r}")

    def names() -> Iterable[str]:
        shown = own_dir() if own_dir else [n for n in namespace if not n.startswith("_unlith_")]
        return [*shown, *(name for name in list(pending) if name not in shown)]

    namespace["__getattr__"], namespace["__dir__"] = get, names


def _imported(namespace: Namespace, entry: Entry) -> Any:
    _, module, what = entry
    if not what:
        return __import__(module, namespace)
    if what == ".":
        found: Any = __import__(module, namespace)
        path = found.__name__
        for step in module.split(".")[1:]:
            path += "." + step
            found = _attribute(found, step, path)
        return found
    path = f"{module}.{what}"
    if module == namespace["__name__"]:  # a package's own submodule: nothing else has the name
        __import__(path, namespace)
        return sys.modules[path]
    return _attribute(__import__(module, namespace, None, (what,)), what, path)


def _attribute(found: Any, name: str, path: str) -> Any:
    try:
        return getattr(found, name)
    except AttributeError:
        if path in sys.modules:
            return sys.modules[path]
    file = getattr(found, "__file__", None) or "unknown location"
    message = f"cannot import name {name!r} from {found.__name__!r} ({file})"
    raise ImportError(message, name=found.__name__, path=file)


class _Builtins(dict[str, Any]):
    """The builtins of text that is evaluated in a module, where an absent name may be deferred."""

    def __missing__(self, name: str) -> Any:
        namespace = sys._getframe(1).f_globals
        if name in namespace.get("_unlith_pending", ()):
            return namespace["_unlith_bind"](name)
        return vars(builtins)[name]


def _shared() -> _Builtins:
    if not _kept:
        _kept.append(_Builtins(vars(builtins)))
    return _kept[0]


_kept: list[_Builtins] = []
