"""What a function does as its syntax tree says it: refusals, guards, places of names."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from unlith.backends.readiness.rule import AppPage, Page
from unlith.backends.survey.reading import Definition
from unlith.domain.survey import Hook

_REFUSES = re.compile(
    r"(^|[._])(abort|redirect|protect|authenticate|authorize|unauthorized|forbid|deny|reject|"
    r"require|required|verify|validate|enforce|ensure|challenge)(_\w+)?$"
)
_DEPTH = 3


def function_at(
    page: Page, definition: Definition
) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    """Give the syntax tree of a function of a page, or None."""
    for node in page.functions:
        first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
        if first == definition.line and node.name == definition.name.rpartition(".")[2]:
            return node
    return None


def line_of_word(page: Page, definition: Definition, word: str) -> int:
    """Give the line within a definition where a word stands first; 0 if nowhere."""
    lines = page.lines[definition.line - 1 : definition.end]
    pattern = re.compile(rf"\b{re.escape(word)}\b", re.I)
    for number, line in enumerate(lines, definition.line):
        if pattern.search(line.partition("#")[0]):
            return number
    return 0


def refuses(app: AppPage, hook: Hook) -> bool:
    """Say whether a ``before_request`` hook may end a request; yes where it cannot be read."""
    page = app.page_of(hook.where.module)
    name = hook.where.qualname.replace(".<locals>", "")
    definition = page.reading.definitions.get(name) if page else None
    return page is None or definition is None or may_refuse(page, definition)


def may_refuse(page: Page, definition: Definition, depth: int = _DEPTH) -> bool:
    """Say whether a hook may end a request: it gives an answer, raises, or calls what does."""
    node = function_at(page, definition)
    if node is None:
        return True
    inner = [one for one in _own(node) if isinstance(one, ast.Return) and one.value is not None]
    if depth == _DEPTH and any(not _is_none(one.value) for one in inner):
        return True
    if any(isinstance(one, ast.Raise) and one.exc is not None for one in _own(node)):
        return True
    return any(_call_refuses(page, definition, call.chain, depth) for call in definition.calls)


def is_kept(page: Page, definition: Definition, line: int) -> bool:
    """Say whether what a line makes is made once: in a cache, or where it is missing."""
    for chain in definition.decorators:
        name = "".join(part for part in chain if not part.startswith("("))
        if re.search(r"(^|\.)(lru_cache|cache|cached|cached_property|memoize|once)$", name):
            return True
    node = function_at(page, definition)
    return node is not None and any(a <= line <= b for _, a, b in guarded_names(node))


def guarded_names(node: ast.AST) -> Iterator[tuple[str, int, int]]:
    """Yield what is set only where it is missing: the name and the lines where that is so.

    That is ``if X is None: X = …`` or ``if k not in X: X[k] = …``, and what follows
    ``if X is not None: return X``.
    """
    for one in ast.walk(node):
        if not isinstance(one, ast.If):
            continue
        name, is_missing = _missing(one.test)
        if name and is_missing and any(_sets(statement, name) for statement in one.body):
            yield name, one.lineno, max(s.end_lineno or s.lineno for s in one.body)
        elif name and not is_missing and any(_sets(other, name) for other in one.orelse):
            yield name, one.orelse[0].lineno, one.orelse[-1].end_lineno or one.lineno
        elif name and not is_missing and _leaves(node, one.body[-1], name):
            yield name, one.lineno, getattr(node, "end_lineno", one.lineno)


# Private


def _missing(test: ast.expr) -> tuple[str, bool]:
    if isinstance(test, ast.BoolOp):
        found = [_missing(part) for part in test.values]
        return next((one for one in found if one[0]), ("", False))
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return (ast.unparse(test.operand), True)
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        operator, other = test.ops[0], test.comparators[0]
        if _is_none(other) and isinstance(operator, ast.Is | ast.Eq):
            return ast.unparse(test.left), True
        if _is_none(other) and isinstance(operator, ast.IsNot | ast.NotEq):
            return ast.unparse(test.left), False
        if isinstance(operator, ast.NotIn):
            return ast.unparse(other), True
        if isinstance(operator, ast.In):
            return ast.unparse(other), False
    if isinstance(test, ast.Name | ast.Attribute):
        return ast.unparse(test), False
    return "", False


def _sets(statement: ast.stmt, name: str) -> bool:
    # The name, its item, or its attribute; below a try, a with or a second test too.
    for node in ast.walk(statement):
        if isinstance(node, ast.Name | ast.Attribute | ast.Subscript) and isinstance(
            node.ctx, ast.Store
        ):
            text = ast.unparse(node)
            if text == name or text.startswith((f"{name}[", f"{name}.")):
                return True
    return False


def _leaves(node: ast.AST, statement: ast.stmt, name: str) -> bool:
    # ``return X``, or any return before ``X = …``: what follows runs while it is missing.
    if not isinstance(statement, ast.Return):
        return False
    if statement.value is not None and ast.unparse(statement.value).startswith(name):
        return True
    is_global = any(name in one.names for one in ast.walk(node) if isinstance(one, ast.Global))
    return is_global and any(_sets(one, name) for one in getattr(node, "body", ()))


def _is_none(value: ast.expr | None) -> bool:
    return isinstance(value, ast.Constant) and value.value is None


def _call_refuses(page: Page, definition: Definition, chain: tuple[str, ...], depth: int) -> bool:
    name = "".join(part for part in chain if not part.startswith("("))
    if _REFUSES.search(name):
        return True
    return depth > 0 and any(
        may_refuse(*found, depth - 1) for found in _called(page, definition, chain)
    )


def _own(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield child
            yield from _own(child)


def _called(
    page: Page, definition: Definition, chain: tuple[str, ...]
) -> Iterator[tuple[Page, Definition]]:
    meaning = page.index.meaning(chain, page.module, definition.name)
    for node in meaning.nodes[-1:]:
        held = page.index.definition(node) if node[0] == "def" else None
        other = page.beside(node[1]) if held is not None else None
        if held is not None and held.kind == "function" and other is not None:
            yield other, held
