"""What a parity result was made with: it counts for these and for nothing else; pure."""

from __future__ import annotations

from collections.abc import Mapping

WORDS = {
    "function": "other code of the function",
    "whole": "other code of the monolith",
    "cases": "other cases",
    "routes": "other routes",
    "locks": "other lock files",
    "settings": "other settings",
    "state": "another state to begin in",
}
"""What each digest is of, in words."""


def stale(made_with: Mapping[str, object], now: Mapping[str, str]) -> tuple[str, ...]:
    """Say what has changed since a result was made; what was not noted then has changed."""
    return tuple(WORDS[name] for name in WORDS if name in now and made_with.get(name) != now[name])
