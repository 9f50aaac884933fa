"""The smallest change that brings a route to level pure, for what of Flask is asked for most."""

from __future__ import annotations

STAY = "keep the route at level slim"

_FILES = (
    "an upload needs Flask's form parser: send the file as the body and read request.data, "
    "or " + STAY
)
_FLASH = (
    "messages wait in the session for a template: give the message in the answer itself, or "
    + STAY
)
_SEND = (
    "it answers conditions and ranges: keep a small file's bytes in a module and answer "
    "Response(DATA, mimetype=...), or redirect to where it is stored, or " + STAY
)
_STREAM = (
    "the adapter sends an answer whole: build it from a list and read the request before, "
    "or " + STAY
)
_BY_NAME = {
    "files": _FILES,
    "flash": _FLASH,
    "get_flashed_messages": _FLASH,
    "send_file": _SEND,
    "send_from_directory": _SEND,
    "stream_with_context": _STREAM,
}


def change_for(name: str) -> str:
    """Give the smallest change that does without a name or attribute of Flask's.

    >>> change_for("stream_with_context")[:34]
    'the adapter sends an answer whole:'
    >>> change_for("render_template")
    'keep the route at level slim'
    """
    return _BY_NAME.get(name, STAY)


def without(owner: str, attribute: str) -> tuple[str, str]:
    """Say that an attribute has no stand-in, and what to change."""
    return f"{owner}.{attribute} needs Flask", change_for(attribute)
