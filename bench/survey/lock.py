"""Writes ``locks/NAME.lock`` for the apps of ``apps.toml``, hash-pinned, with unlith's own needs.

Usage: ``python bench/survey/lock.py [NAME …]``, with uv beside this Python.
"""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def main() -> None:
    """Lock all or some of the apps."""
    apps = tomllib.loads((HERE / "apps.toml").read_text("utf-8"))
    uv = Path(sys.executable).parent / "uv"
    for name in sys.argv[1:] or apps:
        target = HERE / "locks" / f"{name}.lock"
        target.parent.mkdir(exist_ok=True)
        wanted = [*apps[name]["requires"], *apps[name].get("tests_require", ()), "pytest", "grimp"]
        subprocess.run(
            [str(uv), "pip", "compile", "--quiet", "--python-version", "3.11", "--no-header",
             "--no-annotate", "--generate-hashes", "-o", str(target), "-",
             str(ROOT / "pyproject.toml")],
            input="\n".join(wanted).encode(), check=True,
        )  # fmt: skip
        print(name, target.stat().st_size)


if __name__ == "__main__":
    main()
