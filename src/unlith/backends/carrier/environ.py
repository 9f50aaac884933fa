"""Which environment variables some modules read by a name in quotes.

A request's environ is another mapping of the same name: its keys are no environment variables.
They are those of CGI and of PEP 3333 (https://peps.python.org/pep-3333/#environ-variables, read
2026-11-26), and whatever a middleware adds.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

_READERS = frozenset({"get", "getenv", "pop", "setdefault"})
_NAMES = frozenset({"environ", "env"})
_REQUEST_KEYS = frozenset(
    "AUTH_TYPE CONTENT_LENGTH CONTENT_TYPE GATEWAY_INTERFACE PATH_INFO PATH_TRANSLATED "
    "QUERY_STRING RAW_URI REMOTE_ADDR REMOTE_HOST REMOTE_IDENT REMOTE_PORT REMOTE_USER "
    "REQUEST_METHOD REQUEST_URI SCRIPT_NAME SERVER_NAME SERVER_PORT SERVER_PROTOCOL "
    "SERVER_SOFTWARE".split()
)


def variables(trees: Iterable[ast.Module]) -> tuple[str, ...]:
    """Give the names, sorted; what is read by a computed name stays unknown."""
    return tuple(sorted({name for tree in trees for name in _Reads(tree).names()}))


# Private


class _Reads:
    """What one module reads, told by the names that it gives to ``os`` and to the request."""

    def __init__(self, tree: ast.Module) -> None:
        self._tree = tree
        self._os, self._own, self._requests = {"os"}, set[str](), set[str]()
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                self._os.update(a.asname for a in node.names if a.name == "os" and a.asname)
            elif isinstance(node, ast.ImportFrom):
                bound = {a.name: a.asname or a.name for a in node.names}
                if node.module == "os" and "environ" in bound:
                    self._own.add(bound["environ"])
                elif "request" in bound:
                    self._requests.add(bound["request"])
        self._of_requests = {
            target.id
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign) and self._is_of_request(node.value)
            for target in node.targets
            if isinstance(target, ast.Name)
        } - self._own

    def names(self) -> Iterator[str]:
        """Yield what is read, once for each place."""
        for node in ast.walk(self._tree):
            owner, key = _read(node)
            if not isinstance(key, ast.Constant) or not isinstance(key.value, str):
                continue
            if key.value and (owner is None or self._is_environ(owner, key.value)):
                yield key.value

    def _is_environ(self, node: ast.expr, key: str) -> bool:
        if self._is_process(node):
            return True
        name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
        if name not in _NAMES or name in self._of_requests or self._is_of_request(node):
            return False
        # Whose environ it is, is open: the key tells.
        return key not in _REQUEST_KEYS and "." not in key and key[:5] != "HTTP_"

    def _is_process(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Name):
            return node.id in self._own
        is_plain = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
        return is_plain and node.attr == "environ" and node.value.id in self._os  # type: ignore[attr-defined]  # is_plain

    def _is_of_request(self, node: ast.expr) -> bool:
        if not isinstance(node, ast.Attribute) or node.attr != "environ":
            return False
        owner = node.value
        if isinstance(owner, ast.Name):
            return owner.id in self._requests or owner.id in ("request", "req")
        return isinstance(owner, ast.Attribute) and owner.attr == "request"


def _read(node: ast.AST) -> tuple[ast.expr | None, ast.expr | None]:
    # The mapping that is read (None: the process's own for sure) and the key.
    if isinstance(node, ast.Subscript):
        return node.value, node.slice
    if not isinstance(node, ast.Call) or not node.args:
        return None, None
    function = node.func
    if isinstance(function, ast.Attribute) and function.attr in _READERS:
        return (None if function.attr == "getenv" else function.value), node.args[0]
    if isinstance(function, ast.Name) and function.id == "getenv":
        return None, node.args[0]
    return None, None
