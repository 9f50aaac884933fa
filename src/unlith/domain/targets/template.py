"""Compiles a routing table into routes of an HTTP API or resources of a REST API.

Both match by method and by fixed segments, ``{variables}`` and one greedy ``{proxy+}`` at the
end; the more specific key wins. A function's key is emitted only if every rule it reaches is that
function's, or has a more specific key of its own back to its owner. What documentation leaves open
(a slash at the end, doubled slashes, whether an encoded slash parts segments) is read every way.

Sources, read 2026-11-26:
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html ;
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
("Path parameters must be separate path segments"); of variables beside each other at one place
REST APIs say "A sibling of this resource already has a variable path part -- only one is allowed".
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from unlith.domain.route import Route
from unlith.domain.targets.compiled import MONOLITH, Compiled, Entry, Kept, Owners, Why
from unlith.domain.targets.examples import example_for
from unlith.domain.targets.limits import HTTP_ROUTES, REST_RESOURCES
from unlith.domain.targets.shapes import Key, Shape, may_reach

# "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable": the words of
# CreateResource, https://github.com/aws/chalice/issues/65 and later; kept for both kinds.
_PLAIN = re.compile(r"[A-Za-z0-9._:-]+\Z")
_ALL = Key((), True)


def compile_http_api(owners: Owners, *, trusts_slashes: bool = False) -> Compiled:
    """Give the routes of an HTTP API; ``$default`` is the monolith's.

    With *trusts_slashes* nobody is taken to send encoded slashes: more routes move to the
    gateway, and a request with ``%2F`` may then get 421 from a function.
    """
    return _Template(owners, "http-api", trusts_slashes).compiled()


def compile_rest_api(owners: Owners, *, trusts_slashes: bool = False) -> Compiled:
    """Give the methods of a REST API; ``/{proxy+}`` and ``/`` are the monolith's."""
    return _Template(owners, "rest-api", trusts_slashes).compiled()


def key_of(shape: Shape) -> Key:
    """Give the narrowest key that takes every path of a shape."""
    said = tuple(s if isinstance(s, str) and _PLAIN.match(s) else None for s in shape.segments)
    return Key(said, shape.tail is not None)


def text_of(key: Key) -> str:
    """Give a key as a gateway's path; variables are named by their place, as siblings must be."""
    named = [s if s is not None else f"{{p{n}}}" for n, s in enumerate(key.segments)]
    if key.is_greedy:
        named.append("{rest+}")
    return "/" + "/".join(named)


# Private

Asked = tuple[str, Key]
_Mine = tuple[str, Key, str]


@dataclass
class _Found:
    """What one key needs to be sound: the keys carved out of it, or what stands against it."""

    carves: list[Key] = field(default_factory=list)
    why: Why | None = None
    other: int = -1


