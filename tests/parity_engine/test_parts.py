"""Many sessions: compared in parts, here or elsewhere, stopped and gone on with; flat memory."""

from __future__ import annotations

import importlib.util
import tracemalloc
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from unlith.backends.parity_journal import FileJournal
from unlith.backends.parity_pool import ParityEngine
from unlith.bootstrap import Workspace
from unlith.cli.output import TerminalReporter
from unlith.domain.cases import RequestCase, SessionCase
from unlith.domain.exchange import HttpAnswer, HttpRequest, Observation
from unlith.domain.function import Level
from unlith.domain.route import Route
from unlith.domain.verdict import ParityResult, Verdict
from unlith.usecases import parts
from unlith.usecases.engine import Engine
from unlith.usecases.extract import ExtractRequest
from unlith.usecases.parts import Way, compare_parts
from unlith.usecases.tally import Tally


class Silent:
    """A reporter for tests."""

    def step(self, message: str) -> None:
        pass

    def warn(self, message: str) -> None:
        pass

    def progress(self, items: Iterable[object], *, total: int, label: str) -> Iterable[object]:
        return items


class Side:
    """A side that echoes the address; it counts how often it was asked."""

    def __init__(self, served_by: str = "monolith", fault: str = "") -> None:
        self._served_by, self._fault, self.asked = served_by, fault, 0

    def begin(self, number: int = 0) -> None:
        pass

    def exchange(self, request: HttpRequest) -> Observation:
        self.asked += 1
        body = request.target if request.target != self._fault else "fault"
        answer = HttpAnswer(200, (("Content-Type", "text/plain"),), body.encode())
        return Observation(answer, served_by=self._served_by)

    def end(self) -> None:
        pass


def sessions(count: int) -> Iterator[SessionCase]:
    for n in range(count):
        yield SessionCase(f"s{n}", tuple(RequestCase("GET", f"/{n}/{i}") for i in range(5)))


def engine(fault: str = "") -> tuple[Engine, Side]:
    control = Side()
    return Engine(control, Side("function GET /<path:p>", fault)), control


def test_parts_add_up_to_the_whole() -> None:
    made, _ = engine()

    compare_parts(made, sessions(120), Way(), Silent(), total=120)

    assert made.tally.exchanges == made.tally.served == 600
    assert made.tally.distinct.bound.exchanges == 600
    assert made.tally.is_clean


def test_a_difference_in_a_late_part_is_found() -> None:
    made, _ = engine(fault="/117/3")

    compare_parts(made, sessions(120), Way(), Silent(), total=120)

    (one,) = made.differences
    assert one.session == "s117"
    assert str(made.tally.distinct.bound).startswith("600 distinct exchanges, 1 of them")


class Stopped(BaseException):
    """Ctrl-C."""


def stopping(items: Iterator[SessionCase], at: str) -> Iterator[SessionCase]:
    for item in items:
        if item.name == at:
            raise Stopped
        yield item


def test_a_run_that_was_stopped_goes_on_where_it_was(tmp_path: Path) -> None:
    file = tmp_path / "orders.journal"
    made, _ = engine()
    with pytest.raises(Stopped):
        compare_parts(
            made, stopping(sessions(300), "s205"), Way(FileJournal(file, "k")), Silent(), total=300
        )

    again, control = engine()
    compare_parts(again, sessions(300), Way(FileJournal(file, "k")), Silent(), total=300)

    assert control.asked == 100 * 5
    assert again.tally.exchanges == 1500
    assert again.tally.distinct.bound.exchanges == 1500


def test_a_part_with_a_difference_is_compared_again(tmp_path: Path) -> None:
    for _ in range(2):
        made, _ = engine(fault="/60/1")
        journal = FileJournal(tmp_path / "j", "k")
        compare_parts(made, sessions(100), Way(journal), Silent(), total=100)
        assert len(made.differences) == 1


