"""The routing table: who serves each route, and which changes of it are legal.

The unit is the *group*: the routes that one function serves and that move together. Decisions
are pure functions of the table, the rule that Flask itself chose and a cohort key. Anything the
table does not know goes to the monolith.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from unlith.domain.route import Route
from unlith.errors import IllegalTransition, RouteNotFound, UsageError

SCHEMA = 1
"""The newest table schema this version reads."""

_COHORT = re.compile(r"client\Z|(cookie|header):[A-Za-z0-9!#$%&'*+.^_`|~-]+\Z")
NAME = re.compile(r"[a-z_][a-z0-9_]*\Z")
"""What a group or function may be called: a Python identifier in lower case."""


class Phase(StrEnum):
    """Where a group is on its way out of the monolith."""

    MONOLITH = "monolith"
    SHADOW = "shadow"
    CANARY = "canary"
    FUNCTION = "function"
    RETIRED = "retired"


class Side(StrEnum):
    """Who answers a request."""

    MONOLITH = "monolith"
    FUNCTION = "function"


@dataclass(frozen=True, slots=True)
class Group:
    """Routes that one function serves and that are toggled together.

    ``share_pct`` is the percent of requests the function answers: strictly between 0 and 100 in
    phase ``canary``, unused otherwise. ``cohort`` says what keeps a client on one side:
    ``client`` (its address), ``cookie:NAME`` or ``header:NAME``.
    """

    name: str
    function: str
    routes: tuple[Route, ...]
    phase: Phase = Phase.MONOLITH
    share_pct: int = 0
    cohort: str = "client"

    def describe(self) -> str:
        """Say who serves, in few words."""
        if self.phase is Phase.CANARY:
            return f"canary, {self.share_pct} % to the function by {self.cohort}"
        return str(self.phase)


@dataclass(frozen=True, slots=True)
class Decision:
    """Who answers one request, under which version of the table.

    ``function`` is the function's name when it answers or when it gets a shadow copy.
    """

    side: Side
    function: str = ""
    is_shadowed: bool = False
    version: int = 0


@dataclass(frozen=True, slots=True)
class RoutingTable:
    """All groups, with a version that grows by one with each change."""

    version: int = 0
    groups: tuple[Group, ...] = ()
    _by_route: Mapping[Route, Group] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Index the groups by route."""
        index = {route: group for group in self.groups for route in group.routes}
        object.__setattr__(self, "_by_route", index)

    def group_of(self, route: Route) -> Group:
        """Give the group that holds a route.

        Raises:
            RouteNotFound: if no group does.
        """
        try:
            return self._by_route[route]
        except KeyError:
            raise RouteNotFound(
                f"the routing table has no route {str(route)!r}",
                hint=f'extract it first: unlith extract "{route}"',
            ) from None

    def serving(self, method: str, rule: str) -> Group | None:
        """Give the group that owns a method of a rule; HEAD goes where GET goes."""
        own = self._by_route.get(Route(method, rule))
        if own is None and method == "HEAD":
            return self._by_route.get(Route("GET", rule))
        return own

    def decide(self, method: str, rule: str, key: str = "") -> Decision:
        """Say who answers a request that Flask would give to *rule* (empty: to none)."""
        group = self.serving(method, rule) if rule else None
        if group is None or group.phase is Phase.MONOLITH:
            return Decision(Side.MONOLITH, version=self.version)
        if group.phase is Phase.SHADOW:
            return Decision(Side.MONOLITH, group.function, True, self.version)
        if group.phase is Phase.CANARY and not is_in_share(group.name, key, group.share_pct):
            return Decision(Side.MONOLITH, version=self.version)
        return Decision(Side.FUNCTION, group.function, version=self.version)

    def with_group(self, group: Group) -> RoutingTable:
        """Give the next version of the table with a group added or changed."""
        others = [g for g in self.groups if g.name != group.name]
        if len(others) == len(self.groups):
            groups: Iterable[Group] = [*self.groups, group]
        else:
            groups = [group if g.name == group.name else g for g in self.groups]
        return RoutingTable(self.version + 1, tuple(groups))

    def moved(self, name: str, phase: Phase, share_pct: int = 0, cohort: str = "") -> RoutingTable:
        """Give the next version of the table with one group in another phase.

        Raises:
            IllegalTransition: if the phase cannot follow the group's phase.
            UsageError: if the share or the cohort key makes no sense.
        """
        group = next(g for g in self.groups if g.name == name)
        check_transition(group, phase)
        check_share(phase, share_pct)
        check_cohort(cohort or group.cohort)
        return self.with_group(
            replace(group, phase=phase, share_pct=share_pct, cohort=cohort or group.cohort)
        )


def is_in_share(salt: str, key: str, share_pct: int) -> bool:
    """Say whether a cohort key falls into a share: the same on every machine, for ever.

    BLAKE2b spreads keys evenly; the salt makes the groups' cohorts independent of each other.
    """
    digest = hashlib.blake2b(f"{salt}\0{key}".encode("utf-8", "surrogatepass"), digest_size=8)
    return int.from_bytes(digest.digest()) * 100 < share_pct * 2**64


def check_transition(group: Group, phase: Phase) -> None:
    """Refuse what must not follow.

    Raises:
        IllegalTransition: from ``retired`` to anything; to ``retired`` from anything but
            ``function``.
    """
    if group.phase is Phase.RETIRED and phase is not Phase.RETIRED:
        raise IllegalTransition(
            f"{group.name} is retired: the monolith's code for it is gone",
            hint="bring the code back and set the phase in infra/routes.toml by hand",
        )
    if phase is Phase.RETIRED and group.phase not in (Phase.FUNCTION, Phase.RETIRED):
        raise IllegalTransition(
            f"{group.name} is in phase {group.phase}: only a group in phase function can retire",
            hint="move it first: unlith route ROUTE --to function",
        )


def check_share(phase: Phase, share_pct: int) -> None:
    """Refuse a share that does not fit its phase.

    Raises:
        UsageError: for a canary outside 1 to 99, or a share in another phase.
    """
    if phase is Phase.CANARY and not 0 < share_pct < 100:
        raise UsageError(f"a canary's share is 1 to 99 percent, not {share_pct}")
    if phase is not Phase.CANARY and share_pct:
        raise UsageError(f"only a canary has a share, not phase {phase}")


def check_cohort(cohort: str) -> None:
    """Refuse a cohort key that is not ``client``, ``cookie:NAME`` or ``header:NAME``.

    Raises:
        UsageError: if it is another thing.
    """
    if not _COHORT.match(cohort):
        raise UsageError(
            f"not a cohort key: {cohort!r}", hint="use client, cookie:NAME or header:NAME"
        )
