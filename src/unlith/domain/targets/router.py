"""Says which rule Flask would choose, without Flask: the in-process router and the proof's twin.

Werkzeug's state machine, compiled once: fixed text is looked up in a dictionary, a variable is one
call, and nothing is made for a request but the list of its segments. The cost of a decision does
not grow with the number of rules. Where only the app itself can say (a converter of its own, a
rule that redirects by itself, defaults that may redirect) the outcome is ``ask``.

Source: werkzeug.routing.matcher and map of Werkzeug 3.1 (BSD-3-Clause), read 2026-11-26 at
https://github.com/pallets/werkzeug/tree/3.1.x/src/werkzeug/routing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from unlith.domain.survey import SurveyedRule
from unlith.domain.targets.parts import Part, check_of, is_known, parts_of
from unlith_edges.converters import ValidationError


class Ends(StrEnum):
    """How matching a request ends."""

    MATCH = "match"
    NOT_FOUND = "404"
    METHOD = "405"
    WEBSOCKET = "400"
    REDIRECT = "redirect"
    ASK = "ask"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How matching ends: by which rule, with which methods allowed, or at which path instead.

    ``path`` is decoded. With ``ask`` the rule is the one that Flask must be asked about.
    """

    ends: Ends
    rule: SurveyedRule | None = None
    allowed: frozenset[str] = frozenset()
    path: str = ""


class Router:
    """The rules of one app, in the order in which Flask holds them.

    *merges* is the map's own ``merge_slashes``, *by_host* its ``host_matching``.
    """

    def __init__(
        self, rules: Iterable[SurveyedRule], *, by_host: bool = False, merges: bool = True
    ) -> None:
        self._root = _State()
        kept = [rule for rule in rules if not rule.build_only]
        by_endpoint: dict[str, list[SurveyedRule]] = {}
        for rule in kept:
            by_endpoint.setdefault(rule.endpoint, []).append(rule)
        self._merges = merges
        for rule in kept:
            _add(
                self._root,
                _Leaf(rule, by_endpoint[rule.endpoint]),
                parts_of(rule, by_host=by_host),
            )
        _compile(self._root)

    def find(self, path: str, method: str, domain: str = "") -> Outcome:
        """Say how Flask matches a decoded path; *domain* is the subdomain, or the host."""
        path = "/" + path.lstrip("/") if path else ""
        allowed: set[str] = set()
        found = _walk(self._root, [domain, *path.split("/")], 0, (), (method, allowed))
        if found is None and self._merges and "//" in path:
            merged = _SLASHES.sub("/", path)
            found = _walk(self._root, [domain, *merged.split("/")], 0, (), (method, allowed))
            if found is _SLASH:
                return Outcome(Ends.REDIRECT, path=f"{merged}/")
            if found is not None and found[0].rule.merge_slashes:
                return Outcome(Ends.REDIRECT, path=merged)
            found = None
        if found is None:
            return _missed(allowed)
        if found is _SLASH:
            return Outcome(Ends.REDIRECT, path=f"{path}/")
        leaf: _Leaf = found[0]
        if leaf.checks and leaf.refuses(found[1]):
            return _missed(allowed)
        return leaf.outcome

    def order(self) -> dict[int, int]:
        """Give the place of each rule, by its ``id``, in the order in which they are tried."""
        found: dict[int, int] = {}
        waiting = [self._root]
        while waiting:
            state = waiting.pop()
            for leaf in state.leaves:
                found[id(leaf.rule)] = len(found)
            waiting += [edge.state for edge in reversed(state.edges)]
            waiting += reversed(state.static.values())
        return found


# Private

_SLASHES = re.compile("/{2,}")
_NOTHING = Outcome(Ends.NOT_FOUND)
_MISMATCH = Outcome(Ends.WEBSOCKET)
_WEBSOCKET = "\0websocket"


class _Leaf:
    """A rule where it ends."""

    __slots__ = ("checks", "is_http", "is_strict", "methods", "outcome", "rule")

    def __init__(self, rule: SurveyedRule, siblings: list[SurveyedRule]) -> None:
        self.rule = rule
        self.methods = frozenset(rule.methods) or None
        self.is_http, self.is_strict = not rule.websocket, rule.strict_slashes
        by_itself = not is_known(rule) or _may_redirect(rule, siblings)
        self.outcome = Outcome(Ends.ASK if by_itself else Ends.MATCH, rule)
        self.checks: tuple[Callable[[str], Any] | None, ...] = ()

    def refuses(self, values: tuple[str, ...]) -> bool:
        """Say whether a converter refuses its text."""
        try:
            for check, value in zip(self.checks, values, strict=False):
                if check is not None:
                    check(value)
        except (ValidationError, ValueError):
            return True
        return False


class _State:
    __slots__ = ("dynamic", "edges", "has_checks", "leaves", "static")

    def __init__(self) -> None:
        self.static: dict[str, _State] = {}
        self.dynamic: list[tuple[Part, _State]] = []
        self.edges: tuple[_Edge, ...] = ()
        self.leaves: tuple[_Leaf, ...] = ()
        self.has_checks = False


