"""What a readiness rule is, and what it is given to look at.

A rule is one ``Rule`` in the ``RULES`` of a module in ``rules/``: put a file there and it is part
of the set, of ``docs/reference/rules.md`` and of the tests, which run both of its examples.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from unlith.backends.readiness.contexts import lines_off_lambda
from unlith.backends.survey.index import Index, Node
from unlith.backends.survey.names import Names
from unlith.backends.survey.reading import Call, Definition, Reading
from unlith.domain.profile import ImportProfile
from unlith.domain.readiness import Severity
from unlith.domain.survey import Hook, Location, Survey, SurveyedRule
from unlith.domain.survey_route import RouteFacts

Hit = tuple[int, str]
"""A line and what is wrong there."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an app rule holds: a place in the code, or a route, and what is wrong."""

    message: str
    file: str = ""
    line: int = 0
    routes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Page:
    """One module of the project as a rule sees it.

    ``reached`` holds the definitions that serve some route (as in ``Reading.definitions``);
    ``at_start`` those that run when the app is made, ``decorating`` those that run when something
    is decorated, which is at import.
    """

    reading: Reading
    names: Names
    index: Index
    reached: frozenset[str]
    at_start: frozenset[str] = frozenset()
    text: str = ""
    target: str = ""
    decorating: frozenset[str] = frozenset()
    others: Mapping[str, Page] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def off_lambda(self) -> frozenset[int]:
        """Give the lines that do not run on Lambda."""
        return lines_off_lambda(self.tree)

    @cached_property
    def lines(self) -> list[str]:
        """Give the module's lines."""
        return self.text.splitlines()

    @cached_property
    def lambdas(self) -> frozenset[int]:
        """Give the lines that a lambda takes up: nothing there runs where it stands."""
        found = [node for node in ast.walk(self.tree) if isinstance(node, ast.Lambda)]
        return frozenset(
            line for one in found for line in range(one.lineno, (one.end_lineno or 0) + 1)
        )

    @cached_property
    def tree(self) -> ast.Module:
        """Give the module's syntax tree."""
        return ast.parse(self.text)

    @cached_property
    def functions(self) -> tuple[ast.FunctionDef | ast.AsyncFunctionDef, ...]:
        """Give the syntax trees of the functions, at any depth."""
        kinds = ast.FunctionDef | ast.AsyncFunctionDef
        return tuple(node for node in ast.walk(self.tree) if isinstance(node, kinds))

    def beside(self, module: str) -> Page | None:
        """Give another module's page, or None if it is not part of the app."""
        return self.others.get(module)

    @property
    def module(self) -> str:
        """Give the module's name."""
        return self.reading.module

    @property
    def app_module(self) -> str:
        """Give the module that makes the app."""
        return self.target.partition(":")[0]

    @property
    def app_names(self) -> tuple[str, ...]:
        """Give the names that the app goes by there."""
        return (self.target.partition(":")[2].removesuffix("()"), "app", "application")

    def bodies(self) -> Iterator[Definition]:
        """Yield what runs when the module is imported: its body and those of its classes."""
        for definition in self.reading.definitions.values():
            if definition.kind != "function" and self._is_top(definition):
                yield definition

    def serving(self) -> Iterator[Definition]:
        """Yield the functions that run while a route is served."""
        for name in sorted(self.reached - self.decorating):
            definition = self.reading.definitions.get(name)
            if definition is not None and definition.kind == "function":
                yield definition

    def starting(self) -> Iterator[Definition]:
        """Yield what runs once when the app is made: bodies, and functions only called then."""
        yield from self.bodies()
        early = (self.at_start - self.reached) | self.decorating
        for name in sorted(early):
            definition = self.reading.definitions.get(name)
            if definition is not None and definition.kind == "function":
                yield definition

    def everywhere(self) -> Iterator[Definition]:
        """Yield what runs at start or for a route."""
        yield from self.starting()
        yield from self.serving()

    def calls(self, definitions: Iterable[Definition]) -> Iterator[tuple[Call, str]]:
        """Yield the calls in some definitions with what is called, dotted and followed."""
        for definition in definitions:
            is_body = definition.kind != "function"
            for call in definition.calls:
                if not call.is_guarded and not (is_body and call.line in self.lambdas):
                    yield call, self.called(call, definition)

    def called(self, call: Call, definition: Definition) -> str:
        """Give what a call calls, without the brackets of the call itself."""
        last = call.chain[-1] if call.chain else ""
        if last.startswith("("):
            own = self.index.meaning(call.chain[:-1], self.module, definition.name)
            if own.nodes and own.nodes[-1][0] == "def" and not own.rest:
                # The project's own function: what it gives is called elsewhere.
                return ":".join(own.nodes[-1][1:])
        text = self.names.of(call.chain, self.module, definition.name)
        return text.removesuffix(last) if last.startswith("(") else text

    def compared(self, definition: Definition) -> frozenset[int]:
        """Give the lines where a text is only compared: no path, no address is made there."""
        asked = (".startswith", ".endswith", ".removeprefix", ".removesuffix", ".match")
        return frozenset(
            line
            for call in definition.calls
            if call.chain[-2:-1] and call.chain[-2] in asked
            for line in range(call.line, call.end + 1)
        )

    def line_of(self, name: str, definition: Definition) -> int:
        """Give where a module or class binds a name to a literal."""
        if definition.kind == "module":
            for statement in self.reading.body.statements:
                if name in statement.names:
                    return statement.line
        literals = {"".join(chain) for chain in definition.values.get(name, ())}
        lines = [line for text, line in definition.strings if f"={text!r}" in literals]
        return min(lines, default=definition.line)

    def variable(self, chain: tuple[str, ...], definition: Definition) -> Node | None:
        """Give the module-level variable that a chain starts at, or None."""
        found = self.index.meaning(chain, self.module, definition.name)
        for node in found.nodes:
            if node[0] == "var" and " " not in node[2]:
                return node
        return None

    def _is_top(self, definition: Definition) -> bool:
        while definition.name:
            if definition.kind == "function":
                return False
            definition = self.reading.definitions[definition.parent]
        return True


