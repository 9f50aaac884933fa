"""``unlith parity``."""

from __future__ import annotations

import click


@click.command()
def parity() -> None:
    """Work in progress."""
