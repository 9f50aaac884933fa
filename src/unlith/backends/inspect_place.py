"""Says where a live thing is written: module, name, file and line. Runs in the child process only.

An app's objects may keep thousands of others: a class's line, which takes reading its whole file,
is looked up once.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import os
from types import CodeType
from typing import Any

_classes: dict[int, tuple[type, dict[str, Any]]] = {}
# By identity: metaclasses may refuse to be hashed. Kept, so that no id comes twice.


def location(thing: Any, roots: list[str]) -> dict[str, Any]:
    """Give the JSON form of the ``Location`` where a live thing is written."""
    if thing is None:
        return {"module": "", "qualname": ""}
    if not isinstance(thing, CodeType):
        thing = inspect.unwrap(thing)
        thing = getattr(thing, "func", thing) if not inspect.isroutine(thing) else thing
        if not hasattr(thing, "__qualname__"):
            thing = type(thing)
    if not isinstance(thing, type):
        return _written(thing, roots)
    if id(thing) not in _classes:
        _classes[id(thing)] = (thing, _written(thing, roots))
    return dict(_classes[id(thing)][1])


def in_project(module: Any, roots: list[str]) -> bool:
    """Say whether a loaded module lies below the project's sources."""
    return _below(_real(getattr(module, "__file__", None) or ""), roots)


# Private


def _written(thing: Any, roots: list[str]) -> dict[str, Any]:
    code = thing if isinstance(thing, CodeType) else getattr(thing, "__code__", None)
    file, line = "", 0
    with contextlib.suppress(TypeError, OSError):
        file = _real(inspect.getsourcefile(thing) or "")
        line = code.co_firstlineno if code is not None and file else _found_line(thing)
    return {
        "module": getattr(thing, "__module__", None) or "",
        "qualname": getattr(thing, "__qualname__", ""),
        "file": file,
        "line": line,
        "in_project": _below(file, roots),
        "closure": list(code.co_freevars) if code is not None else [],
    }


def _found_line(thing: Any) -> int:
    return inspect.findsource(thing)[1] + 1 if isinstance(thing, type) else 0


@functools.cache
def _real(file: str) -> str:
    return os.path.realpath(file) if file else ""


def _below(file: str, roots: list[str]) -> bool:
    if not file or "site-packages" in file or "dist-packages" in file:
        return False
    return any(file.startswith(_real(root) + os.sep) for root in roots)
