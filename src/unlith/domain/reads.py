"""What a route's code reads of a request and compares it with: keys and values worth sending."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reads:
    """Names that the code reads from each part of a request, and literals that it compares with.

    ``fields`` are names read from something that may be a body. ``literals`` are texts and
    numbers in the order in which they stand in the code; truth values are not among them.
    """

    query: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    cookies: tuple[str, ...] = ()
    literals: tuple[str | int | float, ...] = ()
