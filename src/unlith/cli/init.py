"""``unlith init``."""

from __future__ import annotations

import dataclasses

import click

from unlith import bootstrap
from unlith.cli.common import folder, json_option
from unlith.cli.output import emit_json, say


@click.command(epilog='Example: unlith init --app "shop.web:create_app()" --sources monolith')
@click.option("--app", metavar="TARGET", help="module:app or module:factory().")
@click.option(
    "--sources", metavar="DIR", multiple=True, help="Folders to import the app from. Repeatable."
)
@json_option
def init(app: str | None, sources: tuple[str, ...], as_json: bool) -> None:
    """Make a workspace around an existing Flask app.

    Adds [tool.unlith] to pyproject.toml and the folders extracted/, infra/ and tests/parity/.
    Not one line of the app is changed; files that are there are kept.
    """
    made = bootstrap.init(folder(), app, sources)
    if as_json:
        emit_json(dataclasses.asdict(made))
        return
    for name in made.written:
        say(f"wrote  {name}")
    for name in made.kept:
        say(f"kept   {name}")
    say(f"\nThe app is {made.app}. Next: unlith survey")
