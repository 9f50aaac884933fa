"""What a routing table becomes on one gateway: entries, what stays in process, and why.

The gateway sends each request to a function or to the monolith's Lambda. There the in-process
router decides by Flask's own choice, so that whatever a gateway cannot tell apart is still
answered by the side that the table says. What the gateway itself sends to a function must be that
function's to answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from unlith.domain.route import Route
from unlith.domain.routing import Phase, RoutingTable
from unlith.domain.survey import SurveyedRule
from unlith.domain.targets.shapes import Key, Shape, may_reach, may_share, shape_of

MONOLITH = ""
"""The owner that is no function."""


class Why(StrEnum):
    """Why a route stays in the monolith's Lambda and is split there."""

    SAME_KEY = "two rules are one key to the gateway"
    REACHES = "the key reaches another rule, and nothing narrower can be said"
    ENCODED_SLASH = "an encoded slash takes the key to another rule"
    SIBLING = "another variable stands at this place already"
    INEXPRESSIBLE = "the gateway cannot say this rule"
    LIMIT = "the gateway's limit is reached"
    AMBIGUOUS = "the route names two endpoints"


@dataclass(frozen=True, slots=True)
class Kept:
    """A route that the gateway leaves to the in-process router, with what stands against it.

    ``other`` is the rule that a key would reach, and ``example`` an address that would go wrong.
    """

    function: str
    route: Route
    why: Why
    other: str = ""
    example: str = ""

    def __str__(self) -> str:
        """Say it in one line."""
        about = f": {self.route.rule} and {self.other}" if self.other else ""
        example = f", e.g. {self.example}" if self.example else ""
        return f"{self.route} is split in process: {self.why}{about}{example}"


@dataclass(frozen=True, slots=True)
class Entry:
    """One route of a gateway: a method and a key, and who gets what it matches."""

    method: str
    key: Key
    owner: str


@dataclass(frozen=True, slots=True)
class RuleEntry:
    """One rule of a load balancer; entries are in order of priority."""

    methods: tuple[str, ...]
    patterns: tuple[str, ...]
    owner: str


@dataclass(frozen=True, slots=True)
class Compiled:
    """What one gateway is told.

    ``entries`` has what a template gateway knows, ``rules`` what a load balancer does. ``submaps``
    gives for each function the places of the rules it must know to answer as Flask would: its own
    and every other that its keys reach, for 404, 405, ``Allow`` and redirects.
    """

    target: str
    entries: tuple[Entry, ...] = ()
    rules: tuple[RuleEntry, ...] = ()
    kept: tuple[Kept, ...] = ()
    submaps: dict[str, tuple[int, ...]] = field(default_factory=dict)
    used: int = 0
    limit: int = 0


class Owners:
    """Who serves each method of each rule at a gateway: a function in phase ``function``."""

    def __init__(self, rules: Iterable[SurveyedRule], table: RoutingTable) -> None:
        self.rules = tuple(rules)
        self.shapes = tuple(shape_of(rule) for rule in self.rules)
        self._table = table
        self._owner: dict[tuple[str, int], str] = {}
        self._phases = (Phase.FUNCTION, Phase.RETIRED)
        self.live = tuple(
            n for n, rule in enumerate(self.rules) if not (rule.build_only or rule.websocket)
        )
        self._first: dict[str | None, list[int]] = {}
        for n in self.live:
            first = self.shapes[n].segments[:1]
            self._first.setdefault(
                first[0] if first and isinstance(first[0], str) else None, []
            ).append(n)

    def of(self, method: str, index: int) -> str:
        """Give the function that a method of a rule has moved to, or the monolith."""
        asked = (method, index)
        if asked not in self._owner:
            group = self._table.serving(method, self.rules[index].rule)
            is_away = group is not None and group.phase in self._phases
            self._owner[asked] = group.function if group is not None and is_away else MONOLITH
        return self._owner[asked]

    def wanted(self) -> list[tuple[str, int, str]]:
        """Give each method and rule that a function should get, with the function."""
        found = []
        for index in self.live:
            rule = self.rules[index]
            names = rule.methods or tuple(
                route.method for group in self._table.groups for route in group.routes
                if route.rule == rule.rule
            )  # fmt: skip
            for method in dict.fromkeys(names):
                owner = self.of(method, index)
                if owner:
                    found.append((method, index, owner))
        return found

    def foreign(self, method: str, owner: str, near: Key | Shape) -> list[int]:
        """Give the rules that answer a method, are not one owner's, and begin as a key does."""
        return [
            n
            for n in self.beginning(near)
            if (not self.rules[n].methods or method in self.rules[n].methods)
            and self.of(method, n) != owner
        ]

    def beginning(self, near: Key | Shape) -> list[int]:
        """Give the rules whose first segment may be that of a key, in their order."""
        first = near.segments[0] if near.segments else None
        if not isinstance(first, str):
            return list(self.live)
        return sorted((*self._first.get(first, ()), *self._first.get(None, ())))

    def twins(self) -> set[str]:
        """Give the rules' texts that stand for several endpoints, told apart by more than path."""
        seen: dict[tuple[str, str], dict[tuple[object, ...], str]] = {}
        for n in self.live:
            rule = self.rules[n]
            apart = (rule.host, rule.subdomain, rule.strict_slashes, rule.merge_slashes)
            for method in rule.methods or ("*",):
                # Of two with nothing between them Flask always takes the first.
                seen.setdefault((method, rule.rule), {}).setdefault(apart, rule.endpoint)
        return {text for (_, text), found in seen.items() if len(set(found.values())) > 1}

    def submap(self, shapes: Iterable[Key | Shape], mine: Iterable[int]) -> tuple[int, ...]:
        """Give the rules that some keys reach with any method, and their endpoints' others."""
        own = set(mine)
        names = {self.rules[n].endpoint for n in own}
        found = {n for n in self.live if self.rules[n].endpoint in names} | own
        for key in dict.fromkeys(shapes):
            found.update(
                n for n in self.beginning(key) if n not in found and self._is_near(key, n)
            )
        sockets = [n for n, rule in enumerate(self.rules) if rule.websocket]
        return tuple(sorted((*found, *sockets)))

    # Private

    def _is_near(self, key: Key | Shape, n: int) -> bool:
        shape = self.shapes[n]
        if isinstance(key, Key):
            return may_reach(key, shape, spans=True)
        return may_share(key, _loose(shape))


# Private


def _loose(shape: Shape) -> Shape:
    # A slash too few or too many is a redirect: its rule must be known as well.
    return Shape(shape.segments, shape.tail, True, True)
