"""When values are the same: ``1``, ``1.0``, ``"1"`` and ``true`` all differ; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from unlith.domain.exchange import Observation
from unlith.domain.observed import Blob, Text
from unlith.domain.patterns import is_near, text_pattern


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


def is_identical(one: Observation, other: Observation) -> bool:
    """Say whether two observations agree in every byte."""
    if one.answer != other.answer or one.error != other.error:
        return False
    # As texts, because 1 and 1.0 are equal as values.
    return one.effects is other.effects or repr(one.effects) == repr(other.effects)


def keeps_form(controls: Sequence[object], found: object) -> bool:
    """Say whether a value has the form of values that varied."""
    if isinstance(found, bool) or found is None:
        return True
    if isinstance(found, int | float):
        return is_near([float(c) for c in controls if isinstance(c, int | float)], float(found))
    if isinstance(found, Blob):
        lengths = {len(c.value) for c in controls if isinstance(c, Blob)}
        return len(lengths) > 1 or len(found.value) in lengths
    texts = [c.value if isinstance(c, Text) else str(c) for c in controls]
    return text_pattern(texts).accepts(found.value if isinstance(found, Text) else str(found))
