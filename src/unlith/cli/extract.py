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
@click.argument("routes", type=ROUTE, nargs=-1, required=True)
@click.option(
    "--level",
    type=click.Choice([level.value for level in Level]),
    default=Level.SLIM.value,
    show_default=True,
    help="slim: the view under Flask. pure: without Flask, or refused with reasons.",
)
@click.option("--name", default="", help="The function's name; made from the rule otherwise.")
@json_option
def extract(routes: tuple[Route, ...], level: str, name: str, as_json: bool) -> None:
    """Write a function that serves ROUTES into extracted/; the app is left as it is.

    No traffic moves. Not done yet: a slim function still imports the whole app (nothing is
    deferred), and a pure one is refused where the view leaves the supported edges of Flask.
    """
    made = workspace().extract(ExtractRequest(routes, Level(level), name))
    function = made.function
    if as_json:
        shown = {**dataclasses.asdict(function), "routes": [str(r) for r in function.routes]}
        emit_json({**shown, "files": made.files})
        return
    for file in made.files:
        say(f"wrote  {file}")
    for hook in function.carried:
        say(f"carries {hook}")
    for hook, reason in function.omitted:
        say(f"omits   {hook}: {reason}")
    say(f"\nNext: unlith parity {function.name}")
