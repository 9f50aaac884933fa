"""``unlith explain``, and what ``unlith survey --check-routing`` prints."""

from __future__ import annotations

import dataclasses

import click

from unlith.cli.common import json_option, workspace
from unlith.cli.output import emit_json, say, table
from unlith.usecases import routing as usecase
from unlith.usecases.routing import Checked

SHOWN = 20
"""How many routes that are split in process are listed; ``--json`` has all."""


@click.command(epilog="Example: unlith explain GET /orders/7/total")
@click.argument("method")
@click.argument("url")
@json_option
def explain(method: str, url: str, as_json: bool) -> None:
    """Say who answers METHOD URL on every target, and why. Nothing is sent."""
    here = workspace()
    found = usecase.explain(here.survey(), here.table_store.read().table, method, url)
    if as_json:
        emit_json(dataclasses.asdict(found))
        return
    matched = f"matches {found.rule}" if found.rule else f"ends with {found.ends}"
    say(f"{found.method} {found.path} {matched} (table version {found.version})")
    rows = [(one.target, one.side, one.decided, one.why) for one in found.answerers]
    table(("TARGET", "ANSWERED BY", "DECIDED", "WHY"), rows)


def checked(found: Checked, *, as_json: bool) -> None:
    """Print a check of the routing; exits with 1 if a decision was wrong."""
    if as_json:
        kept = [
            {**dataclasses.asdict(k), "target": t, "route": str(k.route)} for t, k in found.kept
        ]
        emit_json({**dataclasses.asdict(found), "kept": kept})
    else:
        for wrong in found.wrong:
            say(f"wrong: {wrong}")
        for target, one in found.kept[:SHOWN]:
            say(f"{target}: {one}")
        if len(found.kept) > SHOWN:
            say(f"… and {len(found.kept) - SHOWN} more are split in process")
        say(
            f"{found.rules} rules, {found.requests} requests, {found.decisions} decisions, "
            f"{found.asked} left to Flask, {len(found.wrong)} wrong"
        )
    if found.wrong:
        raise click.exceptions.Exit(1)
