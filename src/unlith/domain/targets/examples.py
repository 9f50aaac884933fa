"""One address that would go wrong, for people to try."""

from __future__ import annotations

from unlith.domain.survey import SurveyedRule
from unlith.domain.targets.shapes import Key
from unlith.domain.targets.urls import near, paths_of


def example_for(key: Key, rule: SurveyedRule, *, is_hidden: bool = False) -> str:
    """Give a path of a rule that a key takes too; with *is_hidden* one with an encoded slash."""
    for path in paths_of(rule, limit=12):
        around = _hidden(path) if is_hidden else near(path, ())
        for candidate in around:
            if "//" not in candidate and _takes(key, candidate):
                return candidate
    return next(iter(paths_of(rule)), "")


# Private


def _hidden(path: str) -> list[str]:
    # Every way to hide slashes behind a first plain one.
    parts = path.lstrip("/").split("/")
    found = []
    for start in range(len(parts) - 1):
        for end in range(start + 1, len(parts)):
            joined = [*parts[:start], "%2F".join(parts[start : end + 1]), *parts[end + 1 :]]
            found.append("/" + "/".join(joined))
    return [*found, path + "%2F"]


def _takes(key: Key, path: str) -> bool:
    parts = path.strip("/").split("/") if path.strip("/") else []
    if len(parts) < len(key.segments) + key.is_greedy:
        return False
    if len(parts) > len(key.segments) and not key.is_greedy:
        return False
    return all(
        part != "" and (want is None or want == part)
        for want, part in zip(key.segments, parts, strict=False)
    )
