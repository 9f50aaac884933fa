"""One named disagreement between two observations, fit to be shown: short, without secrets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from unlith.domain.observed import Blob, Text
from unlith.domain.redaction import is_secret_name, redacted

SHOWN = 160
"""How many characters of a value a difference shows."""

NOTHING = object()
"""Stands for a value that one side does not have."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One named disagreement: where, of which kind, and both values, short and redacted.

    ``kind`` is ``value``, ``type``, ``missing``, ``extra``, ``length``, ``order``,
    ``key-order``, ``bytes``, ``form`` (noise that lost its form), ``constant`` (what
    varies on the control stands still), ``lost-`` or ``extra-`` followed by
    ``write``, ``call``, ``mail``, ``request`` or ``log``.
    """

    path: str
    kind: str
    control: str
    candidate: str


def difference(path: str, kind: str, control: object, candidate: object) -> Difference:
    """Give a difference whose values are short and without secrets."""
    return Difference(path, kind, _shown(path, control), _shown(path, candidate))


def text_difference(path: str, kind: str, control: str, candidate: str) -> Difference:
    """Give the difference of two texts, showing what is around the first offset."""
    offset = _first_difference(control, candidate)
    start = max(0, offset - 40)

    def around(text: str) -> str:
        shown = redacted(repr(text[start : offset + 60]))
        return f"{shown} at offset {offset} of {len(text)}"

    return Difference(path, kind, around(control), around(candidate))


def blob_difference(path: str, control: bytes, candidate: bytes) -> Difference:
    """Give the difference of two byte strings, showing the first bytes that differ."""
    offset = _first_difference(control, candidate)

    def around(data: bytes) -> str:
        return f"{data[offset : offset + 16].hex(' ')} at offset {offset} of {len(data)} bytes"

    return Difference(path, "bytes", around(control), around(candidate))


# Private


def _shown(path: str, value: object) -> str:
    if value is NOTHING:
        return "(nothing)"
    if isinstance(value, Text | Blob):
        value = value.value
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    name = path.rpartition("/")[2]
    if not path.startswith("cookies") and not path.startswith("effects/"):
        name = name if is_secret_name(name) else ""
    return redacted(_short(_masked(value)), name if is_secret_name(name) else "")


def _masked(value: object) -> object:
    if isinstance(value, Mapping):
        return {k: "…" if is_secret_name(str(k)) else _masked(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(element) for element in value]
    return value


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}… ({len(text)} characters)"


def _first_difference(one: Sequence[object], other: Sequence[object]) -> int:
    shorter = min(len(one), len(other))
    return next((i for i in range(shorter) if one[i] != other[i]), shorter)
