"""Which modules one module imports, read off its syntax tree; nothing is imported or run.

Imports count wherever they stand, in functions too, but not where they never run in a function:
below ``if TYPE_CHECKING:`` and ``if __name__ == "__main__":``. Names given as literal text to
the usual importers (``import_module``, ``import_string``, ``make_handler``, …) count as imports.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

_BY_TEXT = frozenset(
    {"__import__", "find_modules", "from_object", "import_module", "import_string", "make_handler"}
)
_ANY_MODULE = frozenset({"iter_modules", "run_module", "run_path", "walk_packages"})
_CATCHES_IMPORT = frozenset({"BaseException", "Exception", "ImportError", "ModuleNotFoundError"})


@dataclass(frozen=True, slots=True)
class Import:
    """One import: the module, and the names taken from it (submodules or attributes).

    ``names`` is ``("*",)`` for a star import. ``is_caught``: a failure to import is caught.
    ``is_lazy``: it stands inside a function, so that importing the module does not run it.
    """

    module: str
    names: tuple[str, ...] = ()
    line: int = 0
    is_caught: bool = False
    is_lazy: bool = False


@dataclass(slots=True)
class Scan:
    """What was found in one module: imports, texts in quotes, and what cannot be followed."""

    imports: list[Import] = field(default_factory=list)
    literals: set[str] = field(default_factory=set)
    unknown: list[tuple[int, str]] = field(default_factory=list)


def scan(tree: ast.Module, module: str, *, is_package: bool) -> Scan:
    """Give what a module imports, absolute names throughout."""
    visitor = _Visitor(module if is_package else module.rpartition(".")[0])
    visitor.visit(tree)
    _dotted_uses(tree, visitor.found)
    return visitor.found


def absolute(package: str, level: int, name: str | None) -> str:
    """Give the absolute name of what ``from ...name import`` means inside a package."""
    if not level:
        return name or ""
    parts = package.split(".") if package else []
    base = parts[: len(parts) - level + 1]
    return ".".join([*base, name] if name else base)


def is_type_checking(test: ast.expr) -> bool:
    """Say whether a condition is ``TYPE_CHECKING``: false whenever the code runs."""
    if isinstance(test, ast.Attribute):
        return test.attr == "TYPE_CHECKING"
    return isinstance(test, ast.Name) and test.id == "TYPE_CHECKING"


# Private


class _Visitor(ast.NodeVisitor):
    def __init__(self, package: str) -> None:
        self.found = Scan()
        self._package = package
        self._caught = 0
        self._lazy = 0

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._add(alias.name, (), node.lineno)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        name = absolute(self._package, node.level, node.module)
        self._add(name, tuple(alias.name for alias in node.names), node.lineno)

    def visit_If(self, node: ast.If) -> None:
        if is_type_checking(node.test) or _is_main_guard(node.test) or _is_false(node.test):
            for child in node.orelse:
                self.visit(child)
            return
        negated = isinstance(node.test, ast.UnaryOp) and isinstance(node.test.op, ast.Not)
        if negated and is_type_checking(node.test.operand):  # type: ignore[attr-defined]  # UnaryOp
            for child in node.body:
                self.visit(child)
            return
        self.generic_visit(node)

    def visit_Try(self, node: ast.Try) -> None:
        catches = any(_catches_import(handler) for handler in node.handlers)
        self._caught += catches
        for child in node.body:
            self.visit(child)
        self._caught -= catches
        for rest in (*node.handlers, *node.orelse, *node.finalbody):
            self.visit(rest)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._function(node)

    def visit_Call(self, node: ast.Call) -> None:
        name = _called(node.func)
        if name in _BY_TEXT and node.args:
            self._by_text(node, name)
        elif name in _ANY_MODULE:
            self.found.unknown.append((node.lineno, f"{name}() finds modules at run time"))
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str) and len(node.value) < 256:
            self.found.literals.add(node.value)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._lazy += 1
        self.generic_visit(node)
        self._lazy -= 1

    def _add(self, module: str, names: tuple[str, ...], line: int) -> None:
        if module:
            caught, lazy = bool(self._caught), bool(self._lazy)
            self.found.imports.append(Import(module, names, line, caught, lazy))

    def _by_text(self, node: ast.Call, name: str) -> None:
        first = node.args[0]
        text = first.value if isinstance(first, ast.Constant) else None
        if isinstance(text, str):
            dotted, found, attribute = text.partition(":")
            if dotted.startswith("."):
                level = len(dotted) - len(dotted.lstrip("."))
                dotted = absolute(self._package, level, dotted.lstrip(".") or None)
            elif name in ("import_string", "from_object") and not found:
                # "package.module.Name": the last part may be an attribute.
                dotted, _, attribute = (
                    dotted.rpartition(".") if "." in dotted else (dotted, "", "")
                )
            if dotted.replace(".", "_").isidentifier():
                names = (attribute.removesuffix("()"),) if attribute else ()
                self._add(dotted, names, node.lineno)
        elif name not in ("from_object", "make_handler"):
            self.found.unknown.append((node.lineno, f"{name}() of a name made at run time"))


def _dotted_uses(tree: ast.Module, found: Scan) -> None:
    # `import a` then `a.b.c`: a.b may be a module that somebody else imported.
    bound = {i.module.partition(".")[0] for i in found.imports if not i.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            parts = _dotted(node)
            if parts and parts[0] in bound:
                for end in range(1, len(parts)):
                    found.imports.append(
                        Import(".".join(parts[:end]), (parts[end],), node.lineno, True, True)
                    )


def _dotted(node: ast.expr) -> list[str]:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return [node.id, *reversed(parts)] if isinstance(node, ast.Name) else []


def _called(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _is_main_guard(test: ast.expr) -> bool:
    return (
        isinstance(test, ast.Compare)
        and isinstance(test.left, ast.Name)
        and test.left.id == "__name__"
    )


def _is_false(test: ast.expr) -> bool:
    return isinstance(test, ast.Constant) and not test.value


def _catches_import(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(_called(kind) in _CATCHES_IMPORT for kind in kinds)
