"""10,000 toggles under load from another process, and two writers that race 1,000 times.

Runs with the project's own environment (``make setup``) and writes ``results.json``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
INSIDE = ROOT / ".venv" / "bin" / "python"
RACING = """
import sys
from pathlib import Path
from unlith.backends.table_store import FileTableStore
from unlith.domain.route import Route
from unlith.domain.routing import Group, Phase, RoutingTable
from unlith.errors import Conflict
from unlith.ports import JournalEntry
store, won, lost = FileTableStore(Path(sys.argv[1])), 0, 0
while won + lost < 1000:
    read = store.read()
    group = Group("a", "a", (Route("GET", "/a"),), Phase.SHADOW)
    table = RoutingTable(read.table.version + 1, (group,))
    entry = JournalEntry(table.version, "", "", "a", "", "")
    try:
        store.write(table, expected=read.digest, entry=entry)
        won += 1
    except Conflict:
        lost += 1
print(won, lost, flush=True)
"""


def raced(folder: Path) -> dict[str, int | bool]:
    """Let two writers race and say whether each change is one version and one journal line."""
    table = folder / "routes.toml"
    racers = [
        subprocess.Popen([INSIDE, "-c", RACING, str(table)], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    told = [racer.communicate()[0].split() for racer in racers]
    won, lost = (sum(int(words[n]) for words in told) for n in (0, 1))
    lines = (folder / "journal.jsonl").read_text("utf-8").splitlines()
    versions = [json.loads(line)["version"] for line in lines]
    return {"won": won, "lost": lost, "in_order": versions == list(range(1, won + 1))}


def main() -> int:
    """Run both and write the figures down."""
    with tempfile.TemporaryDirectory() as folder:
        race = raced(Path(folder))
    script = ROOT / "tests" / "local" / "toggled.py"
    done = subprocess.run(
        [INSIDE, script, sys.argv[1] if len(sys.argv) > 1 else "10000"],
        env={**os.environ, "PYTHONPATH": ""},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    results = {"race": race, "toggles": json.loads(done.stdout)}
    (HERE / "results.json").write_text(json.dumps(results, indent=1) + "\n", "utf-8")
    print(json.dumps(results))
    return done.returncode or int(not race["in_order"])


if __name__ == "__main__":
    sys.exit(main())
