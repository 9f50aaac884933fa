"""Runs ``run.py`` in the project's own environment: parity needs all of unlith."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]


def main() -> int:
    """Give its exit code."""
    environ = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    python = ROOT / ".venv" / "bin" / "python"
    return subprocess.run([python, HERE / "run.py"], env=environ, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
