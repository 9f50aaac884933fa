"""Run every ``bench/*/NAME.py`` in the measuring environment, made first if it is not there.

Usage: ``python bench/each.py bench|verify``. The environment is ``.unlith/bench``, with the peers
of ``requirements.lock`` and nothing of the project but its source folders on the path.
"""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
HOME = ROOT / ".unlith" / "bench"
PATHS = [ROOT / "adapters", ROOT / "src", HERE / "adapter", ROOT / "tests"]


def python() -> Path:
    """Give the environment's interpreter; make the environment if the lock changed."""
    lock = HERE / "requirements.lock"
    mark = HOME / "lock"
    inside = HOME / "bin" / "python"
    if not mark.exists() or mark.read_text("utf-8") != lock.read_text("utf-8"):
        venv.create(HOME, clear=True, with_pip=True)
        subprocess.run(
            [inside, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", lock], check=True
        )
        mark.write_text(lock.read_text("utf-8"), "utf-8")
    return inside


def main(name: str) -> int:
    """Run them all and give the worst exit code."""
    inside = python()
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, PATHS)), "PYTHONHASHSEED": "0"}
    environ.pop("PYTHONDONTWRITEBYTECODE", None)  # imports are measured as they are deployed
    codes = []
    for script in sorted(HERE.glob(f"*/{name}.py")):
        print(f"== {script.relative_to(ROOT)}", flush=True)
        codes.append(subprocess.run([inside, script], env=environ, check=False).returncode)
    return max(codes, default=1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
