"""Seeds faults and harmless changes into extracted functions and lets parity judge each.

Usage: ``python bench/parity_faults/run.py [APP …]``, in the project's own environment. Writes
``results.json`` after each row. A row that was judged already is judged again only if something
that counts has changed since: the tool, the adapters, the changes, the app. Ends with 1 if a fault
was missed, a harmless change was called a difference, or a reproduction is not short.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "tests"))

import unlith  # noqa: E402
from seeded.faults import BENIGN, FAULTS, Change  # noqa: E402
from seeded.workspaces import ROUTES, Bench, bench  # noqa: E402
from unlith.domain.verdict import ParityResult, Verdict  # noqa: E402

RESULTS = HERE / "results.json"
APPS = ("single", "flaskr_like", "nested", "shop")
READABLE = 240
"""The longest line of a reproduction that a person reads at once."""

Row = dict[str, object]


def judged(kind: str, name: str, change: Change, result: ParityResult) -> Row:
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


def rows(app: str, here: Bench, done: Collection[tuple[str, str]]) -> Iterator[Row]:
    """Yield a row for each change to each function of an app, but for those that are *done*."""
    names = set(ROUTES.get(app, ())) or set(here.cases)
    for kind, changes in (("benign", BENIGN), ("fault", FAULTS)):
        for change in changes:
            for name in change.functions:
                if name in names and (name, change.name) not in done:
                    row = judged(kind, name, change, here.compare(name, change))
                    mark = "ok  " if row["is_right"] else "FAIL"
                    print(
                        f"{mark} {app} {name}: {kind}: {change.name}: {row['places']}", flush=True
                    )
                    yield row


def main() -> int:
    """Run the apps and give the exit code."""
    assert Path(unlith.__file__).is_relative_to(ROOT), "this is another tree's unlith"
    kept = {key(row): row for row in read()}
    ran = sys.argv[1:] or APPS
    for app in ran:
        now = tree(app)
        done = {key(row)[1:] for row in kept.values() if (row["app"], row["tree"]) == (app, now)}
        with tempfile.TemporaryDirectory() as folder, bench(app, Path(folder)) as here:
            for row in rows(app, here, done):
                row = {"app": app, "tree": now, **row}
                kept[key(row)] = row
                write(sorted(kept.values(), key=place))
    print(json.dumps(counts(list(kept.values()))))
    return 0 if all(row["is_right"] for row in kept.values() if row["app"] in ran) else 1


def read() -> list[Row]:
    """Give the rows that were judged before."""
    return json.loads(RESULTS.read_text("utf-8"))["rows"] if RESULTS.is_file() else []


def write(found: list[Row]) -> None:
    """Keep rows, with their counts."""
    told = {"counts": counts(found), "rows": found}
    RESULTS.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", "utf-8")


def key(row: Row) -> tuple[str, str, str]:
    """Give what tells rows apart: app, function and change."""
    return str(row["app"]), str(row["function"]), str(row["change"])


def tree(app: str) -> str:
    """Give the digest of all that a row of an app hangs on."""
    of_app = ("monolith", "extracted", "tests/parity") if app == "shop" else (f"tests/apps/{app}",)
    digest = hashlib.sha256()
    for folder in ("src/unlith", "adapters", "tests/seeded", *of_app):
        for file in sorted((ROOT / folder).rglob("*")):
            if file.suffix in (".py", ".toml", ".html", ".sql"):
                digest.update(file.relative_to(ROOT).as_posix().encode() + b"\0")
                digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:16]


def place(row: Row) -> tuple[int, str]:
    """Give where a row stands: by app, faults after harmless changes."""
    return APPS.index(str(row["app"])), str(row["kind"])


def counts(found: list[Row]) -> dict[str, dict[str, int]]:
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
