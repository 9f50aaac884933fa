"""Runs the readiness rules over an analysed app, and reads suppressions beside the code."""

from __future__ import annotations

import io
import re
import tokenize
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path

from unlith.backends.readiness.contexts import is_outside
from unlith.backends.readiness.rule import AppPage, Page, Rule
from unlith.backends.readiness.rules import all_rules
from unlith.backends.survey.analysis import Analysis
from unlith.backends.survey.index import Node
from unlith.backends.survey.names import Names
from unlith.backends.survey.reading import Reading
from unlith.domain.profile import ImportProfile
from unlith.domain.readiness import Finding, Suppression, suppress
from unlith.domain.survey_route import RouteFacts

_COMMENT = re.compile(r"#\s*unlith:\s*ignore\[([A-Z0-9,\s]+)\]\s*(.*)")


def findings(
    analysis: Analysis,
    rules: Iterable[Rule] | None = None,
    roots: tuple[Path, ...] = (),
    *,
    profile: ImportProfile | None = None,
    facts: Iterable[RouteFacts] = (),
    seen: Iterable[Finding] = (),
) -> tuple[Finding, ...]:
    """Give every finding, suppressed ones marked, by place.

    ``profile`` and ``facts`` are for the rules about what importing costs; without them those
    rules say nothing. ``seen`` are findings made elsewhere, which comments silence too.
    """
    run = _Run(analysis, all_rules() if rules is None else rules)
    make = partial(AppPage, roots=roots, profile=profile, facts=tuple(facts))
    return run.findings(make, seen)


def suppressions(text: str, file: str) -> Iterator[Suppression]:
    """Yield the suppressions in comments; one that stands alone holds for the next line."""
    if "unlith:" not in text:
        return
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tokenize.TokenError, SyntaxError):
        return
    for token in tokens:
        found = _COMMENT.match(token.string) if token.type == tokenize.COMMENT else None
        if found:
            alone = token.line.lstrip().startswith("#")
            names = tuple(name.strip() for name in found.group(1).split(",") if name.strip())
            yield Suppression(names, file, token.start[0] + alone, found.group(2).strip())


# Private


class _Run:
    def __init__(self, analysis: Analysis, rules: Iterable[Rule]) -> None:
        self._analysis = analysis
        self._rules = rules
        self._names = Names(analysis.index)
        self._routes = _routes_by_definition(analysis)
        self._early = _early(analysis, self._routes)
        self._decorating = _decorating(analysis)
        self._beside: dict[str, Page] = {}
        for reading in analysis.read_modules():
            if not reading.error and self._is_of_the_app(reading):
                self._beside[reading.module] = self._page(reading)
        self._pages = tuple(self._beside.values())
        found = ((analysis.tree.find(page.module), page) for page in self._pages)
        self._by_file = {str(source.file): page for source, page in found if source is not None}

    def findings(
        self, app_page: Callable[..., AppPage], seen: Iterable[Finding]
    ) -> tuple[Finding, ...]:
        app = app_page(self._analysis.survey, self._analysis.index, self._names, pages=self._pages)
        found: set[Finding] = set(seen)
        for rule in self._rules:
            if rule.source is not None:
                for page in self._pages:
                    found.update(self._of_page(rule, page))
            if rule.app is not None:
                found.update(self._of_app(rule, app))
        given = [
            one
            for page in self._pages
            for one in suppressions(page.text, self._shown(page.reading.module))
        ]
        return suppress(sorted(found), given)

    def _page(self, reading: Reading) -> Page:
        source = self._analysis.tree.find(reading.module)
        reached = self._routes.get(reading.module, {})
        return Page(
            reading,
            self._names,
            self._analysis.index,
            frozenset(reached) - self._early.get(reading.module, frozenset()),
            frozenset(n[2] for n in self._analysis.at_start if n[1] == reading.module),
            source.text if source is not None else "",
            self._analysis.survey.target,
            frozenset(n for m, n in self._decorating if m == reading.module),
            self._beside,
        )

    def _is_of_the_app(self, reading: Reading) -> bool:
        return bool(self._routes.get(reading.module)) or not is_outside(reading.module)

    def _of_page(self, rule: Rule, page: Page) -> Iterator[Finding]:
        assert rule.source is not None
        for line, message in rule.source(page):
            if line in page.off_lambda:
                continue
            yield Finding(
                rule.id,
                self._shown(page.module),
                line,
                message,
                rule.severity,
                rule.remedy,
                self._serves(page, line),
            )

    def _of_app(self, rule: Rule, app: AppPage) -> Iterator[Finding]:
        assert rule.app is not None
        for place in rule.app(app):
            file = self._analysis.tree.show(Path(place.file)) if place.file else ""
            page = self._by_file.get(place.file)
            routes = place.routes or (self._serves(page, place.line) if page else ())
            yield Finding(
                rule.id, file, place.line, place.message, rule.severity, rule.remedy, routes
            )

    def _serves(self, page: Page, line: int) -> tuple[str, ...]:
        inside = [
            definition
            for definition in page.reading.definitions.values()
            if definition.kind == "function" and definition.line <= line <= definition.end
        ]
        if not inside:
            return ()
        nearest = max(inside, key=lambda definition: definition.line)
        return tuple(sorted(self._routes.get(page.module, {}).get(nearest.name, ())))

    def _shown(self, module: str) -> str:
        source = self._analysis.tree.find(module)
        return self._analysis.tree.show(source.file) if source is not None else module


