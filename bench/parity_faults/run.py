"""Seeds faults and harmless changes into extracted functions and lets parity judge each.

Usage: ``python bench/parity_faults/run.py [APP …]``, in the project's own environment. Writes
``results.json`` after each app. Ends with 1 if a fault was missed, a harmless change was called
a difference, or a reproduction is not short.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "tests"))

from seeded.faults import BENIGN, FAULTS, Change  # noqa: E402
from seeded.workspaces import ROUTES, Bench, bench  # noqa: E402
from unlith.domain.verdict import ParityResult, Verdict  # noqa: E402

RESULTS = HERE / "results.json"
APPS = ("single", "flaskr_like", "nested", "shop")
READABLE = 240
"""The longest line of a reproduction that a person reads at once."""


def judged(kind: str, name: str, change: Change, result: ParityResult) -> dict[str, object]:
    """Give one row of the results."""
    wanted = Verdict.DIFFERENT if kind == "fault" else Verdict.SAME
    lines = [line for one in result.differences for line in one.curl.splitlines()]
    requests = max((one.requests for one in result.differences), default=0)
    longest = max(map(len, lines), default=0)
    shortest = min((one.requests for one in result.differences), default=0)
    # What shows only after a write needs a request before that write too.
    is_right = result.verdict is wanted and shortest <= 2 and requests <= 3 and longest <= READABLE
    return {
        "kind": kind,
        "function": name,
        "change": change.name,
        "verdict": str(result.verdict),
        "is_right": is_right,
        "differences": len(result.differences),
        "places": sorted({one.path for one in result.differences})[:6],
        "requests": requests,
        "longest_line": longest,
        "reproduction": min((one.curl for one in result.differences), key=len, default=""),
        "reasons": list(result.reasons),
    }


def rows(app: str, here: Bench) -> Iterator[dict[str, object]]:
    """Yield a row for each change to each function of an app."""
    names = set(ROUTES.get(app, ())) or set(here.cases)
    for kind, changes in (("fault", FAULTS), ("benign", BENIGN)):
        for change in changes:
            for name in change.functions:
                if name in names:
                    row = judged(kind, name, change, here.compare(name, change))
                    mark = "ok  " if row["is_right"] else "FAIL"
                    print(
                        f"{mark} {app} {name}: {kind}: {change.name}: {row['places']}", flush=True
                    )
                    yield row


def main() -> int:
    """Run the apps and give the exit code."""
    kept = (RESULTS.is_file() and json.loads(RESULTS.read_text("utf-8"))["rows"]) or []
    ran = sys.argv[1:] or APPS
    for app in ran:
        with tempfile.TemporaryDirectory() as folder, bench(app, Path(folder)) as here:
            found = [{"app": app, **row} for row in rows(app, here)]
        kept = sorted([*(r for r in kept if r["app"] != app), *found], key=place)
        told = {"counts": counts(kept), "rows": kept}
        RESULTS.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", "utf-8")
    print(json.dumps(counts(kept)))
    return 0 if all(row["is_right"] for row in kept if row["app"] in ran) else 1


def place(row: dict[str, object]) -> tuple[int, str]:
    """Give where a row stands: by app, faults after harmless changes."""
    return APPS.index(str(row["app"])), str(row["kind"])


def counts(found: list[dict[str, object]]) -> dict[str, dict[str, int]]:
    """Count what was seeded and judged rightly, by kind."""
    return {
        kind: {
            "seeded": sum(row["kind"] == kind for row in found),
            "kinds": len({row["change"] for row in found if row["kind"] == kind}),
            "right": sum(row["kind"] == kind and bool(row["is_right"]) for row in found),
        }
        for kind in ("fault", "benign")
    }


if __name__ == "__main__":
    sys.exit(main())
