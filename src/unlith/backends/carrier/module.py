"""One module taken apart: its statements, the names they bind and the names they use.

Works on text and syntax trees only. The text of a statement is the user's own, with the comment
lines that stand right above it.
"""

from __future__ import annotations

import ast
import symtable
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from unlith.backends.import_scan import absolute, is_type_checking
from unlith.backends.source_tree import SourceModule

Function = ast.FunctionDef | ast.AsyncFunctionDef
Scope = Function | ast.ClassDef


@dataclass(frozen=True, eq=False)
class Statement:
    """One statement at module level; *first* and *last* are its lines, comments included."""

    node: ast.stmt
    first: int
    last: int
    text: str
    names: frozenset[str]
    is_comment_led: bool = False

    @property
    def decorators(self) -> list[ast.expr]:
        """Give the decorators of a function or class."""
        return self.node.decorator_list if isinstance(self.node, Scope) else []


@dataclass(frozen=True)
class Bound:
    """What binds a name: a statement, or an import of *module* (and of *attribute* from it)."""

    module: str = ""
    attribute: str = ""
    is_top: bool = False
    line: int = 0
    statement: Statement | None = field(default=None, compare=False)


class Module:
    """A project module, read."""

    def __init__(self, source: SourceModule) -> None:
        self.source = source
        self.name = source.name
        self._lines = source.text.splitlines(keepends=True)

    @property
    def file(self) -> Path:
        """Give its file."""
        return self.source.file

    @cached_property
    def statements(self) -> tuple[Statement, ...]:
        """Give the statements that are no imports, in order."""
        return tuple(self._statement(node) for node in self.source.tree.body if _is_code(node))

    @cached_property
    def has_future(self) -> bool:
        """Say whether annotations are not evaluated."""
        return any(
            isinstance(node, ast.ImportFrom) and node.module == "__future__"
            for node in self.source.tree.body
        )

    @cached_property
    def stars(self) -> tuple[str, ...]:
        """Give the modules that ``from … import *`` names."""
        return tuple(
            absolute(self.source.package, node.level, node.module)
            for node in self.source.tree.body
            if isinstance(node, ast.ImportFrom) and node.names[0].name == "*"
        )

    def bound(self, name: str) -> Bound | None:
        """Give what binds a name at module level; the last binding wins."""
        return self._bindings.get(name)

    def tops(self, name: str) -> list[str]:
        """Give the modules of plain ``import a.b`` statements that bind a top-level name."""
        return sorted(
            alias.name
            for node in self.source.tree.body
            if isinstance(node, ast.Import)
            for alias in node.names
            if not alias.asname and alias.name.partition(".")[0] == name
        )

    def imports_in(self, node: ast.AST) -> dict[str, Bound]:
        """Give what the imports inside a statement bind, by local name."""
        found: dict[str, Bound] = {}
        for child in ast.walk(node):
            if isinstance(child, ast.Import | ast.ImportFrom):
                found.update(self._imported(child))
        return found

    # Private

    @cached_property
    def _bindings(self) -> dict[str, Bound]:
        bindings: dict[str, Bound] = {}
        by_node = {statement.node: statement for statement in self.statements}
        for node in self.source.tree.body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                bindings.update(self._imported(node))
            elif isinstance(node, ast.If) and is_type_checking(node.test):
                bindings.update(self.imports_in(node))
            elif node in by_node:
                statement = by_node[node]
                for name in statement.names:
                    bindings[name] = Bound(line=node.lineno, statement=statement)
        return bindings

    def _imported(self, node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, Bound]]:
        for alias in node.names:
            if isinstance(node, ast.Import):
                name = alias.asname or alias.name.partition(".")[0]
                yield name, Bound(alias.name, "", not alias.asname, node.lineno)
            elif alias.name != "*" and node.module != "__future__":
                module = absolute(self.source.package, node.level, node.module)
                yield alias.asname or alias.name, Bound(module, alias.name, False, node.lineno)

    def _statement(self, node: ast.stmt) -> Statement:
        first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])
        last = node.end_lineno or node.lineno
        while first > 1 and self._lines[first - 2].lstrip().startswith("#"):
            first -= 1
        led = self._lines[first - 1].lstrip().startswith("#")
        text = "".join(self._lines[first - 1 : last])
        return Statement(node, first, last, text, frozenset(_stored(node)), led)


def globals_used(text: str, file: Path) -> frozenset[str]:
    """Give the module-level names that a statement's text uses, at any depth.

    Raises:
        SyntaxError: if the text is no Python.
    """
    used: set[str] = set()
    tables = [symtable.symtable(text, str(file), "exec")]
    while tables:
        table = tables.pop()
        tables.extend(table.get_children())
        is_top = table.get_type() == "module"
        for symbol in table.get_symbols():
            if (
                symbol.is_referenced() and (is_top or symbol.is_global())
            ) or symbol.is_declared_global():
                used.add(symbol.get_name())
    return frozenset(used)


def lines_without(text: str, first: int, ranges: Mapping[tuple[int, int], str]) -> str:
    """Give a statement's text with some line ranges replaced; lines are the file's own."""
    lines = text.splitlines(keepends=True)
    for (start, end), new in sorted(ranges.items(), reverse=True):
        lines[start - first : end - first + 1] = [new] if new else []
    return "".join(lines)


# Private


def _is_code(node: ast.stmt) -> bool:
    if isinstance(node, ast.Import | ast.ImportFrom):
        return False
    if isinstance(node, ast.If):
        return not (is_type_checking(node.test) and not node.orelse)
    is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return not is_text


def _stored(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, Scope):
        yield node.name
        return
    waiting: list[ast.AST] = [node]
    while waiting:
        child = waiting.pop()
        if isinstance(child, Scope):
            yield child.name
            continue
        if isinstance(child, ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp):
            continue
        if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store):
            yield child.id
        if isinstance(child, ast.Import | ast.ImportFrom):
            for alias in child.names:
                yield alias.asname or alias.name.partition(".")[0]
        waiting.extend(ast.iter_child_nodes(child))
