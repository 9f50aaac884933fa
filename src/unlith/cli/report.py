"""``unlith report``."""

from __future__ import annotations

from pathlib import Path

import click

from unlith.cli.common import json_option, workspace
from unlith.cli.output import emit_json, say


@click.command(epilog="Example: unlith report --html report.html")
@click.option(
    "--html",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write the page.  [default: .unlith/report.html]",
)
@click.option("--stage", default="local", show_default=True, help="Where to look.")
@json_option
def report(html: Path | None, stage: str, as_json: bool) -> None:
    """Write the whole migration as one HTML page: routes, functions, parity, journal.

    The page is static: no script, nothing loaded from elsewhere.
    """
    file = workspace().report(stage, html)
    if as_json:
        emit_json({"html": str(file)})
    else:
        say(f"report: {file}")