@dataclass(frozen=True)
class AppPage:
    """The whole app as a rule sees it; ``profile`` and ``facts`` where they were measured."""

    survey: Survey
    index: Index
    names: Names
    pages: tuple[Page, ...] = ()
    roots: tuple[Path, ...] = ()
    profile: ImportProfile | None = None
    facts: tuple[RouteFacts, ...] = ()

    @property
    def is_live(self) -> bool:
        """Say whether the app was imported; what was only read has no facts of Flask's."""
        return bool(self.survey.facts.flask)

    def page_of(self, module: str) -> Page | None:
        """Give a module's page, or None."""
        return next((page for page in self.pages if page.module == module), None)

    def serving_calls(self) -> Iterator[tuple[Call, str, Place]]:
        """Yield the calls made while serving, with what is called and an empty place there."""
        for page in self.pages:
            source = self.index.tree.find(page.module)
            for call, text in page.calls(page.serving()):
                if source is not None and call.line not in page.off_lambda:
                    yield call, text, Place("", str(source.file), call.line)

    def routes_of(self, rule: SurveyedRule) -> tuple[str, ...]:
        """Give a rule's routes as texts."""
        return tuple(str(route) for route in rule.routes)

    def at(self, where: Location, message: str, routes: tuple[str, ...] = ()) -> Place:
        """Give a finding at a place of the live app."""
        return Place(message, where.file, where.line, routes)

    def registered(self, *kinds: str) -> Iterator[Hook]:
        """Yield registrations of some kinds."""
        return (hook for hook in self.survey.registered if hook.kind in kinds)


@dataclass(frozen=True)
class Rule:
    """One readiness rule: what it is, how it is shown, and how it is found.

    ``true`` is source for which it holds, ``false`` the same done right: a module ``app`` whose
    route is served by ``view``. ``source`` looks at one module, ``app`` at the whole app;
    ``dynamic`` says how a sandboxed run finds it, if one does.
    """

    id: str
    severity: Severity
    title: str
    remedy: str
    true: str
    false: str
    source: Callable[[Page], Iterator[Hit]] | None = None
    app: Callable[[AppPage], Iterator[Place]] | None = None
    dynamic: str = ""
    tags: tuple[str, ...] = field(default=())


E, W, N = Severity.ERROR, Severity.WARNING, Severity.NOTE
