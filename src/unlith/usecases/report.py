"""Gather what is known of a migration into one value that a page can show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from unlith.domain.routing import Phase, RoutingTable
from unlith.domain.survey import Survey
from unlith.ports import JournalEntry
from unlith.usecases.status import Status


@dataclass(frozen=True, slots=True)
class RouteLine:
    """One route as the page lists it."""

    route: str
    endpoint: str
    hooks: int
    group: str
    phase: str
    traffic: str
    parity: str


@dataclass(frozen=True, slots=True)
class Report:
    """The whole migration at one moment. ``parity`` holds the last run of each function."""

    target: str
    when: str
    commit: str
    table_version: int
    routes: tuple[RouteLine, ...]
    functions: tuple[Status, ...]
    parity: tuple[Mapping[str, object], ...]
    journal: tuple[JournalEntry, ...]

    @property
    def phases(self) -> Mapping[str, int]:
        """Count the routes in each phase, in the order of the way out."""
        return {p.value: sum(r.phase == p.value for r in self.routes) for p in Phase}


@dataclass(frozen=True, slots=True)
class Moment:
    """When a report was made, and of which commit."""

    when: str
    commit: str


def report(
    survey: Survey,
    table: RoutingTable,
    functions: Iterable[Status],
    parity: Mapping[str, Mapping[str, object]],
    journal: Sequence[JournalEntry],
    *,
    moment: Moment,
) -> Report:
    """Join survey, table, status, parity runs and journal. *parity* is keyed by function."""
    lines = []
    for route, rule in survey.routes():
        group = table.serving(route.method, route.rule)
        run = parity.get(group.function, {}) if group else {}
        lines.append(
            RouteLine(
                route=str(route),
                endpoint=rule.endpoint,
                hooks=sum(h.kind != "error_handler" for h in survey.hooks_for(rule)),
                group=group.name if group else "",
                phase=str(group.phase) if group else str(Phase.MONOLITH),
                traffic=group.describe() if group else str(Phase.MONOLITH),
                parity=str(run.get("verdict", "")),
            )
        )
    return Report(
        target=survey.target,
        when=moment.when,
        commit=moment.commit,
        table_version=table.version,
        routes=tuple(lines),
        functions=tuple(functions),
        parity=tuple(parity.values()),
        journal=tuple(journal),
    )