@pytest.mark.parametrize(
    "damage",
    [b"", b"not json\n", b'{"key":"other"}\n', b'{"key":"k"}\n{"part":0', b'{"key":"k"}\n[]\n',
     b'{"key":"k"}\n{"part":0,"exchanges":"x","served":0,"noisy":{},"tolerated":{},"seen":[]}\n'],
)  # fmt: skip
def test_a_damaged_or_foreign_journal_is_thrown_away(tmp_path: Path, damage: bytes) -> None:
    file = tmp_path / "j"
    file.write_bytes(damage)

    assert FileJournal(file, "k").done() == {}


def test_a_finished_comparison_leaves_no_journal(tmp_path: Path) -> None:
    journal = FileJournal(tmp_path / "deep" / "j", "k")
    journal.add(0, Tally(exchanges=1))
    assert FileJournal(tmp_path / "deep" / "j", "k").done()[0].exchanges == 1

    journal.finish()

    assert not (tmp_path / "deep" / "j").exists()


def test_a_function_that_differs_everywhere_does_not_take_for_ever() -> None:
    control, candidate = Side(), Side("function GET /<path:p>", "")
    candidate.exchange = lambda request: Observation(  # type: ignore[method-assign]  # a fault
        HttpAnswer(500), served_by="function GET /<path:p>"
    )
    made = Engine(control, candidate)

    compare_parts(made, sessions(5000), Way(), Silent(), total=5000)

    assert made.tally.exchanges == parts.ENOUGH_PARTS * parts.SIZE * 5
    assert any("left out" in reason for reason in made.tally.reasons)


def test_memory_stays_flat_over_a_hundred_thousand_exchanges() -> None:
    """What is kept of each exchange is a mark of eight bytes in a set: at most 150 bytes."""
    made, _ = engine()
    compare_parts(made, sessions(200), Way(), Silent(), total=200)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        compare_parts(made, sessions(4_000), Way(), Silent(), total=4_000)
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()

    assert made.tally.exchanges == 21_000
    assert grown < 150 * 20_000


APP = """
import sqlite3
from flask import Flask, jsonify, request

app = Flask(__name__)


@app.get("/double/<int:n>")
def double(n):
    return jsonify(n=n * 2)
"""


def project(root: Path) -> Workspace:
    (root / "pyproject.toml").write_text('[tool.unlith]\napp = "doubling:app"\n')
    (root / "doubling.py").write_text(APP)
    made = Workspace.around(root, TerminalReporter(quiet=True))
    made.extract(ExtractRequest((Route("GET", "/double/<int:n>"),), Level.SLIM, "double_get"))
    text = "".join(
        f'[[session]]\nname = "s{n}"\n[[session.request]]\ntarget = "/double/{n}"\n'
        for n in range(180)
    )
    (root / "tests/parity/double_get.toml").write_text(text)
    return made


def compared(root: Path, engine: ParityEngine) -> ParityResult:
    workspace = Workspace.around(root, TerminalReporter(quiet=True))
    (found,) = workspace.parity([], gateway="http-v2", with_probes=False, engine=engine)
    return found


@pytest.mark.parametrize(
    "name",
    [
        "local",
        pytest.param(
            "dask",
            marks=pytest.mark.skipif(
                importlib.util.find_spec("distributed") is None, reason="Dask is not installed"
            ),
        ),
    ],
)
def test_two_processes_say_what_one_says(tmp_path: Path, name: str) -> None:
    project(tmp_path)
    handler = tmp_path / "extracted" / "double_get" / "handler.py"
    fault = "\n_inner = handler\ndef handler(e, c):\n    a = _inner(e, c)\n" \
        "    a['body'] = a['body'].replace('320', '321')\n    return a\n"  # fmt: skip
    handler.write_text(handler.read_text("utf-8") + fault, "utf-8")

    one, two = compared(tmp_path, ParityEngine()), compared(tmp_path, ParityEngine(name, 2))

    assert one.verdict is two.verdict is Verdict.DIFFERENT
    assert (one.exchanges, one.bound, one.served) == (two.exchanges, two.bound, two.served)
    assert one.exchanges == one.bound.exchanges == 180
    assert [d.curl for d in one.differences] == [d.curl for d in two.differences]
    assert "/double/160" in one.differences[0].curl
    assert not list(tmp_path.glob(".unlith/lab-*"))
    assert not list(tmp_path.glob(".unlith/parity/*.journal"))
