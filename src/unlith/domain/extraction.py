"""What extraction gives: a function's files, what they came from, or the reasons against it.

Plain values and the scheme for names. Nothing here reads or writes files.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from unlith.domain.route import Route

_SEGMENT = re.compile(r"<(?:[^<>:]*(?:\([^<>]*\))?:)?([A-Za-z_]\w*)>")
_PREFIX = re.compile(r"api|v\d+")


@dataclass(frozen=True, slots=True, order=True)
class Blocker:
    """Why a route cannot be extracted as it is, where, and the smallest change that helps."""

    file: str
    line: int
    reason: str
    change: str = ""

    def __str__(self) -> str:
        """Say the place first, as compilers do."""
        place = f"{self.file}:{self.line}: " if self.line else f"{self.file}: " * bool(self.file)
        return f"{place}{self.reason}" + (f" ({self.change})" if self.change else "")


@dataclass(frozen=True, slots=True)
class Carried:
    """The files of a function, by name in its folder, and what they rest on.

    ``hooks`` names the hooks that run in it, ``omitted`` those that do not with the reason,
    ``sources`` the files that code was carried from with their digests, ``environ`` the
    environment variables that the function reads, ``warnings`` what is carried and may surprise.
    """

    files: Mapping[str, str] = field(default_factory=dict)
    environ: tuple[str, ...] = ()
    hooks: tuple[str, ...] = ()
    omitted: tuple[tuple[str, str], ...] = ()
    sources: tuple[tuple[str, str], ...] = ()
    blockers: tuple[Blocker, ...] = ()
    warnings: tuple[Blocker, ...] = ()


def function_name(route: Route, taken: Collection[str] = ()) -> str:
    """Give a function's name for a route: its words, then its method.

    A word that stands before a variable loses its plural: ``/orders/<id>`` is one order. Names
    in *taken* are told apart by the rule's variables, then by a number.

    >>> function_name(Route("GET", "/api/orders/<int:order_id>/total"))
    'order_total_get'
    >>> function_name(Route("GET", "/orders")), function_name(Route("GET", "/orders/<id>"))
    ('orders_get', 'order_get')
    """
    words, variables = _words(route.rule)
    method = _plain(route.method)
    base = "_".join([*(words or variables or ["root"]), method])
    candidates = [base]
    if words and variables:
        candidates.append("_".join([*words, "by", *variables, method]))
    candidates += [f"{base}_{number}" for number in range(2, len(taken) + 3)]
    return next(name for name in map(_identifier, candidates) if name not in taken)


def is_function_name(name: str) -> bool:
    """Say whether a name can be a function's: a lower-case ASCII identifier, no keyword."""
    return bool(re.fullmatch(r"[a-z][a-z0-9_]*", name)) and not keyword.iskeyword(name)


# Private


def _words(rule: str) -> tuple[list[str], list[str]]:
    segments = [segment for segment in rule.rpartition("|")[2].split("/") if segment]
    words, variables = [], []
    for index, segment in enumerate(segments):
        found = _SEGMENT.findall(segment)
        variables += [_plain(name) for name in found]
        word = _plain(_SEGMENT.sub(" ", segment))
        before_variable = index + 1 < len(segments) and _SEGMENT.match(segments[index + 1])
        words += [_singular(word) if before_variable else word] if word else []
    while len(words) > 1 and _PREFIX.fullmatch(words[0]):
        words.pop(0)
    return words, [name for name in variables if name]


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    return word[:-1] if re.fullmatch(r".+[^suia]s", word) else word


def _identifier(name: str) -> str:
    name = name[:60].strip("_")
    return name if name[:1].isalpha() and not keyword.iskeyword(name) else f"f_{name}"
