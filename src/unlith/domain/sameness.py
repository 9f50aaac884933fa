"""When values are the same: ``1``, ``1.0``, ``"1"`` and ``true`` all differ; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence


def all_same(values: Sequence[object]) -> bool:
    """Say whether all values are the same."""
    return all(is_same(values[0], value) for value in values[1:])


def is_same(one: object, other: object) -> bool:
    """Say whether two values are the same, in type and in order of keys too."""
    if type(one) is not type(other):
        return False
    if isinstance(one, float):
        return repr(one) == repr(other)  # nan is nan, and 0.0 is not -0.0
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(is_same(one[k], other[k]) for k in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(is_same, one, other))
    return one == other


def same_elements(lists: Sequence[Sequence[object]]) -> bool:
    """Say whether lists have the same elements, in whatever order."""
    counts = [Counter(map(repr, elements)) for elements in lists]
    return all(count == counts[0] for count in counts[1:])
