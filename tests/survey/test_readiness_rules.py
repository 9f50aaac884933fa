"""Every rule holds for its true example and not for its false one."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from survey.reading_trees import analysis_of
from unlith.backends.inspect_describe import survey as describe
from unlith.backends.readiness.engine import findings
from unlith.backends.readiness.rule import Rule
from unlith.backends.readiness.rules import all_rules
from unlith.backends.survey.analysis import Analysis
from unlith.domain.readiness import Finding
from unlith.files.survey_json import survey_from_json

RULES = all_rules()
HEAD = "from flask import Flask\napp = Flask(__name__)\n"
WITH_FILES = {"LR606", "LR608"}
MEASURED = {"LR511", "LR601", "LR602", "LR603", "LR604", "LR605"}
"""Their examples are figures: ``test_readiness_costs.py`` holds them."""


def holds(rule: Rule, text: str, folder: Path) -> tuple[Finding, ...]:
    found = of_app(rule, HEAD + text, folder) if rule.app else of_source(rule, HEAD + text, folder)
    return tuple(finding for finding in found if finding.rule == rule.id)


def of_source(rule: Rule, text: str, folder: Path) -> tuple[Finding, ...]:
    analysis = analysis_of(folder, {"app.py": text})
    analysis.closures()
    return findings(analysis, [rule])


def of_app(rule: Rule, text: str, folder: Path) -> tuple[Finding, ...]:
    (folder / "app.py").write_text(text, "utf-8")
    spec = importlib.util.spec_from_file_location("app", folder / "app.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["app"] = module
    try:
        spec.loader.exec_module(module)
        survey = survey_from_json(describe(module.app, "app:app", [str(folder)]))
    finally:
        del sys.modules["app"]
    analysis = Analysis(survey, (folder,))
    analysis.read_all(survey.modules or ("app",))
    analysis.closures()
    return findings(analysis, [rule])


@pytest.mark.parametrize(
    "rule", [r for r in RULES if r.id not in WITH_FILES | MEASURED], ids=lambda r: r.id
)
def test_a_rule_holds_for_its_true_example_only(tmp_path: Path, rule: Rule) -> None:
    (tmp_path / "true").mkdir()
    (tmp_path / "false").mkdir()

    assert holds(rule, rule.true, tmp_path / "true"), "not found in its own example"
    assert not holds(rule, rule.false, tmp_path / "false")


def test_ids_are_unique_and_say_their_family() -> None:
    ids = [rule.id for rule in RULES]

    assert len(set(ids)) == len(ids)
    assert all(rule.source or rule.app for rule in RULES)


@pytest.mark.parametrize(("line", "found"), [("flask", 1), ("flask==3.1.0", 0), ("# flask", 0)])
def test_an_open_requirement_is_found(tmp_path: Path, line: str, found: int) -> None:
    (tmp_path / "requirements.txt").write_text(line + "\n")
    analysis = analysis_of(tmp_path, {"app.py": "def view(): pass"})
    analysis.closures()

    kept = findings(analysis, [r for r in RULES if r.id == "LR606"], (tmp_path,))

    assert len(kept) == found


def test_a_view_that_imports_the_app_is_found(tmp_path: Path) -> None:
    files = {
        "app.py": "from flask import Flask\napp = Flask('x')\nfrom v import it\n"
        "def view(): return it()",
        "v.py": "from app import app\ndef it(): return app.name",
    }
    analysis = analysis_of(tmp_path, files)
    analysis.closures()

    kept = findings(analysis, [r for r in RULES if r.id == "LR608"])

    assert [(f.file.rpartition("/")[2], f.line) for f in kept] == [("v.py", 1)]


SUPPRESSED = """
CARTS = {}
def view(uid):
    CARTS[uid] = 1  # unlith: ignore[LR101] a cache that may vanish
"""


def test_a_suppressed_finding_keeps_its_reason(tmp_path: Path) -> None:
    rule = next(r for r in RULES if r.id == "LR101")

    (found,) = of_source(rule, SUPPRESSED, tmp_path)

    assert found.suppressed == "a cache that may vanish"


def test_an_unused_suppression_is_a_finding(tmp_path: Path) -> None:
    text = "def view():  # unlith: ignore[LR101] not needed\n    pass\n"
    rule = next(r for r in RULES if r.id == "LR101")

    assert [f.rule for f in of_source(rule, text, tmp_path)] == ["LR901"]


def test_a_suppression_without_a_reason_is_a_finding(tmp_path: Path) -> None:
    rule = next(r for r in RULES if r.id == "LR101")
    text = SUPPRESSED.replace(" a cache that may vanish", "")

    assert sorted(f.rule for f in of_source(rule, text, tmp_path)) == ["LR101", "LR902"]


def test_a_suppression_in_a_string_is_none(tmp_path: Path) -> None:
    rule = next(r for r in RULES if r.id == "LR101")
    text = 'TEXT = """\n# unlith: ignore[LR101] x\n"""\ndef view(): pass\n'

    assert of_source(rule, text, tmp_path) == ()
