"""Rules cut into the parts that Werkzeug's matcher walks over, with their weights.

Source: werkzeug.routing.rules of Werkzeug 3.1 (BSD-3-Clause), ``Rule._parse_rule`` and
``Rule.compile``, read 2026-11-26 at
https://github.com/pallets/werkzeug/blob/3.1.x/src/werkzeug/routing/rules.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from unlith.domain.survey import Converter, SurveyedRule
from unlith_edges.converters import CONVERTERS, made

TOKEN = re.compile(
    r"(?P<slash>/)|(?P<static>[^</]+)"
    r"|<(?:(?P<converter>[a-zA-Z_][a-zA-Z0-9_]*)(?:\((?P<arguments>.*?)\))?:)?"
    r"(?P<variable>[a-zA-Z_][a-zA-Z0-9_]*)>"
)
BUILT_IN = "werkzeug.routing.converters:"
_NAMES = {
    "UnicodeConverter": "string",
    "AnyConverter": "any",
    "PathConverter": "path",
    "IntegerConverter": "int",
    "FloatConverter": "float",
    "UUIDConverter": "uuid",
}

Weight = tuple[int, list[tuple[int, int]], int, list[int]]


@dataclass(frozen=True, slots=True)
class Part:
    """One step of a rule: fixed text, or a regular expression for a segment or all the rest."""

    content: str
    is_static: bool
    is_final: bool = False
    is_suffixed: bool = False
    weight: Weight = (0, [], 0, [])
    variables: tuple[str, ...] = ()


def parts_of(rule: SurveyedRule, *, by_host: bool) -> tuple[Part, ...]:
    """Give the parts of a rule, its host or subdomain first."""
    domain = rule.host if by_host else rule.subdomain
    path = re.sub("/{2,}", "/", rule.rule) if rule.merge_slashes else rule.rule
    converters = {converter.variable: converter for converter in rule.converters}
    first = tuple(_parsed(domain, converters)) if domain else (Part("", True),)
    return (*first, *_parsed(path, converters))


def built_in(converter: Converter) -> str:
    """Give the name Werkzeug has for a converter of its own, or an empty text."""
    module, _, name = converter.cls.partition(":")
    return _NAMES.get(name, "") if f"{module}:" == BUILT_IN else ""


def arguments_of(rule: str, variable: str) -> str:
    """Give what stands between the brackets of a variable's converter."""
    for found in TOKEN.finditer(rule):
        if found["variable"] == variable:
            return found["arguments"] or ""
    return ""


def check_of(rule: SurveyedRule, variable: str) -> Callable[[str], Any] | None:
    """Give what turns a variable's text into its value and may refuse it, or None.

    None where the regular expression says all, and for converters that are not Werkzeug's own.
    """
    converter = next((c for c in rule.converters if c.variable == variable), None)
    name = built_in(converter) if converter else ""
    if name not in ("int", "float"):
        return None
    to_python: Callable[[str], Any] = made(
        CONVERTERS[name], arguments_of(rule.rule, variable)
    ).to_python
    return to_python


def is_known(rule: SurveyedRule) -> bool:
    """Say whether all converters of a rule are Werkzeug's own."""
    return all(built_in(converter) for converter in rule.converters)


# Private


@dataclass(slots=True)
class _Open:
    """The part that is being read."""

    content: str = ""
    is_static: bool = True
    is_final: bool = False
    variables: tuple[str, ...] = ()
    static: tuple[tuple[int, int], ...] = ()
    weights: tuple[int, ...] = ()

    def add_text(self, text: str) -> None:
        self.static = (*self.static, (len(self.static), -len(text)))
        self.content += text if self.is_static else re.escape(text)

    def add_variable(self, name: str, converter: Converter) -> None:
        if self.is_static:
            self.content = re.escape(self.content)
        self.is_static = False
        self.is_final = self.is_final or not converter.part_isolating
        self.content += f"(?P<__werkzeug_{len(self.variables)}>{converter.regex})"
        self.variables = (*self.variables, name)
        self.weights = (*self.weights, converter.weight)

    def weight(self) -> Weight:
        return (-len(self.static), list(self.static), -len(self.weights), list(self.weights))

    def part(self, *, is_last: bool) -> Part:
        content = self.content
        is_suffixed = is_last and self.is_final and content.endswith("/")
        if is_suffixed:
            content = content[:-1] + "(?<!/)(/?)"
        if not self.is_static:
            content += r"\Z"
        is_final = is_last and self.is_final
        return Part(content, self.is_static, is_final, is_suffixed, self.weight(), self.variables)


def _parsed(text: str, converters: dict[str, Converter]) -> Iterator[Part]:
    now = _Open()
    for found in TOKEN.finditer(text):
        if found["static"] is not None:
            now.add_text(found["static"])
        elif found["variable"] is not None:
            name = found["variable"]
            now.add_variable(name, converters.get(name) or Converter(name, "default", "", "[^/]+"))
        elif now.is_final:
            now.content += "/"
        else:
            yield now.part(is_last=False)
            now = _Open()
    last = now.part(is_last=True)
    yield last
    if last.is_suffixed:
        yield Part("", True, weight=last.weight)
