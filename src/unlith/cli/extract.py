"""``unlith extract``."""

from __future__ import annotations

import click


@click.command()
def extract() -> None:
    """Work in progress."""
