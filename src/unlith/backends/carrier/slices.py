"""Carries definitions out of web modules: the ones that are needed, verbatim, nothing else.

From each web module that is touched comes a *slice*, a module of the function's own with the same
definitions in the same order. What other modules give is imported from where it is. What cannot
be followed becomes a blocker.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from unlith.backends.carrier import edges
from unlith.backends.carrier.checks import Checked, Finding
from unlith.backends.carrier.module import Bound, Module, Scope, Statement, globals_used
from unlith.backends.carrier.module import lines_without as replaced
from unlith.backends.carrier.project import Kind, Meaning, Project
from unlith.domain.extraction import Blocker

WEB = "unlith_runtime.web"
_REGISTERS = frozenset(
    "after_app_request after_request app_context_processor app_errorhandler "
    "app_template_filter app_template_global app_template_test app_url_defaults "
    "app_url_value_preprocessor before_app_request before_request command "
    "context_processor delete endpoint errorhandler get patch post put route "
    "shell_context_processor teardown_app_request teardown_appcontext teardown_request "
    "template_filter template_global template_test url_defaults url_value_preprocessor".split()
)


@dataclass(frozen=True, order=True)
class ImportLine:
    """``from module import name as bound``, or ``import module as bound`` without a name."""

    module: str
    name: str
    bound: str
    is_reexport: bool = False


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
        self, project: Project, function: str, app: str, show: Callable[..., str]
    ) -> None:
        self.slices: dict[str, Slice] = {}
        self.blockers: set[Blocker] = set()
        self.edges: set[str] = set()
        self._project = project
        self._function = function
        self._app = app
        self._show = show

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

    def block(self, module: Module, finding: Finding) -> None:
        """Note a blocker in a module."""
        line, reason, change = finding
        self.blockers.add(Blocker(self._show(module.file), line, reason, change))

    def object_of(self, module: str, name: str) -> str:
        """Say whether a name is a ``Flask`` or a ``Blueprint`` object, or neither."""
        meaning = self._project.meaning(module, name)
        if meaning.kind is not Kind.CARRIED:
            return ""
        if f"{meaning.module}:{meaning.name}" == self._app:
            return "Flask"
        found = self._project.module(meaning.module)
        bound = found.bound(meaning.name) if found else None
        node = bound.statement.node if bound and bound.statement else None
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
        if not isinstance(value, ast.Call):
            return ""
        return self._class_of(meaning.module, value.func)

    # Private

    def _class_of(self, module: str, function: ast.expr) -> str:
        if isinstance(function, ast.Attribute):
            is_flask = isinstance(function.value, ast.Name) and function.value.id == "flask"
            return function.attr if is_flask and function.attr in ("Blueprint", "Flask") else ""
        if not isinstance(function, ast.Name):
            return ""
        meaning = self._project.meaning(module, function.id)
        if meaning.kind is Kind.EDGE:
            return meaning.name if meaning.name in ("Blueprint", "Flask") else ""
        if meaning.kind is not Kind.CARRIED:
            return ""
        found = self._project.module(meaning.module)
        bound = found.bound(meaning.name) if found else None
        node = bound.statement.node if bound and bound.statement else None
        bases = node.bases if isinstance(node, ast.ClassDef) else []
        return next((c for b in bases if (c := self._class_of(meaning.module, b))), "")

    def _statement(self, module: Module, statement: Statement) -> None:
        found = self.slice_of(module.name)
        if statement in found.texts:
            return
        found.texts[statement] = ""
        checked = Checked(statement.node)
        for finding in checked.general():
            self.block(module, finding)
        kept = self._without_registration(module, statement)
        local = module.imports_in(statement.node)
        for name in sorted(globals_used(_dedecorated(statement, kept), module.file)):
            if name not in statement.names:
                self._use(module, checked, name, None)
        found.texts[statement] = self._with_imports(module, statement, kept, checked, local)
        self._states(module, checked)
        self._responses(module, checked, statement)

    def _use(self, module: Module, checked: Checked, name: str, local: Bound | None) -> None:
        scope = {name: local} if local else None
        meaning = self._project.meaning(module.name, name, scope)
        line = self._line(module, checked, name, meaning)
        if line is not None and local is None:
            self.slice_of(module.name).imports.update(line)

    def _line(
        self, module: Module, checked: Checked, name: str, meaning: Meaning
    ) -> list[ImportLine] | None:
        if meaning.kind is Kind.CARRIED:
            return self._carried(module, checked, name, meaning)
        if meaning.kind is Kind.EDGE:
            return self._edge(module, checked, name, meaning)
        if meaning.kind is Kind.KEPT:
            if meaning.name:
                return [ImportLine(meaning.module, meaning.name, name)]
            if not self._is_top(module, name):
                parent, _, last = meaning.module.rpartition(".")
                return [ImportLine(parent or last, last if parent else "", name)]
            return [ImportLine(full, "", "") for full in _imported_tops(module, name)]
        if meaning.kind is Kind.SLICE:
            return self._whole(module, checked, name, meaning)
        if meaning.kind in (Kind.UNKNOWN, Kind.WEB_LIBRARY):
            self.block(module, self._unfit(checked, name, meaning))
        return None

    def _carried(
        self, module: Module, checked: Checked, name: str, meaning: Meaning
    ) -> list[ImportLine] | None:
        kind = self.object_of(meaning.module, meaning.name)
        if kind == "Flask":
            for finding in checked.proxy(name, "current_app"):
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
            return [ImportLine("unlith_runtime", "web", name)]
        if not meaning.name or not edges.is_edge(meaning.module, meaning.name):
            self.block(module, self._unfit(checked, name, meaning))
            return None
        self.edges.add(meaning.name)
        if meaning.name in edges.PROXIES:
            for finding in checked.proxy(name, meaning.name):
                self.block(module, finding)
        return [ImportLine(WEB, meaning.name, name)]

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

    def _unfit(self, checked: Checked, name: str, meaning: Meaning) -> Finding:
        line = _line_of(checked, name)
        slim = "keep the route at level slim"
        if meaning.kind is Kind.WEB_LIBRARY:
            return line, f"{name} is of {meaning.module}, which needs Flask", slim
        if meaning.kind is Kind.EDGE:
            full = f"{meaning.module}.{meaning.name}" if meaning.name else meaning.module
            return line, f"{full} has no stand-in without Flask", slim
        if name == "__file__":
            return line, "__file__ is another file in a function", "find the file another way"
        if "." in meaning.module and meaning.module.split(".")[0] == name:
            change = f"write `from {meaning.module} import …`"
            return line, f"`import {meaning.module}` binds a web package", change
        return line, f"where {name} comes from cannot be followed", "import it by name"

    def _is_top(self, module: Module, name: str) -> bool:
        bound = module.bound(name)
        return bound is not None and bound.is_top

    def _without_registration(
        self, module: Module, statement: Statement
    ) -> dict[tuple[int, int], str]:
        gone: dict[tuple[int, int], str] = {}
        for decorator in statement.decorators:
            if self.is_registration(module.name, decorator):
                gone[decorator.lineno, decorator.end_lineno or decorator.lineno] = ""
        return gone

    def is_registration(self, module: str, decorator: ast.expr) -> bool:
        """Say whether a decorator only tells Flask or a blueprint of what it decorates."""
        target = decorator.func if isinstance(decorator, ast.Call) else decorator
        if not isinstance(target, ast.Attribute) or target.attr not in _REGISTERS:
            return False
        owner = target.value
        owner = owner.value if isinstance(owner, ast.Attribute) else owner
        return isinstance(owner, ast.Name) and bool(self.object_of(module, owner.id))

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
        for line, name, is_guess in checked.mutated():
            meaning = self._project.meaning(module.name, name)
            bound = module.bound(name)
            if meaning.kind is Kind.CARRIED and not self.object_of(module.name, name):
                owner = self._project.module(meaning.module)
                bound = owner.bound(meaning.name) if owner else None
                node = bound.statement.node if bound and bound.statement else None
                if isinstance(node, Scope):
                    continue
            elif meaning.kind is not Kind.KEPT or is_guess or bound is None:
                continue
            if self._is_global(module, checked, name):
                change = "keep it in a store that both sides share"
                self.block(module, (line, f"{name} is state of the process, changed here", change))

    def _is_global(self, module: Module, checked: Checked, name: str) -> bool:
        return name in globals_used(ast.unparse(checked.node), module.file)

    def _responses(self, module: Module, checked: Checked, statement: Statement) -> None:
        names = {name for name in edges.MAKES_RESPONSE if self._makes(module, name)}
        for finding in checked.responses(frozenset(names), frozenset()):
            self.block(module, finding)

    def _makes(self, module: Module, name: str) -> bool:
        return self._project.meaning(module.name, name).kind is Kind.EDGE

    def _touch(self, found: Slice) -> bool:
        module, grew = found.module, False
        carried = {name for statement in found.texts for name in statement.names}
        for statement in module.statements:
            if statement in found.texts or isinstance(statement.node, Scope):
                continue
            roots = _roots(statement.node)
            if any(self.object_of(module.name, root) for root in roots):
                continue
            if roots & carried:
                self._statement(module, statement)
                grew = True
        return grew


def written(line: ImportLine) -> str:
    """Give an import as source."""
    renamed = line.bound and (line.bound != (line.name or line.module) or line.is_reexport)
    alias = f" as {line.bound}" if renamed else ""
    if not line.name:
        return f"import {line.module}{alias}"
    return f"from {line.module} import {line.name}{alias}"


# Private


def _dedecorated(statement: Statement, gone: dict[tuple[int, int], str]) -> str:
    return replaced(statement.text, statement.first, gone)


def _line_of(checked: Checked, name: str) -> int:
    return next((use.lineno for use in checked.uses(name)), checked.node.lineno)


def _imported_tops(module: Module, name: str) -> list[str]:
    return sorted(
        alias.name
        for node in module.source.tree.body
        if isinstance(node, ast.Import)
        for alias in node.names
        if not alias.asname and alias.name.partition(".")[0] == name
    )


def _free_name(module: str, taken: set[str]) -> str:
    parts = module.split(".")
    for count in range(1, len(parts) + 1):
        name = "_".join(parts[-count:])
        if name not in taken:
            return name
    return next(n for n in (f"{parts[-1]}_{i}" for i in range(2, 999)) if n not in taken)


def _roots(node: ast.stmt) -> set[str]:
    # The names whose objects a statement at module level may change.
    found: set[str] = set()
    for child in _plain_nodes(node):
        target: ast.expr | None = None
        if isinstance(child, ast.Call) and isinstance(child.func, ast.Attribute):
            target = child.func.value
        elif isinstance(child, ast.Subscript | ast.Attribute):
            target = None if isinstance(child.ctx, ast.Load) else child.value
        while isinstance(target, ast.Subscript | ast.Attribute):
            target = target.value
        if isinstance(target, ast.Name):
            found.add(target.id)
    return found if isinstance(node, ast.Expr | ast.Assign | ast.AugAssign | ast.For) else set()


def _plain_nodes(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.Lambda | Scope):
            yield from _plain_nodes(child)