class _Template:
    def __init__(self, owners: Owners, target: str, trusts_slashes: bool) -> None:
        self._owners, self._target = owners, target
        self._spans = not trusts_slashes
        self._limit = HTTP_ROUTES if target == "http-api" else REST_RESOURCES
        self._found: dict[tuple[str, Key, str], _Found] = {}
        self._keys = {n: key_of(owners.shapes[n]) for n in owners.live}
        self._refused: dict[tuple[str, Key, str], Why] = {}

    def compiled(self) -> Compiled:
        """Compile, and give up keys until the limits are kept."""
        while True:
            entries, kept, reached = self._once()
            used = self._used(entries)
            why = Why.SIBLING if used <= self._limit else Why.LIMIT
            over = self._beside(entries) if why is Why.SIBLING else self._least_dear(entries)
            if not over:
                break
            self._refused |= dict.fromkeys(over, why)
        submaps = {
            owner: self._owners.submap(keys, mine) for owner, (keys, mine) in reached.items()
        }
        return Compiled(self._target, tuple(entries), (), tuple(kept), submaps, used, self._limit)

    # Private

    def _once(
        self,
    ) -> tuple[list[Entry], list[Kept], dict[str, tuple[list[Key], list[int]]]]:
        emitted: dict[Asked, str] = {}
        kept: list[Kept] = []
        carves: list[Asked] = []
        reached: dict[str, tuple[list[Key], list[int]]] = {}
        twins = self._owners.twins()
        for method, index, owner in self._owners.wanted():
            key = self._keys[index]
            rule = self._owners.rules[index]
            found = self._sound(method, key, owner)
            why = self._refused.get((method, key, owner)) or found.why
            why = Why.AMBIGUOUS if rule.rule in twins else why
            if why is not None:
                kept.append(self._kept(method, index, owner, why, found))
                continue
            emitted[method, key] = owner
            carves += [(method, carve) for carve in found.carves]
            keys, mine = reached.setdefault(owner, ([], []))
            keys.append(key)
            mine.append(index)
        for asked in carves:
            emitted.setdefault(asked, MONOLITH)
        entries = [Entry(method, key, owner) for (method, key), owner in emitted.items()]
        return sorted(entries, key=_place), kept, reached

    def _sound(self, method: str, key: Key, owner: str) -> _Found:
        asked = (method, key, owner)
        if asked not in self._found:
            self._found[asked] = self._checked(method, key, owner)
        return self._found[asked]

    def _checked(self, method: str, key: Key, owner: str) -> _Found:
        found = _Found()
        is_rooted = key != Key(()) and key.segments[:1] in ((), (None,))
        if self._target == "rest-api" and is_rooted:
            # The monolith's {proxy+} stands there; "/" is a resource of its own.
            return _Found(why=Why.SIBLING)
        for other in self._owners.foreign(method, owner, key):
            shape = self._owners.shapes[other]
            if not may_reach(key, shape, spans=self._spans):
                continue
            narrow = self._keys[other]
            why = self._cannot_carve(key, narrow, shape)
            if why is not None:
                return _Found(why=why, other=other)
            found.carves.append(narrow)
        return found

    def _cannot_carve(self, key: Key, narrow: Key, shape: Shape) -> Why | None:
        if narrow == key:
            return Why.SAME_KEY
        if not key.covers(narrow) or narrow.covers(key):
            is_apart = not may_reach(key, shape, spans=False)
            return Why.ENCODED_SLASH if is_apart else Why.REACHES
        if self._spans and not _is_whole(key, narrow, shape):
            return Why.ENCODED_SLASH
        return None

    def _kept(self, method: str, index: int, owner: str, why: Why, found: _Found) -> Kept:
        rule = self._owners.rules[index]
        other = self._owners.rules[found.other] if found.other >= 0 and why is found.why else None
        example = ""
        if other is not None:
            is_hidden = why is Why.ENCODED_SLASH
            example = example_for(self._keys[index], other, is_hidden=is_hidden)
        return Kept(owner, Route(method, rule.rule), why, other.rule if other else "", example)

    def _used(self, entries: list[Entry]) -> int:
        if self._target == "http-api":
            return len(entries) + 1
        return len(_resources(entries))

    def _beside(self, entries: list[Entry]) -> list[_Mine]:
        """Give a function's key that must go because of a sibling, if there is one."""
        if self._target != "rest-api":
            return []
        variables = {e.key.segments[:n] for e in entries
                     for n, s in enumerate(e.key.segments) if s is None}  # fmt: skip
        for entry in entries:
            if entry.key.is_greedy and entry.key.segments in variables:
                return self._behind(entry, entries)
        return []

    def _behind(self, entry: Entry, entries: list[Entry]) -> list[_Mine]:
        # The function's key itself, or one from which this key had to be carved out.
        if entry.owner:
            return [(entry.method, entry.key, entry.owner)]
        found = []
        for other in entries:
            if other.owner and other.method == entry.method:
                mine = (other.method, other.key, other.owner)
                if entry.key in self._found[mine].carves:
                    found.append(mine)
        return found

    def _least_dear(self, entries: list[Entry]) -> list[_Mine]:
        # HEAD first, then half of what the function that asks for most has: the fewest are hurt.
        owned = [(e.method, e.key, e.owner) for e in entries if e.owner]
        heads = [mine for mine in owned if mine[0] == "HEAD"]
        if heads or not owned:
            return heads
        most = Counter(owner for _, _, owner in owned).most_common(1)[0][0]
        mine = [one for one in owned if one[2] == most]
        return mine[len(mine) // 2 :]


def _is_whole(key: Key, narrow: Key, shape: Shape) -> bool:
    # No slash of such a path can be hidden inside one of the key's variables.
    if shape.tail is not None or shape.takes_slash:
        return False
    return len(narrow.segments) == len(key.segments) + key.is_greedy


def _place(entry: Entry) -> tuple[str, str, str]:
    return text_of(entry.key), entry.method, entry.owner


def _resources(entries: list[Entry]) -> set[str]:
    nodes = {"/", text_of(_ALL)}
    for entry in entries:
        key = entry.key
        for length in range(1, len(key.segments) + 1):
            nodes.add(text_of(Key(key.segments[:length])))
        nodes.add(text_of(key))
    return nodes
