"""Where the views get their ports and settings from: the app that serves the request."""

from __future__ import annotations

from typing import cast

from flask import current_app

from shop.config import Settings
from shop.domain.ports import Ports


def ports() -> Ports:
    """Give the app's ports."""
    return cast("Ports", current_app.extensions["shop.ports"])


def settings() -> Settings:
    """Give the app's settings."""
    return cast("Settings", current_app.extensions["shop.settings"])
