"""The closure of every route, from what the live app told and what its files say."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from unlith.backends.distributions import owners_of_imports
from unlith.backends.survey.at_import import bodies
from unlith.backends.survey.index import Index, Node
from unlith.backends.survey.reach import LAMBDA, Reach, Reached
from unlith.backends.survey.templates import Templates
from unlith.domain.survey import Hook, Location, Survey, SurveyedRule
from unlith.domain.survey_route import RouteClosure

_BY_TEMPLATE = frozenset({"template_filter", "template_global", "template_test"})
_RAN = "ran in a traced run, and reading does not find why"
_NAMED = frozenset({"def", "var"})
Key = tuple[str, str]
"""Endpoint and, for a class view, the method."""


@dataclass(slots=True)
class _Grown:
    reached: Reached
    templates: set[str]


class Closures:
    """Computes closures; what hooks reach is computed once and shared."""

    def __init__(self, survey: Survey, index: Index, reach: Reach, templates: Templates) -> None:
        self._survey = survey
        self._index = index
        self._reach = reach
        self._templates = templates
        self._scopes: dict[tuple[str, ...], _Grown] = {}
        self._imports: dict[str, frozenset[str]] = {}
        self._tops: dict[str, frozenset[str]] = {}
        self._named: dict[Node, frozenset[str]] = {}
        self.reached: dict[Key, Reached] = {}

    def all(self) -> dict[Key, RouteClosure]:
        """Give the closure of every endpoint (and method of a class view)."""
        found: dict[Key, RouteClosure] = {}
        for rule in self._survey.rules:
            for method, roots in self._roots(rule):
                key = (rule.endpoint, method)
                if key not in found:
                    grown = self._grown(rule, roots)
                    self.reached[key] = grown.reached
                    found[key] = self._closure(grown)
        return _with_shared(found)

    # Private

    def _roots(self, rule: SurveyedRule) -> Iterator[tuple[str, list[Node]]]:
        around = [n for place in (*rule.decorators, *rule.holds) for n in self.node_of(place)]
        converters = {converter.name for converter in rule.converters}
        for hook in self._survey.registered:
            if hook.kind == "url_converter" and hook.key in converters:
                around += self.node_of(hook.where)
        if rule.handlers:
            for method, place in rule.handlers:
                view = self.node_of(rule.view)
                # A decorator may keep the live method to itself: reading knows it by its name.
                named = [n for node in view for n in self._answering(node, method)]
                yield method, [*around, *view, *named, *self.node_of(place)]
        else:
            yield "", [*around, *self.node_of(rule.view)]

    def _answering(self, node: Node, method: str) -> list[Node]:
        found = self._index.answering(node, method.lower())
        return found or (self._index.answering(node, "get") if method == "HEAD" else [])

    def node_of(self, place: Location) -> list[Node]:
        """Give the definition that stands at a place of the live app."""
        reading = self._index.reading(place.module) if place.module else None
        if reading is None:
            return []
        name = place.qualname.replace(".<locals>", "")
        if name == LAMBDA:
            return [("var", place.module, f"{LAMBDA}:{place.line}")]
        while name and name not in reading.definitions:
            name = name.rpartition(".")[0]
        return [("def", place.module, name)] if name else []

    def _grown(self, rule: SurveyedRule, roots: Iterable[Node]) -> _Grown:
        base = self._scope(rule.blueprints)
        grown = _Grown(base.reached.copy(), set(base.templates))
        self._grow(grown, roots)
        return grown

    def _scope(self, blueprints: tuple[str, ...]) -> _Grown:
        if blueprints in self._scopes:
            return self._scopes[blueprints]
        roots: list[Node] = []
        hooks: Iterable[Hook]
        if blueprints:
            outer = self._scope(blueprints[1:])
            grown = _Grown(outer.reached.copy(), set(outer.templates))
            hooks = (hook for hook in self._survey.hooks if hook.scope == blueprints[0])
        else:
            grown = _Grown(Reached(), set())
            always = (h for h in self._survey.registered if h.kind not in _BY_TEMPLATE)
            # url_for() obeys the defaults of the blueprint that it leads to.
            hooks = [
                *(h for h in self._survey.hooks if not h.scope or h.kind == "url_defaults"),
                *(hook for hook in always if hook.kind != "url_converter"),
            ]
            roots += self._reach.listeners
        for hook in hooks:
            roots += self.node_of(hook.where)
        self._grow(grown, roots)
        self._scopes[blueprints] = grown
        return grown

    def _grow(self, grown: _Grown, roots: Iterable[Node]) -> None:
        waiting = list(roots)
        seen: set[Node] = set()
        while True:
            self._reach.grow(grown.reached, waiting)
            new = grown.reached.nodes - seen
            seen |= new
            waiting = list(self._from_templates(grown, new))
            if not waiting:
                return

    def _from_templates(self, grown: _Grown, nodes: Iterable[Node]) -> Iterator[Node]:
        queue = [name for node in nodes for name in self._templates_in(node)]
        while queue:
            name = queue.pop()
            template = self._templates.get(name)
            if template is None or name in grown.templates:
                continue
            grown.templates.add(name)
            queue += template.others
            for attribute in template.attributes:
                self._reach.ask(grown.reached, attribute)
            for hook in self._survey.registered:
                if hook.kind in _BY_TEMPLATE and hook.key in template.names:
                    yield from self.node_of(hook.where)
        yield from grown.reached.waiting

    def _templates_in(self, node: Node) -> frozenset[str]:
        if node not in self._named:
            texts: Iterable[tuple[str, int]] = ()
            if node[0] == "def" and (definition := self._index.definition(node)):
                texts = definition.strings
            elif node[0] == "var" and (reading := self._index.reading(node[1])):
                texts = reading.body.strings
            known = self._templates.files
            self._named[node] = frozenset(text for text, _ in texts if text in known)
        return self._named[node]

    def _closure(self, grown: _Grown) -> RouteClosure:
        reached = grown.reached
        modules = reached.modules
        brought = self._brought(modules | reached.lazy) - modules
        used = _tops(reached.outside)
        pulled = {top for module in modules | brought for top in self._outside(module)} - used
        return RouteClosure(
            needed=tuple(sorted(modules)),
            imported=tuple(sorted(brought)),
            definitions=tuple(sorted({_shown(n) for n in reached.nodes if n[0] in _NAMED})),
            templates=tuple(sorted(grown.templates)),
            used=tuple(sorted(distributions_of(used))),
            pulled=tuple(sorted(distributions_of(pulled) - distributions_of(used))),
            unknown=tuple(sorted(set(self._unknown(reached)))),
        )

    def _unknown(self, reached: Reached) -> Iterator[str]:
        for node in reached.nodes:
            source = self._index.tree.find(node[1])
            if source is not None:
                for line, what in self._unknown_in(node):
                    yield f"{self._index.tree.show(source.file)}:{line}: {what}"
        for module in reached.modules | reached.lazy:
            reading, source = self._index.reading(module), self._index.tree.find(module)
            if reading is not None and source is not None and reading.error:
                line, what = reading.error
                yield f"{self._index.tree.show(source.file)}:{line}: is not valid Python: {what}"

    def _unknown_in(self, node: Node) -> list[tuple[int, str]]:
        reading = self._index.reading(node[1])
        if node[0] == "body" and reading is not None:
            return [one for body in bodies(reading) for one in body.unknown]
        definition = self._index.definition(node) if node[0] == "def" else None
        return definition.unknown if definition is not None else []

    def _brought(self, modules: Iterable[str]) -> frozenset[str]:
        found: set[str] = set()
        waiting = [name for module in modules for name in _with_packages(module)]
        while waiting:
            module = waiting.pop()
            if module not in found and self._index.tree.find(module) is not None:
                found.add(module)
                waiting += self._direct(module)
        return frozenset(found)

    def _direct(self, module: str) -> frozenset[str]:
        if module not in self._imports:
            self._imports[module] = frozenset(self._read_imports(module))
        return self._imports[module]

    def _read_imports(self, module: str) -> Iterator[str]:
        reading = self._index.reading(module)
        if reading is None:
            return
        bodies = [d for d in reading.definitions.values() if d.kind != "function"]
        for body in bodies:
            for found in body.imports.values():
                if self._index.tree.owns(found.module):
                    yield from _with_packages(found.module)
                    yield f"{found.module}.{found.attribute}"
        for star in reading.stars:
            yield from _with_packages(star)

    def _outside(self, module: str) -> frozenset[str]:
        if module not in self._tops:
            reading = self._index.reading(module)
            found = reading.body.imports.values() if reading else ()
            names = [f.module for f in found if not self._index.tree.owns(f.module)]
            self._tops[module] = frozenset(_tops(names))
        return self._tops[module]


def distributions_of(tops: Iterable[str]) -> set[str]:
    """Give the distributions that provide some top-level import names."""
    owners = owners_of_imports()
    return {owner for top in tops for owner in owners.get(top, ())}


def with_trace(
    closures: Mapping[Key, RouteClosure], traced: Mapping[Key, Iterable[str]]
) -> dict[Key, RouteClosure]:
    """Join closures with what a traced run executed: an executed module is needed, or shared.

    One that reading did not find is named among the unknown.
    """
    joined = {}
    for key, closure in closures.items():
        seen = set(traced.get(key, ()))
        known = {*closure.modules, *closure.imported}
        joined[key] = replace(
            closure,
            needed=tuple(sorted({*closure.modules, *seen})),
            imported=tuple(m for m in closure.imported if m not in seen),
            unknown=tuple(sorted([*closure.unknown, *(f"{m}: {_RAN}" for m in seen - known)])),
            traced=tuple(sorted(seen)),
        )
    return _with_shared(joined)


# Private


def _with_shared(found: Mapping[Key, RouteClosure]) -> dict[Key, RouteClosure]:
    endpoints: Counter[str] = Counter()
    for module_set in _by_endpoint(found).values():
        endpoints.update(module_set)
    return {
        key: replace(
            closure,
            needed=tuple(m for m in closure.needed if endpoints[m] == 1),
            shared=tuple(m for m in closure.needed if endpoints[m] > 1),
        )
        for key, closure in found.items()
    }


def _by_endpoint(found: Mapping[Key, RouteClosure]) -> dict[str, set[str]]:
    grouped: dict[str, set[str]] = {}
    for (endpoint, _), closure in found.items():
        grouped.setdefault(endpoint, set()).update(closure.needed)
    return grouped


def _tops(names: Iterable[str]) -> set[str]:
    tops = {name.partition(".")[0].partition("(")[0].partition("[")[0] for name in names}
    return {top for top in tops if top not in sys.stdlib_module_names and top != "builtins"}


def _with_packages(module: str) -> list[str]:
    parts = module.split(".")
    return [".".join(parts[: n + 1]) for n in range(len(parts))]


def _shown(node: Node) -> str:
    return f"{node[1]}:{node[2].replace(' ', '.')}"
