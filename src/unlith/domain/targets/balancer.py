"""Compiles a routing table into listener rules of an Application Load Balancer.

A rule's regular expression takes only what the Flask rule takes, of characters that are not
percent-encoded; everything else falls through to the monolith. Rules that Flask would try before a
function's rule come before it, as Flask orders them, and lead to their owners.

Sources, read 2026-11-26: rules are tried by priority, one path condition a rule, regular
expressions without look-around and back references:
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-rules.html ; at most
three match evaluations a condition and five a rule, paths are case-sensitive and compared without
the query:
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html .
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote

from unlith.domain.route import Route
from unlith.domain.survey import Converter, SurveyedRule
from unlith.domain.targets.compiled import MONOLITH, Compiled, Kept, Owners, RuleEntry, Why
from unlith.domain.targets.limits import (
    ALB_PATTERN,
    ALB_RULES,
    ALB_VALUES_PER_CONDITION,
    ALB_VALUES_PER_RULE,
)
from unlith.domain.targets.parts import TOKEN, built_in
from unlith.domain.targets.router import Router
from unlith.domain.targets.shapes import Shape, may_share
from unlith.domain.targets.urls import SAFE, paths_of


def compile_balancer(owners: Owners) -> Compiled:
    """Give the listener rules; the listener's default action is the monolith."""
    dropped: set[tuple[str, int]] = set()
    while True:
        made = _Balancer(owners, dropped)
        rules = made.packed()
        if len(rules) <= ALB_RULES or not made.most_costly():
            break
        dropped |= made.most_costly()
    submaps = {
        owner: owners.submap([_exact(owners, n) for n in mine], mine)
        for owner, mine in made.reached().items()
    }
    return Compiled("alb", (), tuple(rules), tuple(made.kept), submaps, len(rules), ALB_RULES)


# Private

_CLASSES = {
    "int": "[0-9]+",
    "float": r"[0-9]+\.[0-9]+",
    "path": "[^/%][^%]*",
    "uuid": "[A-Fa-f0-9]{8}-([A-Fa-f0-9]{4}-){3}[A-Fa-f0-9]{12}",
}


@dataclass(frozen=True, slots=True)
class _Line:
    methods: tuple[str, ...]
    pattern: str
    owner: str
    index: int


