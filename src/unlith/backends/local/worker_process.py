"""Keeps a worker's process in its place; loaded by ``worker.py``.

It dies with its parent, opens no way beyond this machine, and says when copies of it would not
be independent of each other. Standard library only.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import select
import stat
import threading
from typing import Any


def hold_on_to(lifeline: int) -> None:
    """Make this process a group of its own that dies when the lifeline is cut."""
    if os.getpgrp() != os.getpid():
        os.setpgid(0, 0)
    fcntl.fcntl(lifeline, fcntl.F_SETOWN, -os.getpid())
    fcntl.fcntl(lifeline, fcntl.F_SETFL, fcntl.fcntl(lifeline, fcntl.F_GETFL) | os.O_ASYNC)
    if select.select([lifeline], [], [], 0)[0]:
        os._exit(0)


def refuse_far(event: str, arguments: tuple[Any, ...]) -> None:
    """Refuse connections and look-ups beyond this machine (an audit hook).

    Libraries that open sockets in C are not seen by it.
    """
    if event in ("socket.connect", "socket.sendto"):
        address = arguments[-1]
        host = address[0] if isinstance(address, tuple) else ""
    elif event == "socket.getaddrinfo":
        host = arguments[0] or ""
    else:
        return
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
    if name and name not in ("localhost", "::1", "0.0.0.0") and not name.startswith("127."):  # noqa: S104  # compared, not bound
        raise OSError(errno.ENETUNREACH, f"no way to {name} while sides are compared")


def unforkable(own: set[int]) -> str:
    """Say why copies of this process would not be independent of each other, or nothing."""
    others = [t.name for t in threading.enumerate() if t is not threading.main_thread()]
    if others:
        return f"threads run after import: {', '.join(others)}"
    with contextlib.suppress(OSError):
        for number in map(int, os.listdir("/dev/fd")):
            with contextlib.suppress(OSError):
                mode = os.fstat(number).st_mode
                if number not in own and stat.S_ISREG(mode):
                    return "a file is open after import" + _name_of(number)
                if number not in own and stat.S_ISSOCK(mode):
                    return "a connection is open after import"
    return ""


def _name_of(number: int) -> str:
    try:
        return f": {os.readlink(f'/proc/self/fd/{number}')}"
    except OSError:
        return ""
