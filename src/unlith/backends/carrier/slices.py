"""Carries definitions out of web modules: the ones that are needed, verbatim, nothing else.

From each web module that is touched comes a *slice*, a module of the function's own with the same
definitions in the same order. What other modules give is imported from where it is. What cannot
be followed becomes a blocker.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from unlith.backends.carrier import edges
from unlith.backends.carrier.checks import Checked, Finding, touched
from unlith.backends.carrier.imports import ImportLine, written
from unlith.backends.carrier.lines import OWN_LINE, stands_alone
from unlith.backends.carrier.module import Bound, Module, Scope, Statement, globals_used
from unlith.backends.carrier.module import lines_without as replaced
from unlith.backends.carrier.objects import FlaskObjects
from unlith.backends.carrier.passed import PassedOn
from unlith.backends.carrier.project import Kind, Meaning, Project, unfit
from unlith.backends.carrier.states import ProcessState
from unlith.domain.extraction import Blocker

WEB = "unlith_edges.web"


@dataclass
class Slice:
    """What is carried from one module."""

    module: Module
    name: str
    texts: dict[Statement, str] = field(default_factory=dict)
    imports: set[ImportLine] = field(default_factory=set)


class Slicer:
    """Follows what is needed until nothing new is."""

    def __init__(
        self,
        project: Project,
        function: str,
        app: str,
        show: Callable[..., str],
        modules: Iterable[str],
    ) -> None:
        self.slices: dict[str, Slice] = {}
        self.blockers: set[Blocker] = set()
        self.edges: set[str] = set()
        self.endpoints: set[str] = set()
        self._project = project
        self._function = function
        self.objects = FlaskObjects(project, app)
        self._show = show
        self._passed = PassedOn(project, self.block)
        self._state = ProcessState(project, self.objects)
        self._modules = tuple(modules)

    def carry(self, module: str, name: str) -> Meaning:
        """Carry what a name stands for in a web module, with all it needs."""
        meaning = self._project.member(module, name)
        if meaning.kind is Kind.CARRIED:
            found = self._project.module(meaning.module)
            assert found is not None
            for statement in found.statements:
                if meaning.name in statement.names:
                    self._statement(found, statement)
        return meaning

    def slice_of(self, module: str) -> Slice:
        """Give the slice of a module, made on first use."""
        if module not in self.slices:
            found = self._project.module(module)
            assert found is not None
            taken = {known.name for known in self.slices.values()} | {"handler"}
            self.slices[module] = Slice(found, _free_name(module, taken))
        return self.slices[module]

    def finish(self) -> None:
        """Carry the statements that change what is carried, until there are no more."""
        grew = True
        while grew:
            grew = False
            for found in list(self.slices.values()):
                grew = self._touch(found) or grew
        carried = {
            (name, bound)
            for name, found in self.slices.items()
            for statement in found.texts
            for bound in statement.names
        }
        for module, change in self._state.everywhere(self._modules):
            if (change.module, change.name) in carried:
                self.block(module, change.finding)

    def block(self, module: Module, finding: Finding) -> None:
        """Note a blocker in a module."""
        line, reason, change = finding
        self.blockers.add(Blocker(self._show(module.file), line, reason, change))

    # Private

    def _statement(self, module: Module, statement: Statement) -> None:
        found = self.slice_of(module.name)
        if statement in found.texts:
            return
        found.texts[statement] = ""
        checked = Checked(self.objects.unregistered(module.name, statement.node))
        for finding in checked.general():
            self.block(module, finding)
        kept = self._without_registration(module, statement)
        local = module.imports_in(statement.node)
        bare = replaced(statement.text, statement.first, kept)
        for name in sorted(globals_used(bare, module.file)):
            if name not in statement.names:
                self._use(module, checked, name, None)
        found.texts[statement] = self._with_imports(module, statement, kept, checked, local)
        self._states(module, checked)
        self._responses(module, checked)

    def _use(self, module: Module, checked: Checked, name: str, local: Bound | None) -> None:
        scope = {name: local} if local else None
        meaning = self._project.meaning(module.name, name, scope)
        line = self._line(module, checked, name, meaning)
        if line is not None and local is None:
            self.slice_of(module.name).imports.update(line)

    def _line(
        self, module: Module, checked: Checked, name: str, meaning: Meaning
    ) -> list[ImportLine] | None:
        if _has_no_stand_in(meaning) and checked.is_only_annotation(name):
            return [ImportLine("typing", "Any", name)]
        if meaning.kind is Kind.CARRIED:
            return self._carried(module, checked, name, meaning)
        if meaning.kind is Kind.EDGE:
            return self._edge(module, checked, name, meaning)
        if meaning.kind is Kind.KEPT:
            if meaning.name:
                return [ImportLine(meaning.module, meaning.name, name)]
            if not module.tops(name):
                parent, _, last = meaning.module.rpartition(".")
                return [ImportLine(parent or last, last if parent else "", name)]
            return [ImportLine(full, "", "") for full in module.tops(name)]
        if meaning.kind is Kind.SLICE:
            return self._whole(module, checked, name, meaning)
        if meaning.kind in (Kind.UNKNOWN, Kind.WEB_LIBRARY):
            self.block(module, unfit(_line_of(checked, name), name, meaning))
        return None

    def _carried(
        self, module: Module, checked: Checked, name: str, meaning: Meaning
    ) -> list[ImportLine] | None:
        kind = self.objects.kind_of(meaning.module, meaning.name)
        if kind == "Flask":
            for finding in checked.proxy(
                name, "current_app", self._passed.follow(module, "current_app")
            ):
                self.block(module, finding)
            return [ImportLine(WEB, "current_app", name)]
        if kind == "Blueprint":
            change = "use current_app or a plain value instead"
            self.block(module, (_line_of(checked, name), f"the blueprint {name} is used", change))
            return None
        self.carry(meaning.module, meaning.name)
        if meaning.module == module.name and meaning.name == name:
            return None
        home = self.slice_of(meaning.module).name
        return [ImportLine(f"{self._function}.{home}", meaning.name, name)]

    def _edge(
        self, module: Module, checked: Checked, name: str, meaning: Meaning
    ) -> list[ImportLine] | None:
        if not meaning.name and edges.is_edge_module(meaning.module):
            for finding in checked.module(name, meaning.module):
                self.block(module, finding)
            self.edges.update(attribute for _, attribute in checked.attributes(name))
            return [ImportLine("unlith_edges", "web", name)]
        if not meaning.name or not edges.is_edge(meaning.module, meaning.name):
            self.block(module, unfit(_line_of(checked, name), name, meaning))
            return None
        self.edges.add(meaning.name)
        if meaning.name in edges.PROXIES:
            self._proxy(module, checked, name, meaning.name)
        if meaning.name == "url_for":
            self._addresses(module, checked, name)
        return [ImportLine(WEB, meaning.name, name)]

    def _proxy(self, module: Module, checked: Checked, name: str, edge: str) -> None:
        for finding in checked.proxy(name, edge, self._passed.follow(module, edge)):
            self.block(module, finding)

    def _addresses(self, module: Module, checked: Checked, name: str) -> None:
        for line, endpoint in checked.endpoints(name):
            if endpoint:
                self.endpoints.add(endpoint)
            else:
                change = "name the endpoint in quotes"
                self.block(module, (line, "which endpoint url_for gets is open", change))

    def _whole(
        self, module: Module, checked: Checked, name: str, meaning: Meaning
    ) -> list[ImportLine] | None:
        home = self.slice_of(meaning.module)
        for line, attribute in checked.attributes(name):
            if not attribute:
                change = "import from it what is needed, by name"
                self.block(module, (line, f"the module {meaning.module} is a value", change))
                continue
            found = self.carry(meaning.module, attribute)
            if found.kind is Kind.CARRIED and found.module == meaning.module:
                continue
            for item in self._line(home.module, checked, attribute, found) or ():
                home.imports.add(ImportLine(item.module, item.name, item.bound, True))
        return [ImportLine(self._function, home.name, name)]

    def _without_registration(
        self, module: Module, statement: Statement
    ) -> dict[tuple[int, int], str]:
        gone: dict[tuple[int, int], str] = {}
        for decorator in statement.decorators:
            if self.objects.is_registration(module.name, decorator):
                gone[decorator.lineno, decorator.end_lineno or decorator.lineno] = ""
        return gone

    def _with_imports(
        self,
        module: Module,
        statement: Statement,
        gone: dict[tuple[int, int], str],
        checked: Checked,
        local: dict[str, Bound],
    ) -> str:
        changes = dict(gone)
        for node in ast.walk(statement.node):
            if not isinstance(node, ast.Import | ast.ImportFrom):
                continue
            if not stands_alone(statement.text, statement.first, node):
                self.block(module, (node.lineno, "an import shares its line", OWN_LINE))
                continue
            lines: list[ImportLine] = []
            for alias in node.names:
                name = alias.asname or alias.name.partition(".")[0]
                meaning = self._project.meaning(module.name, name, local)
                lines += self._line(module, checked, name, meaning) or []
                if meaning.kind is Kind.CARRIED and meaning.module == module.name:
                    self.block(module, (node.lineno, f"{name} is imported from itself", ""))
            indent = " " * node.col_offset
            text = "".join(f"{indent}{written(line)}\n" for line in sorted(set(lines)))
            changes[node.lineno, node.end_lineno or node.lineno] = text or f"{indent}pass\n"
        return replaced(statement.text, statement.first, changes)

    def _states(self, module: Module, checked: Checked) -> None:
        for change in self._state.changes(module, checked):
            self.block(module, change.finding)

    def _responses(self, module: Module, checked: Checked) -> None:
        kinds = {
            name: self._project.meaning(module.name, name).kind for name in edges.MAKES_RESPONSE
        }
        makers = frozenset(name for name, kind in kinds.items() if kind is Kind.EDGE)
        for finding in checked.responses(makers):
            self.block(module, finding)

    def _touch(self, found: Slice) -> bool:
        module, grew = found.module, False
        carried = {name for statement in found.texts for name in statement.names}
        for statement in module.statements:
            if statement in found.texts or isinstance(statement.node, Scope):
                continue
            roots = touched(statement.node)
            if any(self.objects.kind_of(module.name, root) for root in roots):
                continue
            if roots & carried:
                self._statement(module, statement)
                grew = True
        return grew


# Private


def _has_no_stand_in(meaning: Meaning) -> bool:
    if meaning.kind is Kind.EDGE:
        return not edges.is_edge(meaning.module, meaning.name)
    return meaning.kind in (Kind.UNKNOWN, Kind.WEB_LIBRARY)


def _line_of(checked: Checked, name: str) -> int:
    return next((use.lineno for use in checked.uses(name)), checked.import_line(name))


def _free_name(module: str, taken: set[str]) -> str:
    parts = module.split(".")
    names = ["_".join(parts[-count:]) for count in range(1, len(parts) + 1)]
    names += [f"{names[-1]}_{number}" for number in range(2, len(taken) + 3)]
    return next(name for name in names if name not in taken)
