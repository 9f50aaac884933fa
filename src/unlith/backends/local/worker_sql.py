"""Watches a handler's SQLite connections and pins their clock; loaded by ``worker.py``.

The order of writes is noted by statement. What SQLite itself calls now (``CURRENT_TIMESTAMP``,
``datetime('now')`` and their kin) is the pinned moment: the names of those functions are taken
over, and a connection of its own does the work.
Source: https://www.sqlite.org/lang_datefunc.html (2026-11). Standard library only.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable
from typing import Any

_WRITE = re.compile(
    r"\s*(?:with\b.*\)\s*)?(insert|update|delete|replace)\b(?:\s+or\s+\w+)?(?:\s+(?:into|from))?"
    r"\s+[\"`\[]?(\w+)",
    re.IGNORECASE | re.DOTALL,
)
_NOW = {
    "current_timestamp": "%Y-%m-%d %H:%M:%S",
    "current_date": "%Y-%m-%d",
    "current_time": "%H:%M:%S",
}
_TAKE_NOW = ("date", "time", "datetime", "julianday", "unixepoch", "strftime")


def patches(moment: Any) -> dict[str, Callable[[Any, Any], None]]:
    """Give what changes which module."""
    return {"sqlite3.dbapi2": lambda module, recorder: _watch(module, recorder, moment)}


# Private


def _watch(sqlite3: Any, recorder: Any, moment: Any) -> None:
    real = sqlite3.connect
    functions = _functions(real, moment) if moment is not None else []

    def trace(statement: str) -> None:
        found = _WRITE.match(statement)
        if found:
            recorder.note("sql", found[2].lower(), found[1].lower())

    def connect(*arguments: Any, **named: Any) -> Any:
        connection = real(*arguments, **named)
        connection.set_trace_callback(trace)
        for name, count, function in functions:
            # As deterministic as SQLite's own: they may stand in an index.
            connection.create_function(name, count, function, deterministic=True)
        return connection

    sqlite3.connect = connect
    package: Any = sys.modules.get("sqlite3")
    if package is not None and hasattr(package, "connect"):
        package.connect = connect


def _functions(connect: Any, moment: Any) -> list[tuple[str, int, Callable[..., Any]]]:
    worker: list[Any] = []

    def asked(name: str, arguments: tuple[Any, ...]) -> Any:
        if not worker:
            worker.append(connect(":memory:", check_same_thread=False))
        marks = ", ".join("?" * len(arguments))
        return worker[0].execute(f"select {name}({marks})", arguments).fetchone()[0]  # our names

    def now(form: str) -> str:
        return time.strftime(form, time.gmtime(moment.now_ns // 1_000_000_000))

    def taking(name: str) -> Callable[..., Any]:
        at = 1 if name == "strftime" else 0

        def function(*arguments: Any) -> Any:
            given = arguments if len(arguments) > at else (*arguments, "now")
            if isinstance(given[at], str) and given[at].lower() == "now":
                milliseconds = moment.now_ns // 1_000_000 % 1000
                told = f"{now('%Y-%m-%d %H:%M:%S')}.{milliseconds:03d}"
                given = (*given[:at], told, *given[at + 1 :])
            return asked(name, given)

        return function

    simple = [(name, 0, lambda form=form: now(form)) for name, form in _NOW.items()]
    return [*simple, *((name, -1, taking(name)) for name in _TAKE_NOW)]
