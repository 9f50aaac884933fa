"""Retiring is the one step that no toggle takes back: only after a time as a function."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from unlith.backends.table_store import FileTableStore
from unlith.domain.function import FunctionInfo, Level
from unlith.domain.route import Route
from unlith.domain.routing import Phase
from unlith.errors import IllegalTransition, UsageError
from unlith.files.routes_toml import schema
from unlith.usecases.route import Toggle, move, roll_back, toggle_of

ROUTE = Route("GET", "/a")
FUNCTION = FunctionInfo("a", Level.SLIM, (ROUTE,), ("a",), "a.handler.handler")


@dataclass
class Clock:
    """A clock that stands where it is put."""

    time: str = "2026-11-01T00:00:00Z"

    def now(self) -> str:
        return self.time

    def who(self) -> str:
        return "me"

    def commit(self) -> str:
        return "abc"


def moved(store: FileTableStore, clock: Clock, phase: Phase) -> None:
    move(ROUTE, Toggle(phase), functions=[FUNCTION], store=store, clock=clock)


@pytest.fixture
def store(tmp_path: Path) -> FileTableStore:
    return FileTableStore(tmp_path / "infra" / "routes.toml")


def test_a_group_retires_when_its_function_has_served_for_a_week(store: FileTableStore) -> None:
    clock = Clock()
    moved(store, clock, Phase.FUNCTION)

    clock.time = "2026-11-07T23:59:59Z"
    with pytest.raises(IllegalTransition, match="served by its function for 6 days"):
        moved(store, clock, Phase.RETIRED)
    clock.time = "2026-11-08T00:00:00Z"
    moved(store, clock, Phase.RETIRED)

    assert store.read().table.groups[0].phase is Phase.RETIRED
    with pytest.raises(IllegalTransition, match="is retired"):
        roll_back([ROUTE], everything=False, reason="", store=store, clock=clock)


def test_time_as_a_function_counts_from_the_last_move(store: FileTableStore) -> None:
    clock = Clock()
    for time, phase in (
        ("2026-11-01T00:00:00Z", Phase.FUNCTION),
        ("2026-11-20T00:00:00Z", Phase.MONOLITH),
        ("2026-11-21T00:00:00Z", Phase.FUNCTION),
    ):
        clock.time = time
        moved(store, clock, phase)

    with pytest.raises(IllegalTransition, match="0 days"):
        moved(store, clock, Phase.RETIRED)


def test_a_table_edited_by_hand_does_not_say_since_when(store: FileTableStore) -> None:
    moved(store, Clock(), Phase.FUNCTION)
    (store._journal).unlink()

    with pytest.raises(IllegalTransition, match="0 days"):
        moved(store, Clock("2027-11-01T00:00:00Z"), Phase.RETIRED)


def test_a_journal_line_says_who_when_what_why_and_which_text(store: FileTableStore) -> None:
    moved(store, Clock(), Phase.FUNCTION)

    (line,) = store._journal.read_text("utf-8").splitlines()
    assert json.loads(line) == {
        "version": 1,
        "when": "2026-11-01T00:00:00Z",
        "who": "me",
        "group": "a",
        "before": "monolith",
        "after": "function",
        "reason": "",
        "commit": "abc",
        "digest": store.read().digest,
    }


def test_words_for_retiring() -> None:
    assert toggle_of("retired", None, shadow=False) == (Phase.RETIRED, 0)
    with pytest.raises(UsageError):
        toggle_of("retired", 5, shadow=False)


def test_the_published_schema_of_the_table_is_fresh() -> None:
    file = Path(__file__).parents[2] / "docs" / "reference" / "routes.schema.json"

    assert json.loads(file.read_text("utf-8")) == schema()
