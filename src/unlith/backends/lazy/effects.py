"""What importing a module does to what was loaded before it, seen by looking before and after.

A registry that grew, a class or module that got another attribute, a changed setting: such a
module must be imported when its author had it imported. Runs in the child process that has the
app loaded; standard library only.
"""

from __future__ import annotations

import collections
import os
import signal
import sys
from collections.abc import Iterable, Iterator, Mapping
from types import FunctionType, MappingProxyType, ModuleType
from typing import Any

LIMIT = 300_000  # objects looked at
DEPTH = 5  # steps from a module
_LARGE = 3000  # entries above which only the number counts

# Caches and book-keeping of the interpreter and the standard library: they change, nobody cares.
_QUIET = frozenset(
    """abc ast builtins codecs copyreg ctypes dis email.charset encodings enum functools gc gettext
    importlib inspect linecache locale mimetypes opcode pkgutil platform re site socket sre_compile
    sre_constants sre_parse ssl stat string struct sys sysconfig tempfile token tokenize traceback
    types typing typing_extensions unittest urllib warnings weakref zipimport zlib""".split()
)
_QUIET_KEYS = frozenset(
    """__warningregistry__ __getattr__ __dir__ _abc_impl __abstractmethods__ __doc__ __builtins__
    __annotations__ __subclasshook__ __weakref__ loggerDict _loggerClass""".split()
)
_QUIET_PATHS = (  # every handler of logging is noted there, for the end of the process
    "logging._handlerList",
    "logging._handlers",
    "logging._at_fork_reinit_lock_weakset",
)
_COUNTERS = ("count", "index", "serial", "sequence")
_CONTAINERS = (list, set, collections.deque)
_PLAIN = (str, bytes, int, float, complex, bool, type(None), frozenset, range, property)

Signature = dict[object, int] | tuple[int, ...]


class State:
    """The state of everything loaded, at one moment."""

    def __init__(self, pending: Mapping[str, Iterable[str]]) -> None:
        self._pending = {module: frozenset(names) for module, names in pending.items()}
        self._seen: list[tuple[str, Any, Signature]] = []
        self._outside = _outside()
        known: set[int] = {id(self), id(self._seen), id(vars(self))}
        queue: collections.deque[tuple[str, Any, int]] = collections.deque()
        for name, module in sorted(sys.modules.items()):
            if not _is_quiet(name):
                queue.append((name, module, 0))
        while queue and len(self._seen) < LIMIT:
            path, thing, depth = queue.popleft()
            if id(thing) in known:
                continue
            known.add(id(thing))
            content = _content(thing)
            if content is None:
                continue
            self._seen.append((path, thing, _signature(content)))
            if depth < DEPTH and len(content) <= _LARGE:
                for key, value in _pairs(content):
                    if not isinstance(value, (*_PLAIN, ModuleType)) and not _is_noise(key):
                        queue.append((f"{path}.{key}", value, depth + 1))

    def changes(self) -> Iterator[str]:
        """Name what is not as it was."""
        for path, thing, before in self._seen:
            content = _content(thing)
            if path.startswith(_QUIET_PATHS) or content is None or _signature(content) == before:
                continue
            yield from self._changed(path, thing, before, content)
        after = _outside()
        yield from (name for name, value in self._outside.items() if after[name] != value)

    # Private

    def _changed(self, path: str, thing: Any, before: Signature, content: Any) -> Iterator[str]:
        if not isinstance(before, dict) or not isinstance(content, Mapping):
            yield path
            return
        if len(content) > _LARGE:
            yield path
            return
        after = _signature(content)
        assert isinstance(after, dict)
        for key in {*before, *after}:
            if before.get(key) == after.get(key) or key in _QUIET_KEYS:
                continue
            if isinstance(thing, ModuleType) and self._is_bound(path, key, thing):
                continue
            value = content.get(key)
            if isinstance(key, str) and isinstance(value, int) and _counts(key):
                continue
            yield f"{path}[{key!r}]"

    def _is_bound(self, path: str, key: object, module: ModuleType) -> bool:
        # A deferred name that was used, or a submodule that was imported.
        name = f"{module.__name__}.{key}"
        return (
            key in self._pending.get(module.__name__, ())
            or str(key).startswith("_unlith_")
            or (name in sys.modules and vars(module).get(str(key)) is sys.modules[name])
        )


# Private


def _content(thing: Any) -> Any:
    if isinstance(thing, ModuleType):
        return vars(thing)
    if isinstance(thing, dict | MappingProxyType):
        return thing
    if isinstance(thing, _CONTAINERS):
        return thing
    if isinstance(thing, type):
        return vars(thing) if thing.__module__ not in ("builtins",) else None
    if isinstance(thing, FunctionType):
        return thing.__dict__ or None
    if isinstance(thing, tuple):
        return thing if len(thing) <= 50 else None
    try:
        found = object.__getattribute__(thing, "__dict__")
    except (AttributeError, TypeError):
        return None
    return found if isinstance(found, dict) else None


def _signature(content: Any) -> Signature:
    if len(content) > _LARGE:
        return (len(content),)
    if isinstance(content, Mapping):
        try:
            return {k: id(v) for k, v in list(content.items()) if not _is_noise(k)}
        except (TypeError, RuntimeError):
            return (len(content),)
    if isinstance(content, set):
        return (len(content), *sorted(map(id, content)))
    return tuple(map(id, content))


def _is_noise(key: object) -> bool:
    return isinstance(key, str) and (key in _QUIET_KEYS or key.startswith("_unlith_"))


def _pairs(content: Any) -> list[tuple[object, Any]]:
    if isinstance(content, Mapping):
        return list(content.items())
    return list(enumerate(content))


def _is_quiet(name: str) -> bool:
    top = name.partition(".")[0]
    return name in _QUIET or top in _QUIET or top.startswith(("_", "unlith"))


def _counts(key: str) -> bool:
    return any(word in key.lower() for word in _COUNTERS)


def _outside() -> dict[str, object]:
    # What is no Python object: the process's own settings.
    return {
        "os.environ": dict(os.environ),
        "the working folder": os.getcwd(),
        "signal handlers": [
            str(signal.getsignal(number)) for number in sorted(signal.valid_signals())
        ],
        "sys.path": list(sys.path),
        "sys.meta_path": list(map(id, sys.meta_path)),
        "sys.excepthook": id(sys.excepthook),
        "sys.stdout": (id(sys.stdout), id(sys.stderr)),
        "the recursion limit": sys.getrecursionlimit(),
    }
