"""The state of a side: put back whole, and every write seen, whatever SQLite's journal mode."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from unlith.backends.local.sandbox import FileState
from unlith.backends.local.scratch import MEMORY, scratch
from unlith.domain.exchange import Effect
from unlith.errors import OutsideError, UsageError

Sql = Callable[..., None]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "side"
    made.mkdir()
    return made


@pytest.fixture(params=["DELETE", "TRUNCATE", "WAL", "MEMORY"])
def sql(folder: Path, request: pytest.FixtureRequest) -> Iterator[Sql]:
    """Give a function that runs statements in a connection of its own, committed at the end."""
    file = folder / "app.db"

    def run(*statements: str, keep: bool = False) -> None:
        connection = sqlite3.connect(file)
        connection.execute(f"PRAGMA journal_mode={request.param}")
        for statement in statements:
            connection.execute(statement)
        connection.commit()
        if keep:
            kept.append(connection)
        else:
            connection.close()

    kept: list[sqlite3.Connection] = []
    run("create table t (id integer primary key, n, at)", "insert into t values (1, 'one', null)")
    yield run
    for connection in kept:
        connection.close()


def test_each_write_is_one_effect(folder: Path, sql: Sql) -> None:
    state = FileState(folder, ["app.db"])
    state.restore(state.snapshot())

    sql("insert into t values (2, 1.5, x'00ff')")
    inserted = state.changes()
    sql("update t set n = 'two' where id = 2")
    updated = state.changes()
    sql("delete from t where id = 1")
    deleted = state.changes()

    digest = "06eb7d6a69ee19e5fbdf749018d3d2abfa04bcbd1365db312eb86dc7169389b8"
    blob = {"bytes": 2, "sha256": digest}
    assert inserted == (Effect("insert", "app.db:t", {"id": 2, "n": 1.5, "at": blob}),)
    assert updated == (
        Effect(
            "update",
            "app.db:t",
            {"key": 2, "before": {"n": 1.5}, "after": {"n": "two"}},
        ),
    )
    assert deleted == (Effect("delete", "app.db:t", {"id": 1, "n": "one", "at": None}),)
    assert state.changes() == ()


def test_many_quick_writes_of_one_size_are_all_seen(folder: Path, sql: Sql) -> None:
    state = FileState(folder, ["app.db"])
    state.restore(state.snapshot())

    seen = []
    for number in range(40):
        sql("update t set n = n || 'x' where id = 1", keep=number == 0)
        seen.append(len(state.changes()))

    assert seen == [1] * 40


def test_restoring_puts_back_rows_and_files_and_removes_new_ones(folder: Path, sql: Sql) -> None:
    (folder / "photos").mkdir()
    (folder / "photos" / "a.png").write_bytes(b"a")
    state = FileState(folder, ["app.db", "photos"])
    snapshot = state.snapshot()
    state.restore(snapshot)

    for _ in range(2):
        sql("insert into t values (9, 9, 9)", "create table u (x)")
        (folder / "photos" / "a.png").write_bytes(b"b")
        (folder / "photos" / "new.png").write_bytes(b"n")
        assert {(e.kind, e.where) for e in state.changes()} == {
            ("insert", "app.db:t"),
            ("insert", "app.db:(schema)"),
            ("file", "photos/"),
        }
        state.restore(snapshot)
        with closing(sqlite3.connect(folder / "app.db")) as connection:
            assert connection.execute("select * from t").fetchall() == [(1, "one", None)]
        assert (folder / "photos" / "a.png").read_bytes() == b"a"
        assert not (folder / "photos" / "new.png").exists()
        assert state.changes() == ()


def test_a_commit_still_in_the_log_is_in_the_snapshot(folder: Path, sql: Sql) -> None:
    sql("insert into t values (5, 5, 5)", keep=True)
    state = FileState(folder, ["app.db"])
    snapshot = state.snapshot()
    other = folder.with_name("other")
    other.mkdir()

    FileState(other, ["app.db"]).restore(snapshot)

    with closing(sqlite3.connect(other / "app.db")) as connection:
        assert connection.execute("select count(*) from t").fetchone() == (2,)


def test_files_overwritten_with_the_same_size_are_seen(folder: Path) -> None:
    state = FileState(folder, ["."])
    state.restore(state.snapshot())

    seen = []
    for number in range(20):
        (folder / "last").write_text(f"{number:04}", "utf-8")
        seen.append([e.kind for e in state.changes()])
    (folder / "last").unlink()

    assert seen == [["file"]] * 20
    assert [e.kind for e in state.changes()] == ["file-deleted"]


def test_a_table_without_rowid_is_keyed_by_its_primary_key(folder: Path) -> None:
    file = folder / "app.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("create table k (a, b, c, primary key (a, b)) without rowid")
        connection.execute("insert into k values ('x', 1, 'old')")
        connection.commit()
    state = FileState(folder, ["app.db"])
    state.restore(state.snapshot())

    with closing(sqlite3.connect(file)) as connection:
        connection.execute("update k set c = 'new'")
        connection.commit()

    (effect,) = state.changes()
    assert effect.data == {"key": ["x", 1], "before": {"c": "old"}, "after": {"c": "new"}}


def test_a_locked_database_is_an_error_not_a_guess(folder: Path) -> None:
    file = folder / "app.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("create table t (x)")
        connection.commit()
        state = FileState(folder, ["app.db"])
        state.restore(state.snapshot())
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("insert into t values (1)")
        connection.execute("BEGIN EXCLUSIVE")

        with pytest.raises(OutsideError):
            state.changes()


def test_what_a_killed_run_left_in_memory_is_removed(folder: Path) -> None:
    if not MEMORY.is_dir():
        assert scratch(folder).parent == folder.resolve()
        return
    left = MEMORY / "unlith-999999999-left"
    left.mkdir(exist_ok=True)
    mine = scratch(folder)
    other = scratch(folder)

    assert not left.exists()
    assert mine.is_dir()
    for made in (mine, other):
        made.rmdir()


@pytest.mark.parametrize("path", ["/etc/passwd", "../x", "a/../../x"])
def test_state_outside_the_workspace_is_refused(folder: Path, path: str) -> None:
    with pytest.raises(UsageError):
        FileState(folder, [path])
