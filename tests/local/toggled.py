"""Toggles a route from another process while clients ask the facade, and says what they got.

``python tests/local/toggled.py TOGGLES`` prints the figures as JSON; ``make verify`` runs it with
10,000. The table's versions are even while the monolith serves and odd while the function does.
"""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from unlith.backends.local.facade import Facade, Sides
from unlith.backends.local.hosts import WorkerHosts
from unlith.backends.local.server import HttpServer
from unlith.backends.local.table_watch import TableWatch
from unlith.backends.table_store import FileTableStore
from unlith.domain.gateways import GATEWAYS
from unlith.domain.route import Route
from unlith.domain.routing import Group, Phase, RoutingTable
from unlith.ports import FunctionSpec, JournalEntry

RUNTIME = Path(__file__).parents[2] / "adapters"
APP = """
import os
from flask import Flask
app = Flask(__name__)

@app.get("/who/<int:id>")
def who(id):
    return os.environ["ME"]
"""
HANDLER = "from unlith_runtime.whole import make_handler\nhandler = make_handler('who:app')\n"

TOGGLER = """
import sys
from pathlib import Path
from unlith.backends.table_store import FileTableStore
from unlith.domain.routing import Phase
from unlith.ports import JournalEntry
store, count = FileTableStore(Path(sys.argv[1])), int(sys.argv[2])
read = store.read()
for _ in range(count):
    version = read.table.version + 1
    table = read.table.moved("who", Phase.FUNCTION if version % 2 else Phase.MONOLITH)
    entry = JournalEntry(version, "", "", "who", "", "")
    read = store.write(table, expected=read.digest, entry=entry)
"""


@dataclass
class Quiet:
    """A reporter that remembers warnings."""

    warnings: list[str] = field(default_factory=list)

    def step(self, message: str) -> None:
        """Say nothing."""

    def warn(self, message: str) -> None:
        """Remember."""
        self.warnings.append(message)

    def progress(self, items: Any, *, total: int, label: str) -> Any:
        """Pass items through."""
        return items


def toggled(folder: Path, toggles: int, clients: int = 3) -> dict[str, Any]:
    """Toggle in another process under load; give counts of answers, failures and mixed answers."""
    (folder / "who.py").write_text(APP, "utf-8")
    (folder / "who_whole.py").write_text(HANDLER, "utf-8")
    table = folder / "infra" / "routes.toml"
    store = FileTableStore(table)
    group = Group("who", "fn", (Route("GET", "/who/<int:id>"),), Phase.FUNCTION)
    store.write(
        RoutingTable(1, (group,)),
        expected=store.read().digest,
        entry=JournalEntry(1, "", "", "who", "", ""),
    )
    hosts, talk = WorkerHosts(), Quiet()

    def spec(name: str) -> FunctionSpec:
        return FunctionSpec(name, "who_whole.handler", (folder, RUNTIME), folder, {"ME": name})

    sides = Sides(hosts.host(spec("monolith")), {"fn": hosts.host(spec("fn"))})
    watch = TableWatch(table, store, talk)
    facade = Facade(sides, watch, GATEWAYS["http-v2"], talk, is_debugging=True)
    server = HttpServer(facade.answer)
    serving = threading.Thread(target=server.serve)
    serving.start()
    try:
        seen = _under_load(server.url, table, toggles, clients)
    finally:
        server.close()
        serving.join()
        hosts.close()
    told = {"monolith": 0, "fn": 1}
    return {
        "toggles": toggles,
        "version": store.read().table.version,
        "journal": len(store.journal()),
        "answers": len(seen),
        "versions_seen": len({version for _, version, _ in seen}),
        "failed": sum(status != 200 for status, _, _ in seen),
        "mixed": sum(told.get(me, 2) != version % 2 for _, version, me in seen),
        "out_of_force": sum(not 1 <= version <= toggles + 1 for _, version, _ in seen),
        "warnings": talk.warnings,
    }


# Private


def _under_load(url: str, table: Path, toggles: int, clients: int) -> list[tuple[int, int, str]]:
    seen: list[tuple[int, int, str]] = []
    is_over = threading.Event()

    def client() -> None:
        connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=60)
        while not is_over.is_set():
            connection.request("GET", "/who/7")
            answer = connection.getresponse()
            body = answer.read().decode()
            seen.append((answer.status, int(answer.headers["X-Unlith-Table"]), body))
        connection.close()

    threads = [threading.Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    toggler = [sys.executable, "-c", TOGGLER, str(table), str(toggles)]
    try:
        subprocess.run(toggler, check=True)
    finally:
        is_over.set()
        for thread in threads:
            thread.join()
    return seen


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        found = toggled(Path(made), int(sys.argv[1]))
    sys.stdout.write(json.dumps(found) + "\n")
    sys.exit(bool(found["failed"] or found["mixed"] or found["out_of_force"]))