def _decorating(analysis: Analysis) -> set[tuple[str, str]]:
    # What runs when something is decorated: the decorator, or the inner function that it gives
    # when it is called with arguments first.
    # So does what makes an object that is made at start: it is not made again for a request.
    found = {(m, f"{name}.__init__") for _, m, name in analysis.registries.made_at_start}
    for reading in analysis.read_modules():
        for definition in reading.definitions.values():
            for chain in definition.decorators:
                meaning = analysis.index.meaning(chain, reading.module, definition.parent)
                for node in meaning.nodes[-1:]:
                    held = analysis.index.definition(node) if node[0] == "def" else None
                    if held is None:
                        continue
                    inner = "__init__" if held.kind == "class" else ""
                    found.add((node[1], held.defs.get(inner, node[2])))
                    if held.kind == "function" and chain[-1].startswith("("):
                        found.update((node[1], name) for name in held.defs.values())
    return found


def _early(
    analysis: Analysis, routes: Mapping[str, Mapping[str, set[str]]]
) -> Mapping[str, frozenset[str]]:
    # Functions that a route needs only because a module-level value is made by calling them: they
    # run at import. A function that some serving function names is not among them; nor is a
    # method, which may be called under any name.
    reached = {("def", module, name) for module, names in routes.items() for name in names}
    asked = {node for node in reached - analysis.at_start if _is_function(analysis, node)}
    late: set[Node] = set()
    while asked:
        late |= asked
        named, attributes = _named(analysis, asked)
        methods = {
            node
            for node in reached - late
            if "." in node[2] and not _is_idle(analysis, node, late | named, attributes)
        }
        asked = (named | methods) - late
    views = {(rule.view.module, rule.view.qualname) for rule in analysis.survey.rules}
    views |= {(hook.where.module, hook.where.qualname) for hook in analysis.survey.hooks}
    return {
        module: frozenset(
            name
            for name in names
            if ("def", module, name) not in late and (module, name) not in views
        )
        for module, names in routes.items()
    }


def _is_function(analysis: Analysis, node: Node) -> bool:
    held = analysis.index.definition(node)
    return held is not None and held.kind == "function"


def _named(analysis: Analysis, nodes: Iterable[Node]) -> tuple[set[Node], set[str]]:
    # The definitions that some functions name, and the attributes that they ask of anything.
    found: set[Node] = set()
    attributes: set[str] = set()
    for node in nodes:
        held = analysis.index.definition(node)
        for chain in (*held.uses, *held.decorators) if held and held.kind == "function" else ():
            meaning = analysis.index.meaning(chain, node[1], node[2])
            found.update(one for one in meaning.nodes if one[0] == "def")
            attributes.update(part[1:] for part in chain[1:] if part.startswith("."))
    return found, attributes


def _is_idle(analysis: Analysis, node: Node, late: set[Node], attributes: set[str]) -> bool:
    # A method that ran at start and that no serving function can mean.
    owner, _, name = node[2].rpartition(".")
    held = analysis.index.definition(("def", node[1], owner))
    if held is None or held.kind != "class":
        return False
    if name == "__init__":
        return ("def", node[1], owner) not in late
    return name not in attributes and not name.startswith("__")


def _routes_by_definition(analysis: Analysis) -> Mapping[str, Mapping[str, set[str]]]:
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    names = analysis.route_names()
    for key, reached in analysis.walk.reached.items():
        for kind, module, name in reached.nodes:
            if kind == "def":
                found[module][name].update(names.get(key, ()))
    return found
