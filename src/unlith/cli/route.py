"""``unlith route``, ``unlith status`` and ``unlith rollback``."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import click

from unlith.bootstrap import Workspace
from unlith.cli.common import ROUTE, json_option, workspace
from unlith.cli.output import emit_json, say, table
from unlith.domain.route import Route
from unlith.usecases import route as usecase
from unlith.usecases.route import Change, Toggle
from unlith.usecases.routing import DryStore, moved

STAGE = click.option("--stage", default="local", show_default=True, help="Which stage.")


@click.command(epilog='Example: unlith route "GET /orders/<int:id>" --to function --share 25')
@click.argument("route", type=ROUTE)
@click.option("--to", type=click.Choice(["function", "monolith", "retired"]), help="Who answers.")
@click.option("--share", type=click.IntRange(0, 100), help="Percent the function answers.")
@click.option("--shadow", is_flag=True, help="The monolith answers, the function gets a copy.")
@click.option("--by", default="", metavar="KEY", help="client, cookie:NAME or header:NAME.")
@click.option("--reason", default="", help="Why, for the journal.")
@click.option("--diff", is_flag=True, help="Show requests that would change sides; write nothing.")
@STAGE
@json_option
def route(route: Route, to: str | None, share: int | None, shadow: bool, **given: Any) -> None:
    """Say who serves ROUTE from now on: one atomic change of infra/routes.toml.

    A share keeps each client on one side, by the key that --by names. Not done yet: the guards
    that refuse a cutover without fresh parity and a deployed function (warnings for now).
    Retired says that the monolith's code may go; no toggle brings a route back from there.
    """
    if to is None and not shadow:
        raise click.UsageError("say where: --to function, --to monolith or --shadow")
    phase, share_pct = usecase.toggle_of(to or "function", share, shadow=shadow)
    here = workspace()
    toggle = Toggle(phase, share_pct, given["by"], given["reason"])
    if given["diff"]:
        _diff(here, route, toggle, as_json=given["as_json"])
        return
    change = usecase.move(
        route,
        toggle,
        functions=here.functions(),
        store=here.store(given["stage"]),
        clock=here.clock,
    )
    warnings = here.doubts(change.group) if phase.value in ("canary", "function") else ()
    if phase.value == "shadow" and not {r.method for r in change.routes} & {"GET", "HEAD"}:
        warnings = ("only GET and HEAD requests are copied: this group will never be compared",)
    if given["as_json"]:
        emit_json({**_json(change), "warnings": warnings})
        return
    _say((change,))
    for warning in warnings:
        click.echo(f"warning: {warning}", err=True)


@click.command(epilog="Example: unlith rollback --all --reason 'errors at night'")
@click.argument("routes", type=ROUTE, nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every route that is away.")
@click.option("--reason", default="", help="Why, for the journal.")
@STAGE
@json_option
def rollback(
    routes: tuple[Route, ...], everything: bool, reason: str, stage: str, as_json: bool
) -> None:
    """Give ROUTES back to the monolith; without any, the group that moved last.

    Only a toggle: nothing is built and nothing is deployed.
    """
    if routes and everything:
        raise click.UsageError("name routes or use --all, not both")
    here = workspace()
    changes = usecase.roll_back(
        routes, everything=everything, reason=reason, store=here.store(stage), clock=here.clock
    )
    if as_json:
        emit_json([_json(change) for change in changes])
        return
    _say(changes)
    if not changes:
        say("the monolith serves every route already")


@click.command(epilog="Example: unlith status --stage local --json")
@STAGE
@json_option
def status(stage: str, as_json: bool) -> None:
    """Show three separate facts about each function: code here, code deployed, traffic."""
    here = workspace()
    rows = here.status(stage)
    shadow = here.shadow_counts()
    if as_json:
        emit_json(
            {
                "stage": stage,
                "table_version": here.store(stage).read().table.version,
                "functions": [dataclasses.asdict(row) for row in rows],
                "shadow": shadow,
            }
        )
        return
    shown = [
        (row.name, ", ".join(row.routes), row.code, row.deployed, row.traffic) for row in rows
    ]
    table(("FUNCTION", "ROUTES", "CODE", f"DEPLOYED ({stage})", "TRAFFIC"), shown)
    for row in rows:
        for note in row.notes:
            say(f"note: {row.name}: {note}")
    for name, counts in shadow.items():
        say(f"shadow: {name}: {counts['compared']} compared, {counts['different']} different")


# Private


def _diff(here: Workspace, route: Route, toggle: Toggle, *, as_json: bool) -> None:
    store = DryStore(here.table_store.read())
    usecase.move(route, toggle, functions=here.functions(), store=store, clock=here.clock)
    found = moved(here.survey(), store.read().table, store.written)
    if as_json:
        emit_json([dataclasses.asdict(one) for one in found])
        return
    rows = [(f"{one.method} {one.path}", one.rule, one.before, one.after) for one in found]
    table(("REQUEST", "RULE", "NOW", "THEN"), rows)
    say(f"{len(rows)} kinds of requests change sides; nothing was written")


def _json(change: Change) -> dict[str, object]:
    return {**dataclasses.asdict(change), "routes": [str(r) for r in change.routes]}


def _say(changes: Sequence[Change]) -> None:
    for change in changes:
        routes = ", ".join(str(r) for r in change.routes)
        say(f"{routes}: {change.before} -> {change.after} (table version {change.version})")
