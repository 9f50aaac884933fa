"""The ``Clock`` port: the time, the user and the commit."""

from __future__ import annotations

import contextlib
import getpass
import subprocess
from datetime import UTC, datetime
from pathlib import Path


class SystemClock:
    """Asks the system, and git for the commit."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def now(self) -> str:
        """Give the time in UTC, ISO 8601 with seconds."""
        return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def who(self) -> str:
        """Give the login name, or ``unknown`` in a container without one."""
        try:
            return getpass.getuser()
        except (KeyError, OSError):
            return "unknown"

    def commit(self) -> str:
        """Give the checked-out commit, or an empty text outside git."""
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            done = subprocess.run(
                ["git", "rev-parse", "--short=12", "HEAD"],  # noqa: S607  # git of the user's PATH
                cwd=self._root,
                capture_output=True,
                text=True,
                timeout=5,
                check=False,
            )
            return done.stdout.strip() if done.returncode == 0 else ""
        return ""
