"""What a routing decision costs, in instructions: Werkzeug's match and the in-process router.

Writes ``cost.json``. Exit code 1 if the router's dearest size costs more than Werkzeug's cheapest,
or at 10,000 routes more than 1.5 times what it costs at 10.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
SIZES = {"router": (10, 100, 1000, 10_000), "werkzeug": (10, 100, 1000)}
"""Routes; building Werkzeug's map of 10,000 takes too long under callgrind."""
CALLS = 20
FLAT = 1.5


def instructions(side: str, routes: int) -> int:
    """Give instructions a decision."""
    valgrind = shutil.which("valgrind") or "valgrind"
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [
                *(valgrind, "--tool=callgrind", f"--callgrind-out-file={folder}/out"),
                *("--dump-before=sched_yield", sys.executable, str(HERE / "decide.py")),
                *(side, str(routes), str(CALLS)),
            ],
            capture_output=True,
            text=True,
            check=True,
        )
        counted = re.search(r"^totals: (\d+)", Path(folder, "out.2").read_text("latin-1"), re.M)
        return int(counted[1]) // int(done.stdout) if counted else 0


def main() -> int:
    """Measure both at each size and write it down."""
    found = {side: {n: instructions(side, n) for n in sizes} for side, sizes in SIZES.items()}
    router = found["router"]
    ratio = router[10_000] / router[10]
    slower = max(router.values()) / min(found["werkzeug"].values())
    result = {
        "instructions": found,
        "10000_to_10": round(ratio, 3),
        "to_werkzeug": round(slower, 3),
    }
    (HERE / "cost.json").write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    print(json.dumps(result))
    return 0 if ratio <= FLAT and slower <= 1 else 1


if __name__ == "__main__":
    sys.exit(main())
