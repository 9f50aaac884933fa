"""Which rules of an app may match an address that another rule matches too."""

from __future__ import annotations

import re
from collections.abc import Iterable

from unlith.domain.survey import SurveyedRule

_VARIABLE = re.compile(r"<(?:[^<>:]*?(?:\([^<>]*?\))?:)?([A-Za-z_]\w*)>")


def neighbours(
    rules: Iterable[SurveyedRule], own: Iterable[SurveyedRule]
) -> tuple[SurveyedRule, ...]:
    """Give, in their order, the rules that can match where some *own* rule matches.

    Those are needed to answer 405, ``Allow`` and OPTIONS as the app does, and to know what is
    not the function's to answer. A rule is named rather twice than never.
    """
    mine = tuple(own)
    return tuple(
        rule
        for rule in rules
        if not rule.build_only
        and not rule.websocket
        and (rule in mine or any(may_overlap(rule, other) for other in mine))
    )


def may_overlap(one: SurveyedRule, other: SurveyedRule) -> bool:
    """Say whether one address can fit both rules, a slash at the end aside."""
    ours, theirs = _segments(one), _segments(other)
    for mine, its in zip(ours, theirs, strict=False):
        if mine is None or its is None:
            return True
        if not _may_equal(mine, its):
            return False
    longer = ours[len(theirs) :] or theirs[len(ours) :]
    return not longer or None in (*ours[-1:], *theirs[-1:])


# Private

Segment = str | re.Pattern[str] | None
"""Fixed text, a pattern for the whole segment, or None for what may hold slashes."""


def _segments(rule: SurveyedRule) -> list[Segment]:
    converters = {converter.variable: converter for converter in rule.converters}
    found: list[Segment] = []
    for text in re.sub("/{2,}", "/", rule.rule).strip("/").split("/"):
        names = _VARIABLE.findall(text)
        if not all(name in converters and converters[name].part_isolating for name in names):
            return [*found, None]
        pattern = "".join(
            converters[part].regex if index % 2 else re.escape(part)
            for index, part in enumerate(_VARIABLE.split(text))
        )
        found.append(re.compile(pattern) if names else text)
    return found


def _may_equal(one: str | re.Pattern[str], other: str | re.Pattern[str]) -> bool:
    if isinstance(one, str):
        if isinstance(other, str):
            return one == other
        return other.fullmatch(one) is not None
    return one.fullmatch(other) is not None if isinstance(other, str) else True
