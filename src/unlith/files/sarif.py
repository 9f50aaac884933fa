"""Writes findings as SARIF 2.1.0, for code hosts and editors.

The format: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html, read 2026-11-20.
What GitHub takes of it: https://docs.github.com/code-security/code-scanning (SARIF support; limits
on results), read 2026-11-26: every result has a place, at most 25,000 results a run of which the
5,000 most severe are shown.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from urllib.parse import quote

from unlith import __version__
from unlith.domain.readiness import Finding, Severity

LIMIT = 25_000
"""Results that GitHub takes in one run; more, and it refuses them all."""

_ROUTES = 50
_TEXT = 1_000
_WHOLE_APP = "pyproject.toml"
_ORDER = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}
_SEVERITY = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "recommendation"}


def to_sarif(
    findings: Iterable[Finding], titles: Mapping[str, str], limit: int = LIMIT
) -> dict[str, object]:
    """Give a SARIF log of findings, the most severe first; *titles* maps a rule's id to its title.

    A finding of the whole app stands at ``pyproject.toml``, where the app is named: code hosts
    refuse results without a place. What passes *limit* is counted in a notification.
    """
    known = sorted(findings, key=lambda one: (bool(one.suppressed), _ORDER[one.severity], one))
    kept = known[:limit]
    by_rule = {one.rule: one for one in reversed(known)}
    places = {rule: number for number, rule in enumerate(sorted(by_rule))}
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "unlith",
                        "semanticVersion": __version__,
                        "rules": [_rule(by_rule[rule], titles) for rule in places],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "invocations": [_invocation(len(known) - len(kept))],
                "results": [_result(one, places[one.rule]) for one in kept],
            }
        ],
    }


# Private


def _invocation(left_out: int) -> dict[str, object]:
    found: dict[str, object] = {"executionSuccessful": True}
    if left_out:
        text = f"{left_out} findings are left out: the least severe, by the limit of the format"
        found["toolExecutionNotifications"] = [{"level": "warning", "message": {"text": text}}]
    return found


def _rule(sample: Finding, titles: Mapping[str, str]) -> dict[str, object]:
    title = titles.get(sample.rule, sample.rule)
    return {
        "id": sample.rule,
        "shortDescription": {"text": title},
        "fullDescription": {"text": title},
        "help": {"text": f"Remedy: {sample.remedy}." if sample.remedy else title},
        "defaultConfiguration": {"level": str(sample.severity)},
        "properties": {
            "tags": ["aws-lambda", "readiness"],
            "problem.severity": _SEVERITY[sample.severity],
        },
    }


def _result(finding: Finding, rule_index: int) -> dict[str, object]:
    text = f"{finding.message}. Remedy: {finding.remedy}" if finding.remedy else finding.message
    region = {"startLine": max(1, finding.line)}
    uri = quote(finding.file or _WHOLE_APP)
    result: dict[str, object] = {
        "ruleId": finding.rule,
        "ruleIndex": rule_index,
        "level": str(finding.severity),
        "message": {"text": text[:_TEXT]},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": uri}, "region": region}}],
        "partialFingerprints": {"unlithFinding/v1": _fingerprint(finding)},
        "properties": {"routes": list(finding.routes[:_ROUTES])},
    }
    if finding.suppressed:
        result["suppressions"] = [{"kind": "inSource", "justification": finding.suppressed}]
    return result


def _fingerprint(finding: Finding) -> str:
    # Without the line: code that moves is the same finding.
    named = f"{finding.rule}\n{finding.file}\n{finding.message}"
    return hashlib.sha256(named.encode()).hexdigest()[:32]