class _Balancer:
    """The lines in Flask's order, before they are packed into rules."""

    def __init__(self, owners: Owners, dropped: set[tuple[str, int]]) -> None:
        self._owners = owners
        self.kept: list[Kept] = []
        self._found: dict[tuple[str, int], list[int]] = {}
        order = Router(owners.rules).order()
        self._rank = {n: order[id(owners.rules[n])] for n in owners.live}
        self._mine: dict[int, dict[str, list[str]]] = {}
        twins = owners.twins()
        for method, index, owner in owners.wanted():
            why = self._against(method, index, owner, twins, dropped)
            if why is None:
                self._mine.setdefault(index, {}).setdefault(owner, []).append(method)
            else:
                self._keep(method, index, owner, *why)

    def _against(
        self, method: str, index: int, owner: str, twins: set[str], dropped: set[tuple[str, int]]
    ) -> tuple[Why, int] | None:
        rule = self._owners.rules[index]
        if rule.rule in twins:
            return Why.AMBIGUOUS, -1
        if (method, index) in dropped:
            return Why.LIMIT, -1
        if exact_pattern(rule) is None or rule.host or rule.subdomain:
            return Why.INEXPRESSIBLE, -1
        for other in self._before(method, index, owner):
            carve = wide_pattern(self._owners.rules[other])
            if carve is None:
                return Why.INEXPRESSIBLE, other
        return None

    def _before(self, method: str, index: int, owner: str) -> list[int]:
        if (method, index) not in self._found:
            exact = _exact(self._owners, index)
            self._found[method, index] = [
                n
                for n in self._owners.foreign(method, owner, exact)
                if self._rank[n] < self._rank[index] and may_share(exact, self._owners.shapes[n])
            ]
        return self._found[method, index]

    def lines(self) -> list[_Line]:
        """Give what each rule needs, in the order in which Flask tries rules."""
        found: dict[tuple[int, str, str], list[str]] = {}
        for index, by_owner in self._mine.items():
            pattern = exact_pattern(self._owners.rules[index]) or ""
            for owner, methods in by_owner.items():
                found[index, owner, pattern] = methods
                for method in methods:
                    for other in self._before(method, index, owner):
                        # After the other's own line: what that does not say stays in process.
                        wide = wide_pattern(self._owners.rules[other]) or ""
                        back = found.setdefault((other, MONOLITH, wide), [])
                        if method not in back:
                            back.append(method)
        keys = sorted(found, key=lambda k: (self._rank[k[0]], k[1] == MONOLITH, k[2]))
        return [
            _Line(tuple(part), key[2], key[1], key[0])
            for key in keys
            for part in _chunks(sorted(found[key]), ALB_VALUES_PER_CONDITION)
        ]

    def packed(self) -> list[RuleEntry]:
        """Give the rules: lines of one owner and the same methods share one where they may."""
        rules: list[tuple[RuleEntry, list[_Line]]] = []
        for line in self.lines():
            self._place(rules, line)
        return [entry for entry, _ in rules]

    def _place(self, rules: list[tuple[RuleEntry, list[_Line]]], line: _Line) -> None:
        for place in range(len(rules) - 1, -1, -1):
            entry, lines = rules[place]
            if (entry.owner, entry.methods) == (line.owner, line.methods):
                room = min(ALB_VALUES_PER_CONDITION, ALB_VALUES_PER_RULE - len(line.methods))
                joined = _joined(entry.patterns, line.pattern, room)
                if joined is not None:
                    new = RuleEntry(entry.methods, joined, entry.owner)
                    rules[place] = (new, [*lines, line])
                    return
            if entry.owner != line.owner and self._meets(lines, line):
                break
        rules.append((RuleEntry(line.methods, (f"^{line.pattern}$",), line.owner), [line]))

    def _meets(self, lines: Iterable[_Line], line: _Line) -> bool:
        shapes = self._owners.shapes
        return any(
            set(one.methods) & set(line.methods)
            and may_share(shapes[one.index], shapes[line.index])
            for one in lines
        )

    def most_costly(self) -> set[tuple[str, int]]:
        """Give the methods and rules of the function that needs most lines, HEAD's first."""
        heads = {(m, n) for n, by in self._mine.items() for ms in by.values()
                 for m in ms if m == "HEAD" and len(ms) > ALB_VALUES_PER_CONDITION}  # fmt: skip
        counts = Counter(line.owner for line in self.lines() if line.owner)
        if heads or not counts:
            return heads
        most = counts.most_common(1)[0][0]
        owned = [n for n, by in self._mine.items() if most in by]
        half = owned[len(owned) // 2 :]
        return {(m, n) for n in half for m in self._mine[n][most]}

    def reached(self) -> dict[str, list[int]]:
        """Give the rules each function gets something of."""
        found: dict[str, list[int]] = {}
        for index, by_owner in self._mine.items():
            for owner in by_owner:
                found.setdefault(owner, []).append(index)
        return found

    def _keep(self, method: str, index: int, owner: str, why: Why, other: int) -> None:
        rules = self._owners.rules
        against = rules[other] if other >= 0 else None
        example = next(iter(paths_of(against)), "") if against else ""
        self.kept.append(
            Kept(owner, Route(method, rules[index].rule), why, against.rule if against else "",
                 example)
        )  # fmt: skip


def exact_pattern(rule: SurveyedRule) -> str | None:
    """Give an expression that takes only unencoded paths of a rule, or None."""
    return _pattern(rule, is_exact=True)


def wide_pattern(rule: SurveyedRule) -> str | None:
    """Give an expression that takes every unencoded path of a rule, or None if it is too long."""
    return _pattern(rule, is_exact=False)


def _pattern(rule: SurveyedRule, *, is_exact: bool) -> str | None:
    converters = {converter.variable: converter for converter in rule.converters}
    text = re.sub("/{2,}", "/", rule.rule) if rule.merge_slashes else rule.rule
    out = ""
    for found in TOKEN.finditer(text):
        if found["variable"] is None:
            out += _escaped(quote(found[0], safe=SAFE + "/"))
            continue
        converter = converters.get(found["variable"])
        said = _class(converter, is_exact) if converter else None
        if said is None:
            return None
        out += said
    if not is_exact:
        out = out.removesuffix("/") + "/?"
    return out if len(out) + 2 <= ALB_PATTERN else None


def _class(converter: Converter, is_exact: bool) -> str | None:
    name = built_in(converter)
    if name == "string":
        return (
            "[^/%]+"
            if converter.regex == "[^/]{1,}" or not is_exact
            else (converter.regex.replace("[^/]", "[^/%]"))
        )
    if name == "any":
        inner = converter.regex.removeprefix("(?:").removesuffix(")")
        items = [re.sub(r"\\(.)", r"\1", item) for item in inner.split("|")]
        if any("|" in item or "/" in item for item in items):
            return None if is_exact else "[^%]*"
        return "(" + "|".join(_escaped(quote(item, safe=SAFE)) for item in items) + ")"
    if name in _CLASSES:
        is_signed = converter.regex.startswith("-?")
        return ("-?" if is_signed else "") + _CLASSES[name]
    if is_exact:
        return None
    return "[^/%]*" if converter.part_isolating else "[^%]*"


def _escaped(text: str) -> str:
    return re.sub(r"([.^$*+?()\[\]{}|\\])", r"\\\1", text)


def _exact(owners: Owners, index: int) -> Shape:
    rule, shape = owners.rules[index], owners.shapes[index]
    is_branch = rule.rule.endswith("/")
    return Shape(shape.segments, shape.tail, not is_branch, is_branch)


def _joined(patterns: tuple[str, ...], pattern: str, room: int) -> tuple[str, ...] | None:
    last = patterns[-1].removeprefix("^").removesuffix("$")
    inner = last.removeprefix("(").removesuffix(")") if last.startswith("(/") else last
    both = f"^({inner}|{pattern})$"
    if len(both) <= ALB_PATTERN:
        return (*patterns[:-1], both)
    return (*patterns, f"^{pattern}$") if len(patterns) < room else None


def _chunks(items: list[str], size: int) -> list[list[str]]:
    return [items[n : n + size] for n in range(0, len(items), size)]
