"""A change of the table is whole or not at all, and never silently over another's change."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from unlith.backends.table_store import FileTableStore
from unlith.domain.route import Route
from unlith.domain.routing import Group, Phase, RoutingTable
from unlith.errors import Conflict
from unlith.ports import JournalEntry

TABLE = RoutingTable(1, (Group("a", "a", (Route("GET", "/a"),)),))


def an_entry(version: int = 1) -> JournalEntry:
    return JournalEntry(version, "2026-11-21T00:00:00Z", "me", "a", "monolith", "shadow", "why")


def test_an_absent_table_is_empty(tmp_path: Path) -> None:
    assert FileTableStore(tmp_path / "infra/routes.toml").read().table == RoutingTable()


def test_a_change_is_read_back_with_its_journal(tmp_path: Path) -> None:
    store = FileTableStore(tmp_path / "infra/routes.toml")

    store.write(TABLE, expected=store.read().digest, entry=an_entry())

    assert store.read().table == TABLE
    assert store.journal() == (an_entry(),)
    assert sorted(p.name for p in (tmp_path / "infra").iterdir()) == [
        "journal.jsonl",
        "routes.toml",
    ]


def test_a_change_over_anothers_change_is_refused(tmp_path: Path) -> None:
    store = FileTableStore(tmp_path / "routes.toml")
    read = store.write(TABLE, expected=store.read().digest, entry=an_entry())
    by_hand = (tmp_path / "routes.toml").read_text("utf-8") + "# by hand\n"
    (tmp_path / "routes.toml").write_text(by_hand, "utf-8")

    with pytest.raises(Conflict, match="nothing was written"):
        store.write(TABLE.moved("a", Phase.SHADOW), expected=read.digest, entry=an_entry(2))

    assert (tmp_path / "routes.toml").read_text("utf-8") == by_hand
    assert len(store.journal()) == 1


RACING = """
import sys
from pathlib import Path
from unlith.backends.table_store import FileTableStore
from unlith.domain.routing import Phase
from unlith.errors import Conflict
from unlith.ports import JournalEntry
store, won = FileTableStore(Path(sys.argv[1])), 0
for _ in range(50):
    read = store.read()
    table = read.table.moved("a", Phase.SHADOW)
    entry = JournalEntry(table.version, "", "", "a", "", "")
    try:
        store.write(table, expected=read.digest, entry=entry)
        won += 1
    except Conflict:
        pass
print(won)
"""


def test_of_two_racing_writers_every_change_is_one_version(tmp_path: Path) -> None:
    store = FileTableStore(tmp_path / "routes.toml")
    store.write(TABLE, expected=store.read().digest, entry=an_entry())

    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACING, str(tmp_path / "routes.toml")], stdout=subprocess.PIPE
        )
        for _ in range(2)
    ]
    won = sum(int(racer.communicate()[0]) for racer in racers)

    versions = [entry.version for entry in store.journal()]
    assert store.read().table.version == 1 + won
    assert versions == list(range(1, won + 2))


KILLED = """
import os, signal, sys
from unlith.backends import table_store
from unlith.backends.table_store import FileTableStore
from unlith.domain.routing import Phase
from unlith.ports import JournalEntry
from pathlib import Path
step = int(sys.argv[2])
count = 0
def dying(real):
    def call(*args, **kwargs):
        global count
        count += 1
        if count == step:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*args, **kwargs)
    return call
for name in ("fsync", "replace", "fdopen", "chmod"):
    setattr(table_store.os, name, dying(getattr(os, name)))
store = FileTableStore(Path(sys.argv[1]))
read = store.read()
store.write(read.table.moved("a", Phase.SHADOW), expected=read.digest,
            entry=JournalEntry(2, "", "", "a", "", ""))
"""


@pytest.mark.parametrize("step", range(1, 8))
def test_a_kill_at_any_step_leaves_the_old_or_the_new_table(tmp_path: Path, step: int) -> None:
    store = FileTableStore(tmp_path / "routes.toml")
    store.write(TABLE, expected=store.read().digest, entry=an_entry())

    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path / "routes.toml"), str(step)], check=False
    )

    assert done.returncode in (0, -signal.SIGKILL)
    assert store.read().table in (TABLE, TABLE.moved("a", Phase.SHADOW))
    assert os.listdir(tmp_path)
