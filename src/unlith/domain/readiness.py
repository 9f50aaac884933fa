"""What would break on Lambda: findings of the readiness rules, suppressed or not. Plain values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum


class Severity(StrEnum):
    """How bad a finding is: an error breaks or is unsafe, a warning degrades, a note informs."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One place where a rule holds.

    ``routes`` are the routes whose code reaches the place; empty when it holds for the whole app.
    ``suppressed`` is the reason given beside the code, or empty.
    """

    rule: str
    file: str
    line: int
    message: str
    severity: Severity = Severity.WARNING
    remedy: str = ""
    routes: tuple[str, ...] = ()
    suppressed: str = ""


@dataclass(frozen=True, slots=True)
class Suppression:
    """``# unlith: ignore[LR201] reason`` in a file: which rules it silences, where and why."""

    rules: tuple[str, ...]
    file: str
    line: int
    reason: str = ""


UNUSED = "LR901"
"""A suppression that silences nothing."""

NO_REASON = "LR902"
"""A suppression without a reason."""


def suppress(
    findings: Iterable[Finding], suppressions: Iterable[Suppression]
) -> tuple[Finding, ...]:
    """Mark suppressed findings and add findings about suppressions without use or reason.

    A suppression holds for its own line and, standing alone, for the line below: the caller gives
    it once for each line it holds for.
    """
    by_place: dict[tuple[str, int], list[Suppression]] = {}
    given = tuple(suppressions)
    for one in given:
        by_place.setdefault((one.file, one.line), []).append(one)
    used: set[Suppression] = set()
    kept = []
    for finding in findings:
        for one in by_place.get((finding.file, finding.line), ()):
            if finding.rule in one.rules:
                used.add(one)
                reason = one.reason or "no reason given"
                finding = replace(finding, suppressed=reason)
        kept.append(finding)
    return tuple(sorted([*kept, *_about(given, used)]))


# Private


def _about(given: Iterable[Suppression], used: set[Suppression]) -> Iterable[Finding]:
    for one in given:
        named = ", ".join(one.rules)
        if one not in used:
            yield Finding(
                UNUSED,
                one.file,
                one.line,
                f"the suppression of {named} silences nothing",
                Severity.WARNING,
                "take the comment away",
            )
        elif not one.reason:
            yield Finding(
                NO_REASON,
                one.file,
                one.line,
                f"the suppression of {named} gives no reason",
                Severity.WARNING,
                "say why behind the bracket",
            )
