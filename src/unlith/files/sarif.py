"""Writes findings as SARIF 2.1.0, for code hosts and editors.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html, read 2026-11-20.
"""

from __future__ import annotations

from collections.abc import Iterable

from unlith import __version__
from unlith.domain.readiness import Finding


def to_sarif(findings: Iterable[Finding], titles: dict[str, str]) -> dict[str, object]:
    """Give a SARIF log of findings; *titles* maps a rule's id to its title."""
    known = tuple(findings)
    used = sorted({finding.rule for finding in known})
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "unlith",
                        "version": __version__,
                        "rules": [_rule(rule, titles) for rule in used],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": [_result(finding) for finding in known],
            }
        ],
    }


# Private


def _rule(rule: str, titles: dict[str, str]) -> dict[str, object]:
    return {"id": rule, "shortDescription": {"text": titles.get(rule, rule)}}


def _result(finding: Finding) -> dict[str, object]:
    text = f"{finding.message}. Remedy: {finding.remedy}" if finding.remedy else finding.message
    result: dict[str, object] = {
        "ruleId": finding.rule,
        "level": str(finding.severity),
        "message": {"text": text},
        "properties": {"routes": list(finding.routes)},
    }
    if finding.file:
        region = {"startLine": max(1, finding.line)}
        place = {"artifactLocation": {"uri": finding.file}, "region": region}
        result["locations"] = [{"physicalLocation": place}]
    if finding.suppressed:
        result["suppressions"] = [{"kind": "inSource", "justification": finding.suppressed}]
    return result
