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
) -> tuple[Finding, ...]:
    """Give every finding, suppressed ones marked, by place.

    ``profile`` and ``facts`` are for the rules about what importing costs; without them those
    rules say nothing.
    """
    run = _Run(analysis, all_rules() if rules is None else rules)
    return run.findings(partial(AppPage, roots=roots, profile=profile, facts=tuple(facts)))


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
        self._decorating = _decorating(analysis)
        self._beside: dict[str, Page] = {}
        for reading in analysis.read_modules():
            if not reading.error and self._is_of_the_app(reading):
                self._beside[reading.module] = self._page(reading)
        self._pages = tuple(self._beside.values())
        found = ((analysis.tree.find(page.module), page) for page in self._pages)
        self._by_file = {str(source.file): page for source, page in found if source is not None}

    def findings(self, app_page: Callable[..., AppPage]) -> tuple[Finding, ...]:
        app = app_page(self._analysis.survey, self._analysis.index, self._names, pages=self._pages)
        found: set[Finding] = set()
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
            frozenset(reached),
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


def _routes_by_definition(analysis: Analysis) -> Mapping[str, Mapping[str, set[str]]]:
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    names = analysis.route_names()
    for key, reached in analysis.walk.reached.items():
        for kind, module, name in reached.nodes:
            if kind == "def":
                found[module][name].update(names.get(key, ()))
    return found
