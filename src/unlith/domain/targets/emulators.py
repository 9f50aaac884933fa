"""How gateways choose, from their documentation: what the proof holds compiled entries against.

Where the documentation is silent an emulator gives every owner that some reading of it would
choose; what is compiled must be right under each.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import unquote

from unlith.domain.targets.compiled import MONOLITH, Entry, RuleEntry
from unlith.domain.targets.shapes import Key

ANY = "ANY"


class TemplateGateway:
    """An HTTP API with ``$default``, or a REST API with ``ANY /`` and ``ANY /{proxy+}``.

    1. "API Gateway selects the route with the most-specific match": a full match of route and
       method, then a greedy path variable, then ``$default`` [1].
    2. "The ANY method matches all methods that you haven't defined for a resource" [1].
    3. "A greedy path variable catches all child resources of a route" and stands at the end [1].
    4. A method that a REST resource does not declare falls through to ``/{proxy+}`` [2].
    5. A variable takes a segment that is not empty [3]. REST APIs pass over a slash at the
       end [4]; for HTTP APIs there are reports of both [4][5]: both are read.
    6. Nothing says whether an encoded slash parts segments, or doubled slashes are one: both are
       read. Encoded letters are the letters (RFC 3986, 6.2.2.2).

    [1] https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
    [2] https://github.com/ministackorg/ministack/issues/1423
    [3] https://github.com/aws/chalice/pull/588
    [4] https://github.com/aws-powertools/powertools-lambda-python/issues/1552
    [5] https://github.com/storacha/w3infra/pull/166 ; all read 2026-11-26.
    """

    def __init__(self, entries: Iterable[Entry], *, hides_slashes: bool = True) -> None:
        self._root = _Node()
        self._hides = hides_slashes
        for entry in entries:
            node = self._root
            for segment in entry.key.segments:
                node = node.below.setdefault(segment, _Node())
            held = node.greedy if entry.key.is_greedy else node.full
            held[entry.method] = entry

    def owners(self, method: str, path: str) -> frozenset[str]:
        """Give everyone who might get a request; *path* is as the client sent it."""
        found: set[str] = set()
        for segments in self.readings(path):
            found |= self._chosen(method, segments)
        return frozenset(found)

    def readings(self, path: str) -> set[tuple[str, ...]]:
        """Give the ways in which a path's segments may be read."""
        path = path if path.startswith("/") else "/" + path
        found = set()
        texts = [unquote(path).split("/")]
        if self._hides and "%2" in path:
            texts.append([unquote(part) for part in path.split("/")])
        for text in texts:
            segments = tuple(text[1:])
            found.add(segments)
            if "" in segments:
                found.add(tuple(part for part in segments if part))
                found.add(_bare(segments))
                found.add(_bare(tuple(p for n, p in enumerate(segments) if p or n == 0)))
        return found

    # Private

    def _chosen(self, method: str, segments: tuple[str, ...]) -> set[str]:
        full = [e for n in self._full(segments) if (e := _entry(n.full, method))]
        if full:
            return {entry.owner for entry in _most_specific(full)}
        greedy = [e for n in self._greedy(segments) if (e := _entry(n.greedy, method))]
        if greedy:
            return {entry.owner for entry in _most_specific(greedy)}
        return {MONOLITH}

    def _full(self, segments: tuple[str, ...]) -> Iterator[_Node]:
        nodes = [self._root]
        for part in segments:
            nodes = [n for node in nodes for n in node.under(part)]
        yield from nodes

    def _greedy(self, segments: tuple[str, ...]) -> Iterator[_Node]:
        nodes = [self._root]
        for part in segments:
            # What is left may be empty (a slash at the end): not documented, so it is read.
            yield from nodes
            nodes = [n for node in nodes for n in node.under(part)]


class Balancer:
    """A listener of an Application Load Balancer.

    1. "Rules are evaluated in priority order, from the lowest value to the highest value. The
       default rule is evaluated last" [1].
    2. A condition is satisfied if one of its values matches; all conditions must be [2].
    3. Methods and paths are compared case-sensitively, the path without the query [2].
    4. "The rule evaluation is performed only after URI normalization occurs" [2]; what it
       normalises is not said: paths as sent and with unreserved characters decoded (RFC 3986,
       6.2.2.2) are both read.

    [1] https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-rules.html
    [2] https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html
    """

    def __init__(self, rules: Iterable[RuleEntry]) -> None:
        self._rules = [
            (frozenset(rule.methods), [re.compile(p) for p in rule.patterns], rule.owner)
            for rule in rules
        ]

    def owners(self, method: str, path: str) -> frozenset[str]:
        """Give everyone who might get a request; *path* is as the client sent it."""
        return frozenset(
            self._owner(method, one) for one in {path, _UNRESERVED.sub(_letter, path)}
        )

    # Private

    def _owner(self, method: str, path: str) -> str:
        for methods, patterns, owner in self._rules:
            if method in methods and any(pattern.search(path) for pattern in patterns):
                return owner
        return MONOLITH


# Private

_UNRESERVED = re.compile("%(?:2[dDeE]|3[0-9]|[46][1-9a-fA-F]|[57][0-9aA]|5[fF]|7[eE])")


def _letter(found: re.Match[str]) -> str:
    return chr(int(found[0][1:], 16))


class _Node:
    __slots__ = ("below", "full", "greedy")

    def __init__(self) -> None:
        self.below: dict[str | None, _Node] = {}
        self.full: dict[str, Entry] = {}
        self.greedy: dict[str, Entry] = {}

    def under(self, part: str) -> Iterator[_Node]:
        if part in self.below:
            yield self.below[part]
        if part and None in self.below:
            yield self.below[None]


def _entry(held: dict[str, Entry], method: str) -> Entry | None:
    return held.get(method) or held.get(ANY)


def _bare(segments: tuple[str, ...]) -> tuple[str, ...]:
    return segments[:-1] if segments[-1:] == ("",) else segments


def _most_specific(entries: list[Entry]) -> list[Entry]:
    # Which of two is more specific is clear only where one's paths are all the other's too.
    return [
        entry
        for entry in entries
        if not any(_is_narrower(other.key, entry.key) for other in entries)
    ]


def _is_narrower(one: Key, other: Key) -> bool:
    return one != other and other.covers(one) and not one.covers(other)
