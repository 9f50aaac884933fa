"""What commands share: the workspace they work in, ``--json``, reading routes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from unlith.bootstrap import Workspace
from unlith.cli.output import TerminalReporter
from unlith.domain.route import Route

F = TypeVar("F", bound=Callable[..., Any])


def json_option(function: F) -> F:
    """Add ``--json``."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(function)


def folder() -> Path:
    """Give the folder the user works in.

    Raises:
        click.UsageError: if it is not there.
    """
    root = Path(click.get_current_context().find_root().obj["root"]).resolve()
    if not root.is_dir():
        raise click.UsageError(f"no such folder: {root}")
    return root


def workspace() -> Workspace:
    """Give the workspace around that folder."""
    return Workspace.around(folder(), TerminalReporter())


class RouteType(click.ParamType):  # type: ignore[type-arg]  # not generic before click 8.2
    """A route in quotes: ``"GET /orders/<int:id>"``."""

    name = "route"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Route:
        """Read the route; a mistake is a usage error."""
        return value if isinstance(value, Route) else Route.parse(str(value))


ROUTE = RouteType()
