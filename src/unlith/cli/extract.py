"""``unlith extract``."""

from __future__ import annotations

import dataclasses

import click

from unlith.cli.common import ROUTE, json_option, workspace
from unlith.cli.output import emit_json, say
from unlith.domain.function import Level
from unlith.domain.route import Route
from unlith.usecases.extract import ExtractRequest


@click.command(epilog='Example: unlith extract "GET /orders/<int:id>" --level pure')
@click.argument("routes", type=ROUTE, nargs=-1)
@click.option(
    "--level",
    type=click.Choice([level.value for level in Level]),
    help="slim (default): the view under Flask. pure: without Flask, or refused with reasons.",
)
@click.option("--name", default="", help="The function's name; made from the rule otherwise.")
@click.option(
    "--again",
    default="",
    metavar="NAME",
    help="Write a function again from today's sources; edits by hand are kept, or it is refused.",
)
@json_option
def extract(
    routes: tuple[Route, ...], level: str | None, name: str, again: str, as_json: bool
) -> None:
    """Write a function that serves ROUTES into extracted/; the app is left as it is.

    No traffic moves. Not done yet: a slim function still imports the whole app (nothing is
    deferred), and a pure one is refused where the view leaves the supported edges of Flask.
    """
    here = workspace()
    made = here.extract(ExtractRequest(routes, Level(level) if level else None, name, again))
    function, notes = made.function, here.shelf.remarks().get(made.function.name, ())
    if as_json:
        shown = {**dataclasses.asdict(function), "routes": [str(r) for r in function.routes]}
        emit_json({**shown, "files": made.files, "warnings": made.warnings, "notes": notes})
        return
    for file in made.files:
        say(f"{'wrote' if (here.settings.root / file).exists() else 'removed':<7}{file}")
    if not made.files:
        say(f"{function.name} is as it would be written")
    for hook in function.carried:
        say(f"carries {hook}")
    for hook, reason in function.omitted:
        say(f"omits   {hook}: {reason}")
    for warning in made.warnings:
        say(f"warning: {warning}")
    for note in notes:
        say(f"note: {note}")
    say(f"\nNext: unlith parity {function.name}")
