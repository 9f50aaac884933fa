"""How the command line speaks: data on standard output, talk on standard error.

Colour is decoration: nothing depends on it, ``NO_COLOR`` and pipes turn it off (rich does).
"""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Iterable, Sequence

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from unlith.errors import UnlithError


def out() -> Console:
    """Give the console for data."""
    return Console(file=sys.stdout, highlight=False, soft_wrap=True)


def talk() -> Console:
    """Give the console for everything that is not data."""
    return Console(file=sys.stderr, highlight=False, soft_wrap=True)


def say(text: str = "") -> None:
    """Print a line of data; square brackets mean nothing special."""
    click.echo(text)


def emit_json(value: object) -> None:
    """Print a value as JSON on standard output."""
    text = json.dumps(value, indent=2, ensure_ascii=False, default=str)
    # Half of a surrogate pair is no text: JSON writes it as an escape.
    click.echo(text.encode("utf-8", "backslashreplace").decode())


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a plain table that folds long cells instead of cutting them."""
    drawn = Table(box=None, pad_edge=False, header_style="bold", expand=False)
    for column in columns:
        drawn.add_column(column, overflow="fold")
    for row in rows:
        drawn.add_row(*(Text(printable(cell)) for cell in row))
    out().print(drawn)


def show_error(error: UnlithError, *, debug: bool, as_json: bool = False) -> None:
    """Print an error as ``error: …``, a blank line, ``hint: …`` on standard error.

    With *as_json* standard output gets it too, for machines.
    """
    if as_json:
        emit_json(
            {
                "error": {
                    "type": type(error).__name__,
                    "exit_code": error.exit_code,
                    "message": error.message,
                    "hint": error.hint,
                    "detail": error.detail,
                    "problems": [str(p) for p in getattr(error, "problems", ())],
                    "blockers": list(getattr(error, "blockers", ())),
                }
            }
        )
    lines = [f"error: {printable(error.message)}"]
    if error.detail:
        lines += ["", error.detail]
    if error.hint:
        lines += ["", f"hint: {printable(error.hint)}"]
    click.echo("\n".join(lines), err=True)
    if debug:
        click.echo("".join(traceback.format_exception(error)), err=True)


class TerminalReporter:
    """The ``Reporter`` port on a terminal."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet

    def step(self, message: str) -> None:
        """Say what is being done."""
        if not self._quiet:
            click.echo(printable(message), err=True)

    def warn(self, message: str) -> None:
        """Say what the user should know, even when quiet."""
        click.echo(f"warning: {printable(message)}", err=True)

    def progress(self, items: Iterable[object], *, total: int, label: str) -> Iterable[object]:
        """Pass items through under a progress bar, on a terminal only."""
        if self._quiet or not sys.stderr.isatty():
            yield from items
            return
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=talk(), transient=True) as progress:
            yield from progress.track(items, total=total, description=label)


def printable(text: str) -> str:
    """Give a text without control characters."""
    # Names come from the user's app and files: no control characters reach the terminal.
    return "".join(c if c.isprintable() or c == "\n" else repr(c)[1:-1] for c in text)
