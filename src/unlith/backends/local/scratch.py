"""Temporary folders in memory where the system has them: state that nobody needs to last.

Databases flush every commit to the disk, which takes longer than the request itself (20 ms
against 3 ms were seen); what is thrown away after a comparison needs no disk.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108  # a folder with a random name is made in it
ENOUGH_BYTES = 512 << 20
"""Memory is used only where this much is free."""

_OURS = re.compile(r"unlith-(\d+)-")


def scratch(beside: Path) -> Path:
    """Make an empty folder, in memory if there is enough, else in *beside*."""
    _sweep()
    place = MEMORY if _has_room() else beside
    return Path(tempfile.mkdtemp(prefix=f"unlith-{os.getpid()}-", dir=place)).resolve()


# Private


def _has_room() -> bool:
    try:
        found = os.statvfs(MEMORY)
    except OSError:
        return False
    return os.access(MEMORY, os.W_OK) and found.f_bavail * found.f_frsize > ENOUGH_BYTES


def _sweep() -> None:
    """Remove what a run that was killed left in memory."""
    if not MEMORY.is_dir():
        return
    for folder in MEMORY.iterdir():
        match = _OURS.match(folder.name)
        if match and not Path("/proc", match[1]).exists() and Path("/proc/self").exists():
            shutil.rmtree(folder, ignore_errors=True)
