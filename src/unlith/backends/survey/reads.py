"""Finds what a route's code reads of requests, and what it compares with, in the source itself.

Only definitions that the route reaches are read. A name read from anything else than the request
may be a field of its body: a few too many cost a few requests, one too few costs a branch.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping

from unlith.domain.reads import Reads

PARTS = {
    "args": "query",
    "values": "query",
    "form": "fields",
    "json": "fields",
    "headers": "headers",
    "cookies": "cookies",
}
_READERS = frozenset({"get", "getlist", "pop", "get_all"})
_MARKS = frozenset({"startswith", "endswith", "removeprefix", "removesuffix", "split"})
_OTHERS = frozenset({"session", "g", "environ", "config"})
LIMIT = 40
"""How many names or literals of a kind are kept."""


def reads_of(trees: Mapping[str, ast.Module], names: Mapping[str, Iterable[str]]) -> Reads:
    """Give what some definitions read; both are by module."""
    finder = _Finder()
    for module, tree in trees.items():
        wanted = set(names.get(module, ()))
        for qualname, function in _functions(tree, ""):
            if qualname in wanted:
                finder.read(function)
    found = {part: tuple(list(keys)[:LIMIT]) for part, keys in finder.found.items()}
    return Reads(literals=tuple(list(finder.literals.values())[:LIMIT]), **found)


# Private


def _functions(node: ast.AST, prefix: str) -> Iterator[tuple[str, ast.AST]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield prefix + child.name, child
            yield from _functions(child, f"{prefix}{child.name}.")
        elif isinstance(child, ast.ClassDef):
            yield from _functions(child, f"{prefix}{child.name}.")
        else:
            yield from _functions(child, prefix)


class _Finder:
    """Collects names and literals, each once, in order."""

    def __init__(self) -> None:
        parts = dict.fromkeys(PARTS.values())
        self.found: dict[str, dict[str, None]] = {part: {} for part in parts}
        self.literals: dict[str, str | int | float] = {}

    def read(self, function: ast.AST) -> None:
        """Read a function, what is nested in it included."""
        for node in ast.walk(function):
            if isinstance(node, ast.Subscript):
                self._name(node.value, node.slice)
            elif isinstance(node, ast.Call):
                self._call(node)
            elif isinstance(node, ast.Compare):
                self._compare(node)
            elif isinstance(node, ast.MatchValue):
                self._literal(node.value)

    def _call(self, node: ast.Call) -> None:
        if not isinstance(node.func, ast.Attribute) or not node.args:
            return
        if node.func.attr in _READERS:
            self._name(node.func.value, node.args[0])
        elif node.func.attr in _MARKS:
            self._literal(node.args[0])

    def _compare(self, node: ast.Compare) -> None:
        sides = [node.left, *node.comparators]
        for operator, side in zip(node.ops, node.comparators, strict=True):
            if isinstance(operator, ast.In | ast.NotIn) and isinstance(node.left, ast.Constant):
                # "key" in body
                self._name(side, node.left)
        for side in sides:
            elements = side.elts if isinstance(side, ast.Tuple | ast.List | ast.Set) else [side]
            for element in elements:
                self._literal(element)

    def _name(self, owner: ast.expr, key: ast.expr) -> None:
        if not isinstance(key, ast.Constant) or not isinstance(key.value, str):
            return
        part = "fields"
        if isinstance(owner, ast.Attribute) and owner.attr in PARTS:
            part = PARTS[owner.attr]
        elif getattr(owner, "id", getattr(owner, "attr", "")) in _OTHERS:
            return
        self.found[part].setdefault(key.value)

    def _literal(self, node: ast.expr) -> None:
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            inner = node.operand
            if isinstance(inner, ast.Constant) and type(inner.value) in (int, float):
                assert isinstance(inner.value, int | float)
                self.literals.setdefault(f"-{inner.value!r}", -inner.value)
        elif isinstance(node, ast.Constant) and type(node.value) in (int, float, str):
            value = node.value
            assert isinstance(value, str | int | float)
            if value not in ("", "__main__") and len(str(value)) <= 200:
                self.literals.setdefault(repr(value), value)
