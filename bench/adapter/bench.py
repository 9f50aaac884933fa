"""What one invocation costs: instructions under callgrind, and paired wall times.

Writes ``results.json`` and ``results.md`` beside itself and prints the table.
Instructions: one process an adapter, counters read between two markers (instructions.py).
Wall: blocks of calls of all adapters taken in turn, each divided by the bare call's block next
to it; the median of those ratios. Import: instructions of a fresh process less an empty one.
"""

from __future__ import annotations

import datetime
import importlib.metadata
import json
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from cases import APPS, CASES, EVENTS, Context
from peers import ADAPTERS

HERE = Path(__file__).parent
CALLS = 50
VALGRIND = shutil.which("valgrind") or "valgrind"
ROUNDS = 41
BLOCK = 40
BARE = next(iter(ADAPTERS))
PACKAGES = ("aws-wsgi", "apig-wsgi", "awsgi2", "serverless-wsgi", "zappa", "mangum", "a2wsgi",
            "flask", "werkzeug")  # fmt: skip
# After Flask; a handler made as well, for some parts are imported only then.
FLASK = "import flask"
MADE = f"{FLASK}; from unlith_runtime.whole import make_handler; make_handler(id, engine="
IMPORTS = {
    "flask": FLASK,
    "unlith_runtime.http + events": "import unlith_runtime.http, unlith_runtime.events",
    "unlith_runtime.whole, after flask": f"{FLASK}, unlith_runtime.whole",
    "unlith, awsgi, handler made, after flask": MADE + "'awsgi')",
    "awsgi, after flask": f"{FLASK}, awsgi",
    "apig_wsgi, after flask": f"{FLASK}, apig_wsgi",
    "serverless_wsgi, after flask": f"{FLASK}, serverless_wsgi",
}  # fmt: skip


def callgrind(arguments: list[str], where: Path) -> str:
    """Run Python under callgrind, a dump at each marker, and give what it printed."""
    done = subprocess.run(
        [VALGRIND, "--tool=callgrind", f"--callgrind-out-file={where / 'out'}",
         "--dump-before=sched_yield", sys.executable, *arguments],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout


def totals(dump: Path) -> int:
    """Give the instructions counted in one dump."""
    found = re.search(r"^totals: (\d+)", dump.read_text("latin-1"), re.M)
    return int(found[1]) if found else 0


def instructions(adapter: str) -> dict[str, int | None]:
    """Give instructions per invocation for each case, None where the adapter fails."""
    counted: dict[str, int | None] = {}
    with tempfile.TemporaryDirectory() as folder:
        where = Path(folder)
        printed = callgrind([str(HERE / "instructions.py"), adapter, str(CALLS)], where)
        number = 2  # the first dump holds what came before the first marker
        for line in printed.splitlines():
            if not line.startswith(tuple(APPS)):  # some adapters print
                continue
            app, shape, outcome, *_ = line.split()
            counted[f"{app} {shape}"] = None
            if outcome == "ran":
                counted[f"{app} {shape}"] = totals(where / f"out.{number}") // CALLS
                number += 2
    return counted


def imports() -> dict[str, int]:
    """Give the instructions of each import in a fresh process, an empty one's taken off."""
    counted = {}
    for name, code in {"nothing": "pass", **IMPORTS}.items():
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([sys.executable, "-c", code], check=True)  # warms the bytecode cache
            callgrind(["-c", code], Path(folder))
            counted[name] = totals(Path(folder) / "out")
    nothing = counted.pop("nothing")
    counted = {name: count - nothing for name, count in counted.items()}
    for name in counted:
        if name.endswith("after flask"):
            counted[name] -= counted["flask"]
    return counted


def wall() -> dict[str, dict[str, float | None]]:
    """Give the median ratio to the bare call, blocks taken in turn."""
    context = Context()
    ratios: dict[str, dict[str, float | None]] = {name: {} for name in ADAPTERS}
    for app, shape in CASES:
        event = EVENTS[shape]
        handlers = {name: make(APPS[app]()) for name, make in ADAPTERS.items()}
        for name, handler in list(handlers.items()):
            try:
                for _ in range(BLOCK):
                    handler(event, context)
            except Exception:
                del handlers[name]
        samples: dict[str, list[float]] = {name: [] for name in handlers}
        for _ in range(ROUNDS):
            for name, handler in handlers.items():
                samples[name].append(block(handlers[BARE], handler, event, context))
        for name in ADAPTERS:
            found = samples.get(name)
            ratios[name][f"{app} {shape}"] = round(statistics.median(found), 2) if found else None
    return ratios


def block(bare: Any, handler: Any, event: Any, context: Any) -> float:
    """Give one block's time over the bare call's right before it."""
    times = []
    for one in (bare, handler):
        start = time.process_time_ns()
        for _ in range(BLOCK):
            one(event, context)
        times.append(time.process_time_ns() - start)
    return times[1] / max(times[0], 1)


def table(results: dict[str, Any]) -> str:
    """Give the results as one table for people."""
    heads = [f"{app} {shape}" for app, shape in CASES]
    lines = ["| adapter | " + " | ".join(heads) + " | wall, same order |",
             "|---|" + "--:|" * len(heads) + "---|"]  # fmt: skip
    bare = results["instructions"][BARE]
    for name in ADAPTERS:
        cells = []
        for head in heads:
            count = results["instructions"][name].get(head)
            cells.append("fails" if count is None
                         else f"{count / 1000:.1f} k ({count / bare[head]:.2f})")  # fmt: skip
        times = ["-" if one is None else f"{one:.2f}" for one in results["wall"][name].values()]
        lines.append(f"| {name} | " + " | ".join(cells) + f" | {' / '.join(times)} |")
    lines += ["", "| import | instructions |", "|---|--:|"]
    lines += [f"| {name} | {count / 1e6:.1f} M |" for name, count in results["imports"].items()]
    return "\n".join(lines)


def main() -> None:
    """Measure everything and write it down."""
    results: dict[str, Any] = {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "python": platform.python_version(),
        "versions": {name: importlib.metadata.version(name) for name in PACKAGES},
        "what": f"GET with 13 client headers and 2 query values; {CALLS} calls counted; "
        f"wall: {ROUNDS} rounds of {BLOCK} calls, ratio to the bare call",
        "instructions": {name: instructions(name) for name in ADAPTERS},
        "imports": imports(),
        "wall": wall(),
    }
    (HERE / "results.json").write_text(json.dumps(results, indent=1) + "\n", "utf-8")
    told = table(results)
    versions = ", ".join(f"{name} {version}" for name, version in results["versions"].items())
    text = (
        f"# One invocation, {results['date']}\n\n"
        "Instructions, and in brackets the ratio to the bare WSGI call.\n"
        f"Python {results['python']}; {versions}.\n"
        "Made by `make bench`; the figures are in `results.json`.\n\n"
        f"{told}\n"
    )
    (HERE / "results.md").write_text(text, "utf-8")
    print(told)


main()
