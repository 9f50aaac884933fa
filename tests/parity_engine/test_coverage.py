"""Coverage: what never ran is named by file and line, and "same" says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from unlith.bootstrap import Workspace
from unlith.cli.output import TerminalReporter
from unlith.domain.coverage import Coverage, Gap, Ran, side_coverage
from unlith.domain.function import Level
from unlith.domain.route import Route
from unlith.domain.verdict import ParityResult, Verdict
from unlith.usecases.extract import ExtractRequest

APP = """
from flask import Flask, jsonify, request

app = Flask(__name__)


@app.get("/price/<int:n>")
def price(n):
    if request.args.get("code", "").encode().hex() == "6e6f626f6479206775657373657320":
        return jsonify(price=rounded(n * 2))
    if n > 10:
        return jsonify(price=n - 1)
    return jsonify(price=n)


def rounded(n):
    return n
"""

PYPROJECT = '[tool.unlith]\napp = "pricing:app"\n'
CASE = '[[session]]\nname = "a price"\n[[session.request]]\ntarget = "/price/5"\n'


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> ParityResult:
    root = tmp_path_factory.mktemp("pricing")
    (root / "pyproject.toml").write_text(PYPROJECT)
    (root / "pricing.py").write_text(APP)
    workspace = Workspace.around(root, TerminalReporter(quiet=True))
    route = Route("GET", "/price/<int:n>")
    workspace.extract(ExtractRequest((route,), Level.SLIM, "price_get"))
    (root / "tests/parity/price_get.toml").write_text(CASE)
    (found,) = workspace.parity([], gateway="http-v2", with_probes=True, with_coverage=True)
    assert not list(Path(root).glob(".unlith/lab-*"))
    return found


def line_of(text: str) -> int:
    return next(n for n, line in enumerate(APP.splitlines(), 1) if text in line)


def test_the_line_that_never_ran_is_named(result: ParityResult) -> None:
    assert result.verdict is Verdict.SAME
    monolith = result.coverage.sides[0]
    assert [(g.file, g.line) for g in monolith.gaps] == [("pricing.py", line_of("n * 2"))]
    assert str(monolith.gaps[0]) == f"pricing.py:{line_of('n * 2')}: never ran"


def test_probes_count_as_exchanges_that_ran(result: ParityResult) -> None:
    gaps = {gap.line for gap in result.coverage.gaps}

    assert line_of("n - 1") not in gaps


def test_both_sides_are_measured(result: ParityResult) -> None:
    names = [side.side for side in result.coverage.sides]

    assert names == ["monolith", "function"]
    assert all(side.branches >= 4 and side.ran == side.branches - 1
               for side in result.coverage.sides)  # fmt: skip


def test_a_function_that_was_not_called_is_named_apart(result: ParityResult) -> None:
    assert "pricing.py: rounded" in result.coverage.sides[0].unentered


def test_same_with_a_gap_is_said_as_such(result: ParityResult) -> None:
    assert result.words.startswith("same so far: ")
    assert "pricing.py:10: never ran" in result.words
    assert result.exit_code == 0


def test_a_branch_is_said_apart_from_a_line() -> None:
    ran = Ran(lines=(1, 2, 4), missing_lines=(3,), branches=((1, 2),),
              missing_branches=((1, 3), (4, 1), (2, -1)))  # fmt: skip

    side = side_coverage("monolith", [("a.py", "f", ran), ("a.py", "g", Ran((), (9,)))])

    assert side.gaps == (
        Gap("a.py", 2, 0, "f"),
        Gap("a.py", 3, 3, "f"),
        Gap("a.py", 4, 1, "f"),
    )
    assert (side.branches, side.ran) == (4, 1)
    assert side.unentered == ("a.py: g",)
    assert str(Gap("a.py", 2, 0)) == "a.py:2: never went to the end"
    assert Coverage((side,)).branch_gaps == 2


def test_what_was_not_measured_is_not_called_covered() -> None:
    assert Coverage().words() == ""
    assert "not known" in Coverage(reason="no").words()
