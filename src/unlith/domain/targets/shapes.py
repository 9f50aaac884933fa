"""Which addresses a rule and a gateway's key may have in common: no is sure, yes is perhaps.

A *shape* is a rule without its names: segments that are fixed text or a pattern, and perhaps a
tail that takes slashes too. A *key* is what a gateway can say: fixed segments, variables (None),
and perhaps a greedy variable at the end.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from unlith.domain.survey import SurveyedRule
from unlith.domain.targets.parts import Part, parts_of

Segment = str | re.Pattern[str] | None
"""Fixed text, what a segment must match, or anything but an empty segment."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A rule as far as addresses go.

    ``tail`` matches from the segment after ``segments`` to the end. ``takes_bare`` and
    ``takes_slash`` say whether it answers, without redirecting, where no slash or one is last.
    """

    segments: tuple[Segment, ...]
    tail: re.Pattern[str] | None
    takes_bare: bool
    takes_slash: bool


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """What a gateway matches by: fixed segments and variables, and a greedy end or none."""

    segments: tuple[str | None, ...]
    is_greedy: bool = False

    def covers(self, other: Key) -> bool:
        """Say whether every path of another key is this one's too."""
        mine, its = self.segments, other.segments
        if self.is_greedy:
            is_long = len(its) > len(mine) or (other.is_greedy and len(its) == len(mine))
        else:
            is_long = len(its) == len(mine) and not other.is_greedy
        return is_long and all(
            m is None or m == i for m, i in zip(mine, its[: len(mine)], strict=True)
        )


def shape_of(rule: SurveyedRule) -> Shape:
    """Give the shape of a rule; whatever may be empty or hold slashes begins the tail."""
    parts = list(parts_of(rule, by_host=False)[2:])
    is_branch = len(parts) > 0 and parts[-1] == Part("", True, weight=parts[-1].weight)
    if is_branch:
        parts.pop()
    segments: list[Segment] = []
    for part in parts:
        pattern = None if part.is_static else re.compile(part.content)
        may_be_empty = not part.content if pattern is None else bool(pattern.match(""))
        if part.is_final or may_be_empty:
            rest = pattern if part.is_final else _ANYTHING
            return Shape(tuple(segments), rest, True, True)
        segments.append(part.content if pattern is None else pattern)
    bare = not is_branch or not rule.strict_slashes
    slash = is_branch or not rule.strict_slashes
    return Shape(tuple(segments), None, bare, slash)


def may_reach(key: Key, shape: Shape, *, spans: bool) -> bool:
    """Say whether some path that a key takes may be one that a rule answers, slashes aside.

    With *spans* a variable may hold encoded slashes, and so be several segments to Flask; or hold
    nothing else, and be none once Werkzeug has merged slashes or passed over the last.
    """
    here, count = {0}, len(shape.segments)
    for segment in key.segments:
        after: set[int] = set()
        for place in here:
            if place == count and shape.tail is not None:
                return True
            if spans and segment is None:
                after.add(place)
            if place < count and _may_equal(segment, shape.segments[place]):
                after.add(place + 1)
                if spans and segment is None:
                    after.update(range(place + 2, count + 1))
                    if shape.tail is not None:
                        return True
        if not after:
            return False
        here = after
    return key.is_greedy or (count in here and (shape.tail is None or _may_be_empty(shape.tail)))


def may_share(one: Shape, other: Shape) -> bool:
    """Say whether one path can fit both shapes exactly, slashes at the end included."""
    for mine, its in zip(one.segments, other.segments, strict=False):
        if not _may_equal(mine, its):
            return False
    ours, theirs = len(one.segments), len(other.segments)
    if one.tail is None and other.tail is None:
        bare = one.takes_bare and other.takes_bare
        return ours == theirs and (bare or (one.takes_slash and other.takes_slash))
    if one.tail is None:
        return ours > theirs or _may_be_empty(other.tail)
    if other.tail is None:
        return theirs > ours or _may_be_empty(one.tail)
    return True


# Private

_ANYTHING = re.compile("")


def _may_equal(one: Segment, other: Segment) -> bool:
    if one is None or other is None:
        return True
    if isinstance(one, str):
        return one == other if isinstance(other, str) else other.match(one) is not None
    return one.match(other) is not None if isinstance(other, str) else True


def _may_be_empty(tail: re.Pattern[str] | None) -> bool:
    # What is left at a key's end: nothing, or slashes that gateways may pass over.
    return tail is not None and any(tail.match(text) for text in ("", "/", "//"))
