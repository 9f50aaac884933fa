"""Writes Python source from values, in the form that formatters leave alone.

No text of the user becomes code here: names are checked to be names, all else is a literal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

_FITS = 79
"""A one-line collection is at most this wide; longer ones get a line an item."""


@dataclass(frozen=True, slots=True)
class Name:
    """A dotted name, checked."""

    text: str

    def __post_init__(self) -> None:
        """Refuse what is not a dotted name."""
        if not all(part.isidentifier() for part in self.text.split(".")):
            raise ValueError(f"not a name: {self.text!r}")


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a name; its arguments get a line each."""

    function: Name
    arguments: tuple[object, ...] = ()
    options: Mapping[str, object] = field(default_factory=dict)


def literal(text: str) -> str:
    """Give a string literal in the quotes that formatters prefer."""
    shown = repr(text)
    if shown.startswith("'") and '"' not in text:
        return f'"{shown[1:-1]}"'
    return shown


def render(value: object, indent: str = "") -> str:
    """Give source for a value; lines after the first start with *indent*."""
    if isinstance(value, Name):
        return value.text
    if isinstance(value, str):
        return literal(value)
    if isinstance(value, Call):
        parts = [render(item, indent + "    ") for item in value.arguments]
        for key, item in value.options.items():
            parts.append(f"{Name(key).text}={render(item, indent + '    ')}")
        return _lines(f"{value.function.text}(", parts, ")", indent)
    if isinstance(value, Mapping):
        pairs = [f"{render(key)}: {render(item, indent + '    ')}" for key, item in value.items()]
        return _lines("{", pairs, "}", indent)
    if isinstance(value, Sequence):
        return _sequence(value, indent)
    return repr(value)


# Private


def _sequence(value: Sequence[object], indent: str) -> str:
    start, end = ("(", ")") if isinstance(value, tuple) else ("[", "]")
    parts = [render(item, indent + "    ") for item in value]
    single = "," if isinstance(value, tuple) and len(value) == 1 else ""
    line = start + ", ".join(parts) + single + end
    if "\n" not in line and len(indent) + len(line) <= _FITS - 20:
        return line
    return _lines(start, parts, end, indent)


def _lines(start: str, parts: Sequence[str], end: str, indent: str) -> str:
    if not parts:
        return start + end
    inner = "".join(f"{indent}    {part},\n" for part in parts)
    return f"{start}\n{inner}{indent}{end}"
