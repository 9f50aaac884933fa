"""Watches an app while it imports: a server it starts, where it hangs, a variable it misses.

Runs in the child process only. Imports nothing but the standard library.
"""

from __future__ import annotations

import faulthandler
import os
import sys
import time
import traceback
from types import FrameType
from typing import IO, Any

_SERVES = frozenset({"run_forever", "run_simple", "serve", "serve_forever"})
"""Functions of servers that do not return once their port is open."""


class ServesAtImport(BaseException):
    """The app starts a server while it is imported; no ``except Exception`` hides it."""


class Watch:
    """Stops an app that serves at import; writes down where it is just before the time is up."""

    def __init__(self, roots: list[str]) -> None:
        self._roots = tuple(os.path.realpath(root) + os.sep for root in roots)
        self._is_on = False

    def start(self, until: float, file: IO[str]) -> None:
        """Watch from here on; *file* gets every thread's stack at *until* (seconds, the epoch)."""
        self._is_on = True
        sys.addaudithook(self._heard)
        faulthandler.dump_traceback_later(max(0.1, until - time.time()), file=file)

    def stop(self) -> None:
        """Watch no more."""
        self._is_on = False
        faulthandler.cancel_dump_traceback_later()

    # Private

    def _heard(self, event: str, arguments: Any) -> None:
        if event != "socket.bind" or not self._is_on:
            return
        frame: FrameType | None = sys._getframe(1)
        serving = ""
        while frame is not None:
            code = frame.f_code
            if serving and os.path.realpath(code.co_filename).startswith(self._roots):
                place = f"{os.path.basename(code.co_filename)}:{frame.f_lineno}"
                raise ServesAtImport(f"{place} starts a server ({serving})")
            if code.co_name in _SERVES:
                serving = f"{frame.f_globals.get('__name__', '')}.{code.co_name}"
            frame = frame.f_back


def missing_variable(error: BaseException) -> str:
    """Give the environment variable whose absence an error comes from, or an empty text."""
    seen: BaseException | None = error
    while seen is not None:
        frames = [frame for frame, _ in traceback.walk_tb(seen.__traceback__)]
        if frames and frames[-1].f_code is type(os.environ).__getitem__.__code__:
            return str(seen.args[0])
        seen = seen.__cause__ or seen.__context__
    return ""
