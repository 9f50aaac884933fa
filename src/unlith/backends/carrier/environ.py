"""Which environment variables some modules read by a name in quotes."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

_READERS = frozenset({"get", "getenv", "pop", "setdefault"})


def variables(trees: Iterable[ast.Module]) -> tuple[str, ...]:
    """Give the names, sorted; what is read by a computed name stays unknown."""
    return tuple(sorted({name for tree in trees for name in _read(tree)}))


# Private


def _read(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        key: ast.expr | None = None
        if isinstance(node, ast.Subscript) and _is_environ(node.value):
            key = node.slice
        elif isinstance(node, ast.Call) and node.args:
            function = node.func
            if isinstance(function, ast.Attribute) and function.attr in _READERS:
                if function.attr == "getenv" or _is_environ(function.value):
                    key = node.args[0]
            elif isinstance(function, ast.Name) and function.id == "getenv":
                key = node.args[0]
        if isinstance(key, ast.Constant) and isinstance(key.value, str) and key.value:
            yield key.value


def _is_environ(node: ast.expr) -> bool:
    name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
    return name in ("environ", "env")
