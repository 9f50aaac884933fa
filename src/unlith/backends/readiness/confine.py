"""Takes from this process, and all it starts, what Lambda would not give: Linux's Landlock.

No privilege is needed. Where the kernel has no Landlock nothing is taken, and the caller says so.
https://docs.kernel.org/userspace-api/landlock.html, read 2026-11-26.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys

_CREATE, _ADD, _RESTRICT = 444, 445, 446
_NO_NEW_PRIVS = 38
_VERSION = 1
_PATH_BENEATH = 1

# Rights of version 1 that change files; then "refer" (2) and "truncate" (3).
_CHANGES = (1 << 1) | sum(1 << bit for bit in range(4, 13))
_REFER, _TRUNCATE = 1 << 13, 1 << 14
_CONNECT_TCP = 1 << 1


def version() -> int:
    """Give the kernel's version of Landlock, 0 if it has none."""
    if not sys.platform.startswith("linux"):
        return 0
    return max(0, _call(_CREATE, None, 0, _VERSION))


def confine(writable: list[str]) -> tuple[str, ...]:
    """Let nothing but *writable* folders be written and no TCP connection be made, for ever.

    Gives what is now refused: ``writes``, and ``connections`` from version 4 on.
    """
    known = version()
    if not known:
        return ()
    rights = _CHANGES | (_REFER if known >= 2 else 0) | (_TRUNCATE if known >= 3 else 0)
    if known >= 4:
        attributes = struct.pack("=QQ", rights, _CONNECT_TCP)
    else:
        attributes = struct.pack("=Q", rights)
    ruleset = _call(_CREATE, attributes, len(attributes), 0)
    if ruleset < 0:
        return ()
    try:
        for folder in writable:
            _allow(ruleset, folder, rights)
        _libc().prctl(_NO_NEW_PRIVS, 1, 0, 0, 0)
        done = _call(_RESTRICT, ruleset, 0) == 0
    finally:
        os.close(ruleset)
    if not done:
        return ()
    return ("writes", "connections") if known >= 4 else ("writes",)


# Private


def _allow(ruleset: int, folder: str, rights: int) -> None:
    try:
        opened = os.open(folder, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        _call(_ADD, ruleset, _PATH_BENEATH, struct.pack("=Qi", rights, opened), 0)
    finally:
        os.close(opened)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _call(number: int, *arguments: object) -> int:
    return int(_libc().syscall(ctypes.c_long(number), *arguments))
