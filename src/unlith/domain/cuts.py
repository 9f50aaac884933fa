"""What an HTTP API must know of a routing table: its route keys, and what it cannot serve."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from unlith.domain.routing import Group, Phase, RoutingTable
from unlith.domain.stack.values import WHOLE, Cut
from unlith.domain.survey import SurveyedRule
from unlith.domain.targets.compiled import MONOLITH, Owners
from unlith.domain.targets.template import compile_http_api, text_of
from unlith.errors import UsageError

_AWAY = (Phase.FUNCTION, Phase.RETIRED)


def cuts_of(rules: Iterable[SurveyedRule], table: RoutingTable) -> tuple[Cut, ...]:
    """Give the gateway's routes, the same keys for every phase: a toggle needs no deploy.

    A group that the gateway cannot tell apart from its neighbours has no keys, as long as the
    monolith serves it.

    Raises:
        UsageError: if a group's phase is one that this gateway cannot serve.
    """
    # Every group is compiled as if it were away, under its own name: two may share a function.
    moved = [replace(g, function=g.name, phase=Phase.FUNCTION, share_pct=0) for g in table.groups]
    compiled = compile_http_api(Owners(rules, RoutingTable(table.version, tuple(moved))))
    kept = {one.function: one for one in compiled.kept}
    groups = {group.name: group for group in table.groups}
    for group in table.groups:
        _check_phase(group)
        if group.phase in _AWAY and group.name in kept:
            raise UsageError(
                f"the gateway cannot serve {group.name} by its function alone: {kept[group.name]}",
                hint="leave it with the monolith on this stage, or extract both as one group",
            )
    cuts = []
    for entry in compiled.entries:
        name = "" if entry.owner in kept else entry.owner
        key = f"{entry.method} {text_of(entry.key)}"
        if name == MONOLITH:
            cuts.append(Cut(key))
        else:
            away = groups[name].phase in _AWAY
            cuts.append(Cut(key, name, groups[name].function if away else WHOLE))
    return tuple(cuts)


# Private


def _check_phase(group: Group) -> None:
    if group.phase in (Phase.SHADOW, Phase.CANARY):
        raise UsageError(
            f"{group.name} is in phase {group.phase}, which a gateway cannot serve",
            hint="a stage serves the monolith or the function; try shadows and shares with "
            "`unlith run`",
        )
