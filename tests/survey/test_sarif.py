"""SARIF is what its published schema says, and what code hosts take."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import fastjsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unlith.domain.readiness import Finding, Severity
from unlith.files.sarif import LIMIT, to_sarif

SCHEMA = Path(__file__).with_name("schemas") / "sarif-2.1.0.json"
VALID = fastjsonschema.compile(json.loads(SCHEMA.read_text("utf-8")))

FINDINGS = st.builds(
    Finding,
    rule=st.sampled_from(["LR101", "LR503", "LR901"]),
    file=st.sampled_from(["", "shop/a b.py", "shop/ä.py", "src/#1.py"]),
    line=st.integers(0, 9999),
    message=st.text(max_size=2000),
    severity=st.sampled_from(Severity),
    remedy=st.text(max_size=20),
    routes=st.lists(st.just("GET /a"), max_size=3).map(tuple),
    suppressed=st.sampled_from(["", "a cache"]),
)


def run_of(findings: list[Finding], **given: Any) -> dict[str, Any]:
    return to_sarif(findings, {"LR101": "A title"}, **given)["runs"][0]  # type: ignore[index,no-any-return]  # JSON


@given(st.lists(FINDINGS, max_size=6))
def test_it_holds_to_the_published_schema(findings: list[Finding]) -> None:
    VALID(to_sarif(findings, {"LR101": "A title"}))


def test_the_schema_refuses_what_is_wrong() -> None:
    log = to_sarif([Finding("LR101", "a.py", 1, "m")], {})
    log["runs"][0]["results"][0]["level"] = "fatal"  # type: ignore[index]  # JSON

    with pytest.raises(fastjsonschema.JsonSchemaException):
        VALID(log)


@given(st.lists(FINDINGS, min_size=1, max_size=6))
def test_every_result_has_a_place_and_its_rule(findings: list[Finding]) -> None:
    run = run_of(findings)

    for result in run["results"]:
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"]
        assert place["region"]["startLine"] >= 1
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        assert len(result["message"]["text"]) <= 1000


def test_what_passes_the_limit_is_the_least_severe_and_counted() -> None:
    findings = [
        Finding("LR207", "", 0, "n", Severity.NOTE),
        Finding("LR101", "a.py", 1, "w", Severity.WARNING),
        Finding("LR201", "a.py", 2, "e", Severity.ERROR),
    ]

    run = run_of(findings, limit=2)

    assert [r["level"] for r in run["results"]] == ["error", "warning"]
    notified = run["invocations"][0]["toolExecutionNotifications"]
    assert notified[0]["message"]["text"].startswith("1 findings are left out")


def test_githubs_limit_on_results_is_kept() -> None:
    findings = [Finding("LR101", "a.py", n, "m") for n in range(LIMIT + 1)]

    assert len(run_of(findings)["results"]) == 25_000


def test_a_finding_keeps_its_fingerprint_when_code_moves() -> None:
    before, after = (run_of([Finding("LR101", "a.py", n, "m")])["results"][0] for n in (3, 30))

    assert before["partialFingerprints"] == after["partialFingerprints"]


def test_a_place_with_odd_letters_is_a_uri() -> None:
    (result,) = run_of([Finding("LR101", "shop/a b#ä.py", 1, "m")])["results"]

    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "shop/a%20b%23%C3%A4.py"