class _Edge:
    """A variable step: how it is tested, what of it is kept, and where it leads."""

    __slots__ = ("is_final", "is_suffixed", "keeps", "match", "state")

    def __init__(self, part: Part, state: _State) -> None:
        pattern = re.compile(part.content)
        self.state, self.is_final, self.is_suffixed = state, part.is_final, part.is_suffixed
        self.match: Callable[[str], Any] = pattern.match
        self.keeps: tuple[int, ...] = ()
        if state.has_checks:
            count = len(part.variables)
            self.keeps = tuple(pattern.groupindex[f"__werkzeug_{n}"] for n in range(count))
        elif part.content == r"(?P<__werkzeug_0>[^/]{1,})\Z" and not part.is_final:
            self.match = bool
        elif part.content == r"(?P<__werkzeug_0>\d+)\Z" and not part.is_final:
            self.match = str.isdecimal


_Found = tuple[_Leaf, tuple[str, ...]]
_SLASH: Any = ("a slash is missing at the end",)


def _add(root: _State, leaf: _Leaf, parts: tuple[Part, ...]) -> None:
    state = root
    for part in parts:
        if part.is_static:
            state = state.static.setdefault(part.content, _State())
            continue
        # Variables' names do not tell steps apart; what they match and weigh does.
        following = next((s for p, s in state.dynamic if _step(p) == _step(part)), None)
        if following is None:
            following = _State()
            state.dynamic.append((part, following))
        state = following
    state.leaves = (*state.leaves, leaf)
    names = [name for part in parts for name in part.variables]
    leaf.checks = tuple(check_of(leaf.rule, name) for name in names)
    if not any(leaf.checks):
        leaf.checks = ()


def _step(part: Part) -> tuple[Any, ...]:
    return part.content, part.is_final, part.is_suffixed, part.weight


def _compile(state: _State) -> bool:
    below = [_compile(s) for s in state.static.values()]
    below += [_compile(s) for _, s in state.dynamic]
    state.has_checks = any(below) or any(leaf.checks for leaf in state.leaves)
    state.dynamic.sort(key=lambda entry: entry[0].weight)
    state.edges = tuple(_Edge(part, following) for part, following in state.dynamic)
    return state.has_checks


def _walk(state: _State, parts: list[str], index: int, values: tuple[str, ...], asked: Any) -> Any:
    count = len(parts)
    while True:
        if index == count:
            return _ended(state, values, asked)
        part = parts[index]
        following = state.static.get(part)
        is_last_slash = not part and index + 1 == count
        if following is None or state.edges or is_last_slash:
            break
        # Nothing to come back to: go on without a call.
        state, index = following, index + 1
    if following is not None:
        found = _walk(following, parts, index + 1, values, asked)
        if found is not None:
            return found
    for edge in state.edges:
        found = _through(edge, parts, index, values, asked)
        if found is not None:
            return found
    if is_last_slash:
        return _first([leaf for leaf in state.leaves if not leaf.is_strict], values, asked)
    return None


def _through(
    edge: _Edge, parts: list[str], index: int, values: tuple[str, ...], asked: Any
) -> Any:
    target = "/".join(parts[index:]) if edge.is_final else parts[index]
    match = edge.match(target)
    if not match:
        return None
    if edge.keeps:
        values += tuple(match[group] for group in edge.keeps)
    if not edge.is_final:
        return _walk(edge.state, parts, index + 1, values, asked)
    rest = [""] if edge.is_suffixed and match.groups()[-1] == "/" else []
    return _walk(edge.state, rest, 0, values, asked)


def _first(leaves: Iterable[_Leaf], values: tuple[str, ...], asked: Any) -> Any:
    method, allowed = asked
    for leaf in leaves:
        if leaf.methods is not None and method not in leaf.methods:
            allowed.update(leaf.methods)
        elif not leaf.is_http:
            allowed.add(_WEBSOCKET)
        else:
            return leaf, values
    return None


def _ended(state: _State, values: tuple[str, ...], asked: Any) -> Any:
    found = _first(state.leaves, values, asked)
    if found is not None:
        return found
    slashed = state.static.get("")
    for leaf in slashed.leaves if slashed is not None else ():
        if leaf.is_http and (leaf.methods is None or asked[0] in leaf.methods):
            return _SLASH if leaf.is_strict else (leaf, values)
    return None


def _missed(allowed: set[str]) -> Outcome:
    methods = frozenset(allowed - {_WEBSOCKET})
    if methods:
        return Outcome(Ends.METHOD, allowed=methods)
    return _MISMATCH if allowed else _NOTHING


def _may_redirect(rule: SurveyedRule, siblings: list[SurveyedRule]) -> bool:
    # Werkzeug redirects to a rule of the same endpoint whose defaults say the same.
    if rule.redirects:
        return True
    names = _arguments(rule)
    return any(
        other is not rule and other.defaults and _arguments(other) == names for other in siblings
    )


def _arguments(rule: SurveyedRule) -> set[str]:
    return {c.variable for c in rule.converters} | {name for name, _ in rule.defaults}
