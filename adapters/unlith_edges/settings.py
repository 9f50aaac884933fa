"""Flask's settings that matter to a function: their defaults, and where its secret comes from."""

from __future__ import annotations

import os
from typing import Any

DEFAULTS: dict[str, Any] = {
    "APPLICATION_ROOT": "/",
    "DEBUG": False,
    "MAX_CONTENT_LENGTH": None,
    "PERMANENT_SESSION_LIFETIME": 2678400,
    "SECRET_KEY": None,
    "SECRET_KEY_FALLBACKS": None,
    "SERVER_NAME": None,
    "SESSION_COOKIE_DOMAIN": None,
    "SESSION_COOKIE_HTTPONLY": True,
    "SESSION_COOKIE_NAME": "session",
    "SESSION_COOKIE_PARTITIONED": False,
    "SESSION_COOKIE_PATH": None,
    "SESSION_COOKIE_SAMESITE": None,
    "SESSION_COOKIE_SECURE": False,
    "SESSION_REFRESH_EACH_REQUEST": True,
    "TESTING": False,
}
"""Flask's defaults of the settings that matter here; a lifetime is in seconds."""


def secrets(variable: str) -> dict[str, Any]:
    """Give the keys that sign the session, out of the environment.

    Raises:
        RuntimeError: if there is none: nobody would be logged in, and nothing would say why.
    """
    key = os.environ.get(variable)
    if not key:
        raise RuntimeError(
            f"this function reads the session: set {variable} to the monolith's secret key"
        )
    older = os.environ.get(f"{variable}_FALLBACKS", "")
    return {"SECRET_KEY": key, "SECRET_KEY_FALLBACKS": older.split()}
