"""Toggle a route: who serves it from now on. One atomic write of the table, nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from unlith.domain.function import FunctionInfo
from unlith.domain.route import Route
from unlith.domain.routing import Group, Phase, RoutingTable
from unlith.errors import IllegalTransition, RouteNotFound, UsageError
from unlith.ports import Clock, JournalEntry, StoredTable, TableStore

HELD_DAYS = 7
"""How long a function must have served a group before the group can retire."""


@dataclass(frozen=True, slots=True)
class Toggle:
    """What is asked: a phase, with a share and a cohort key for a canary, and the reason why."""

    phase: Phase
    share_pct: int = 0
    cohort: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """What a toggle did: who served before and who does now, under which table version."""

    group: str
    routes: tuple[Route, ...]
    before: str
    after: str
    version: int


def toggle_of(to: str, share: int | None, *, shadow: bool) -> tuple[Phase, int]:
    """Give the phase and share that the words of the command line mean.

    Raises:
        UsageError: if they contradict each other.
    """
    if shadow and (share is not None or to != "function"):
        raise UsageError("--shadow goes alone or with --to function: the monolith answers then")
    if shadow:
        return Phase.SHADOW, 0
    if to == "retired":
        if share is not None:
            raise UsageError("only a canary has a share")
        return Phase.RETIRED, 0
    if to == "monolith":
        if share:
            raise UsageError("--share is the function's share: it goes with --to function")
        return Phase.MONOLITH, 0
    if share is None or share == 100:
        return Phase.FUNCTION, 0
    if share == 0:
        return Phase.MONOLITH, 0
    return Phase.CANARY, share


def move(
    route: Route,
    toggle: Toggle,
    *,
    functions: Iterable[FunctionInfo],
    store: TableStore,
    clock: Clock,
) -> Change:
    """Put a route's group into a phase.

    Raises:
        RouteNotFound: if no function serves the route.
        IllegalTransition, UsageError, Conflict, ConfigError: nothing was written then.
    """
    read = store.read()
    known = tuple(functions)
    table, group = _with_group(read.table, route, known)
    needs_function = toggle.phase not in (Phase.MONOLITH, Phase.RETIRED)
    if needs_function and group.function not in {f.name for f in known}:
        raise RouteNotFound(
            f"function {group.function!r} of group {group.name!r} is not in extracted/",
            hint=f'extract it first: unlith extract "{route}"',
        )
    if toggle.phase is Phase.RETIRED:
        _check_held(group, store, clock)
    moved = table.moved(group.name, toggle.phase, toggle.share_pct, toggle.cohort)
    if moved.groups == read.table.groups:
        said = group.describe()
        return Change(group.name, group.routes, said, said, read.table.version)
    return _write(read, moved, group, toggle.reason, store=store, clock=clock)


def roll_back(
    routes: Iterable[Route], *, everything: bool, reason: str, store: TableStore, clock: Clock
) -> tuple[Change, ...]:
    """Give routes back to the monolith; without routes, the group that moved last.

    Raises:
        UsageError: if nothing was ever moved.
        RouteNotFound, IllegalTransition, Conflict, ConfigError: that group was left as it was.
    """
    read = store.read()
    names = [read.table.group_of(route).name for route in routes]
    if everything:
        names = [g.name for g in read.table.groups if g.phase not in _AT_HOME]
    elif not names:
        names = [_last_moved(read.table, store)]
    changes = []
    for name in dict.fromkeys(names):
        read = store.read()
        group = next(g for g in read.table.groups if g.name == name)
        moved = read.table.moved(name, Phase.MONOLITH)
        changes.append(_write(read, moved, group, reason, store=store, clock=clock))
    return tuple(changes)


# Private

_AT_HOME = (Phase.MONOLITH, Phase.RETIRED)


def _with_group(
    table: RoutingTable, route: Route, functions: tuple[FunctionInfo, ...]
) -> tuple[RoutingTable, Group]:
    try:
        return table, table.group_of(route)
    except RouteNotFound:
        function = next((f for f in functions if route in f.routes), None)
        if function is None:
            raise
        group = Group(function.name, function.name, function.routes)
        with_group = table.with_group(group)
        return RoutingTable(table.version, with_group.groups), group


def _check_held(group: Group, store: TableStore, clock: Clock) -> None:
    # Only what the journal says counts: the table does not know since when.
    last = next((e for e in reversed(store.journal()) if e.group == group.name), None)
    is_function = last is not None and last.after == Phase.FUNCTION
    held = _age(last.when, clock.now()) if last is not None and is_function else timedelta()
    if group.phase is Phase.FUNCTION and held < timedelta(days=HELD_DAYS):
        raise IllegalTransition(
            f"{group.name} has been served by its function for {held.days} days: "
            f"a group retires after {HELD_DAYS}",
            hint="retiring is the one step that no toggle takes back; wait, or ask again later",
        )


def _age(then: str, now: str) -> timedelta:
    try:
        return datetime.fromisoformat(now) - datetime.fromisoformat(then)
    except (ValueError, TypeError):
        # A journal that was edited by hand proves nothing.
        return timedelta()


def _last_moved(table: RoutingTable, store: TableStore) -> str:
    away = {group.name for group in table.groups if group.phase not in _AT_HOME}
    for entry in reversed(store.journal()):
        if entry.group in away:
            return entry.group
    if len(away) == 1:
        return away.pop()
    raise UsageError(
        "nothing to roll back: the monolith serves every route"
        if not away
        else "which one? More than one route is away and the journal does not say which was last",
        hint="`unlith rollback --all` or `unlith rollback ROUTE`" if away else "",
    )


def _write(
    read: StoredTable,
    moved: RoutingTable,
    group: Group,
    reason: str,
    *,
    store: TableStore,
    clock: Clock,
) -> Change:
    after = next(g for g in moved.groups if g.name == group.name)
    entry = JournalEntry(
        version=moved.version,
        when=clock.now(),
        who=clock.who(),
        group=group.name,
        before=group.describe(),
        after=after.describe(),
        reason=reason,
        commit=clock.commit(),
    )
    store.write(moved, expected=read.digest, entry=entry)
    return Change(group.name, group.routes, group.describe(), after.describe(), moved.version)
