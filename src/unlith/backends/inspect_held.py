"""Finds the code that a live callable keeps: in closure cells, defaults, partials and attributes.

A wrapper may keep several functions, a view may be handed what it calls: reading source cannot say
which, the live object can. Runs in the child process only. Changes nothing of the app.
"""

from __future__ import annotations

import functools
import gc
import inspect
import sys
from collections.abc import Callable, Iterable, Iterator
from types import CellType
from typing import Any

Place = Callable[[Any], dict[str, Any]]
"""Gives the JSON form of a ``Location``."""

_DEPTH = 6
_MANY = 50
_PLAIN = (str, bytes, int, float, complex, bool, type(None))


def held(things: Iterable[Any], place: Place) -> list[dict[str, Any]]:
    """Give where the project's functions and classes stand that some callables keep."""
    found: list[Any] = []
    seen: set[int] = set()
    given = [thing for thing in things if thing is not None]
    for thing in given:
        _collect(thing, _DEPTH, found, seen, place)
    own = {id(thing) for thing in given}
    once = {id(one): one for one in found if id(one) not in own}
    places = [place(one) for one in once.values()]
    named = {f"{one['module']}:{one['qualname']}": one for one in places if one.get("in_project")}
    return [named[name] for name in sorted(named)]


def made(is_project: Callable[[Any], bool]) -> list[str]:
    """Give the project's classes that have instances now, as ``module:Class``."""
    types = {type(one) for one in gc.get_objects()}
    found = (cls for cls in types if is_project(sys.modules.get(cls.__module__)))
    return sorted(f"{cls.__module__}:{cls.__qualname__}" for cls in found)


def hooks_of(app: Any) -> Iterator[Any]:
    """Yield every function in Flask's registries."""
    for registry in (
        app.before_request_funcs,
        app.after_request_funcs,
        app.teardown_request_funcs,
        app.url_value_preprocessors,
        app.url_default_functions,
        app.template_context_processors,
    ):
        for functions in registry.values():
            yield from functions
    yield from app.teardown_appcontext_funcs
    for by_code in app.error_handler_spec.values():
        for by_class in by_code.values():
            yield from by_class.values()


# Private


def _collect(thing: Any, depth: int, found: list[Any], seen: set[int], place: Place) -> None:
    if depth < 0 or id(thing) in seen or isinstance(thing, _PLAIN):
        return
    seen.add(id(thing))
    if isinstance(thing, type):
        found.append(thing)
        return
    if inspect.isroutine(thing):
        found.append(thing)
    elif not isinstance(thing, functools.partial | list | tuple | set | frozenset | dict):
        found.append(type(thing))
    for part in _parts(thing, place):
        _collect(part, depth - 1, found, seen, place)


def _parts(thing: Any, place: Place) -> list[Any]:
    if isinstance(thing, functools.partial):
        return [thing.func, *thing.args, *thing.keywords.values()]
    if isinstance(thing, dict):
        return list(thing.values())[:_MANY]
    if isinstance(thing, list | tuple | set | frozenset):
        return list(thing)[:_MANY]
    if inspect.ismethod(thing):
        return [thing.__func__, thing.__self__]
    if inspect.isfunction(thing):
        cells = [_content(cell) for cell in thing.__closure__ or ()]
        kept = [*(thing.__defaults__ or ()), *(thing.__kwdefaults__ or {}).values()]
        return [*cells, *kept, getattr(thing, "__wrapped__", None)]
    if place(type(thing)).get("in_project"):
        return list(getattr(thing, "__dict__", {}).values())[:_MANY]
    return []


def _content(cell: CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:
        return None
