"""Which rules of an app may serve an address, from what the survey knows; rather one too many."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import unquote

from unlith.domain.survey import SurveyedRule

_VARIABLE = re.compile(r"<(?:[^<>:]*?(?:\([^<>]*?\))?:)?([A-Za-z_]\w*)>")
_SLASHES = re.compile("/{2,}")


class RuleMatcher:
    """Finds rules by address, as Flask's matcher would, a slash at the end and hosts aside."""

    def __init__(self, rules: Iterable[SurveyedRule]) -> None:
        self._rules = [
            (rule, _pattern(rule))
            for rule in sorted(rules, key=_rank)
            if not rule.build_only and not rule.websocket
        ]

    def rules(self, target: str) -> tuple[SurveyedRule, ...]:
        """Give every rule that may match a request target, the most exact first."""
        path = _SLASHES.sub("/", unquote(target.partition("?")[0])).rstrip("/") or "/"
        return tuple(rule for rule, pattern in self._rules if pattern.fullmatch(path))

    def route(self, method: str, target: str) -> str:
        """Give ``METHOD RULE`` of the route that would serve, or nothing."""
        found = self.rules(target)
        if not found:
            return ""
        rule = next((rule for rule in found if method in rule.methods), found[0])
        return f"{method} {rule.rule}"


# Private


def _rank(rule: SurveyedRule) -> tuple[int, int]:
    names = len(_VARIABLE.findall(rule.rule))
    return names, -len(_VARIABLE.sub("", rule.rule))


def _pattern(rule: SurveyedRule) -> re.Pattern[str]:
    converters = {converter.variable: converter.regex for converter in rule.converters}
    path = _SLASHES.sub("/", rule.rule.partition("|")[2] if "|/" in rule.rule else rule.rule)
    parts = [
        f"(?:{converters.get(part) or '[^/]+'})" if index % 2 else re.escape(part)
        for index, part in enumerate(_VARIABLE.split(path.rstrip("/") or "/"))
    ]
    try:
        return re.compile("".join(parts))
    except re.error:  # a converter of the app's own
        return re.compile("".join(".+" if n % 2 else part for n, part in enumerate(parts)))
