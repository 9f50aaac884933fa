"""What a process keeps in the project's modules and classes, as digests that tell a change.

Runs in the sandboxed child. No method of the app's objects is called, and no value leaves: digests
are salted.
"""

from __future__ import annotations

import datetime
import hashlib
import sys
import uuid
from collections import deque
from collections.abc import Iterator
from typing import Any

Key = tuple[str, str]
"""The module's file and the name, ``NAME`` or ``Class.name``."""

_PLAIN = (str, bytes, int, float, bool, type(None), uuid.UUID, datetime.date, datetime.timedelta)
_MOMENTS = (str, bytes, int, float, uuid.UUID, datetime.date)
_HOLDERS = (dict, list, set, deque)
_DEPTH = 3
_ITEMS = 2000


def containers(roots: tuple[str, ...], salt: str) -> dict[Key, str]:
    """Give a digest for each container that a module or class of the project holds."""
    return {
        key: _digest(value, salt)
        for key, value in _held(roots)
        if isinstance(value, _HOLDERS) or "." not in key[1]
    }


def moments(roots: tuple[str, ...], salt: str) -> dict[Key, str]:
    """Give a digest for each plain value that a module of the project holds."""
    return {
        key: _digest(value, salt)
        for key, value in _held(roots)
        if type(value) in _MOMENTS and "." not in key[1]
    }


# Private


def _held(roots: tuple[str, ...]) -> Iterator[tuple[Key, Any]]:
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None) or ""
        if not file.startswith(roots) or "site-packages" in file:
            continue
        for name, value in list(vars(module).items()):
            if name.startswith("__"):
                continue
            if isinstance(value, type) and value.__module__ == module.__name__:
                for inner, held in list(vars(value).items()):
                    if isinstance(held, _HOLDERS) and not inner.startswith(("__", "_abc_")):
                        yield (file, f"{name}.{inner}"), held
            elif isinstance(value, (*_PLAIN, *_HOLDERS)):
                yield (file, name), value


def _digest(value: object, salt: str) -> str:
    made = hashlib.sha256(salt.encode())
    for part in _parts(value, _DEPTH):
        made.update(part + b"\0")
    return made.hexdigest()[:24]


def _parts(value: object, depth: int) -> Iterator[bytes]:
    yield type(value).__name__.encode()
    if type(value) in _PLAIN:
        yield repr(value).encode("utf-8", "replace")
    elif isinstance(value, _HOLDERS):
        yield str(len(value)).encode()
        if depth:
            items = list(value.items() if isinstance(value, dict) else value)[:_ITEMS]
            for item in items:
                for part in item if isinstance(value, dict) else (item,):
                    yield from _parts(part, depth - 1)
