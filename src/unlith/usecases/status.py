"""Three separate facts about each function: its code here, what is deployed, who gets traffic."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from unlith.domain.function import FunctionInfo
from unlith.domain.routing import Group, Phase, RoutingTable
from unlith.ports import Bundle, Deployed


@dataclass(frozen=True, slots=True)
class Status:
    """The facts about one function (``whole`` is the monolith).

    ``code`` says what is here, ``deployed`` what a stage runs, ``traffic`` who serves now.
    ``notes`` names what does not fit together.
    """

    name: str
    routes: tuple[str, ...]
    code: str
    deployed: str
    traffic: str
    notes: tuple[str, ...] = ()


def status(
    functions: Iterable[FunctionInfo],
    table: RoutingTable,
    bundles: Mapping[str, Bundle],
    deployed: Mapping[str, Deployed | None],
    remarks: Mapping[str, tuple[str, ...]],
) -> tuple[Status, ...]:
    """Give the facts about the whole and about each function that is known anywhere.

    *bundles* and *deployed* are keyed by function name, ``whole`` among them; *remarks*, what is
    to be said of a function's files, by name too.
    """
    known = {function.name: function for function in functions}
    groups = {group.function: group for group in table.groups}
    rows = [_whole(table, bundles, deployed)]
    for name in sorted({*known, *groups}):
        function, group = known.get(name), groups.get(name)
        routes = function.routes if function else group.routes if group else ()
        rows.append(
            Status(
                name=name,
                routes=tuple(map(str, routes)),
                code=str(function.level) if function else "missing",
                deployed=_deployed(bundles.get(name), deployed.get(name)),
                traffic=group.describe() if group else str(Phase.MONOLITH),
                notes=(*_notes(function, group, deployed.get(name)), *remarks.get(name, ())),
            )
        )
    return tuple(rows)


# Private


def _whole(
    table: RoutingTable, bundles: Mapping[str, Bundle], deployed: Mapping[str, Deployed | None]
) -> Status:
    away = sum(len(g.routes) for g in table.groups if g.phase in (Phase.FUNCTION, Phase.RETIRED))
    return Status(
        name="whole",
        routes=("everything else",),
        code="monolith",
        deployed=_deployed(bundles.get("whole"), deployed.get("whole")),
        traffic=f"all but {away} route{'s' * (away > 1)}" if away else "all routes",
    )


def _deployed(bundle: Bundle | None, found: Deployed | None) -> str:
    if found is None:
        return "no"
    if bundle is None or bundle.sha256 != found.code_sha256:
        return f"version {found.version}, other code than here"
    return f"version {found.version}, this code"


def _notes(
    function: FunctionInfo | None, group: Group | None, found: Deployed | None
) -> tuple[str, ...]:
    notes = []
    is_away = group is not None and group.phase is not Phase.MONOLITH
    if is_away and function is None:
        notes.append("the table names a function that is not in extracted/")
    if is_away and found is None:
        notes.append("gets traffic, but is not deployed")
    if function and group and set(function.routes) != set(group.routes):
        notes.append("the table and function.toml list different routes")
    return tuple(notes)
