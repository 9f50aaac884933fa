"""The text of carried modules: imports in order, definitions as they were written."""

from __future__ import annotations

from collections.abc import Callable

from unlith.backends.carrier.imports import ImportLine
from unlith.backends.carrier.module import Scope, Statement
from unlith.backends.carrier.slices import Slice


def slice_text(found: Slice, imports: Callable[[set[ImportLine]], str]) -> str:
    """Give a slice's source: imports, then the statements in the order of their module."""
    name = found.module.name
    assert all(part.isidentifier() for part in name.split("."))
    parts = [f'"""Carried from {name} by `unlith extract`: change it there."""\n']
    if found.module.has_future:
        parts.append("\nfrom __future__ import annotations\n")
    if found.imports:
        parts.append("\n" + imports(found.imports))
    before: Statement | None = None
    for statement in sorted(found.texts, key=lambda item: item.first):
        text = found.texts[statement]
        text = text if text.endswith("\n") else text + "\n"
        parts.append("\n" * _gap(before, statement) + text)
        before = statement
    return "".join(parts)


# Private


def _gap(before: Statement | None, statement: Statement) -> int:
    if before is None:
        return 2 if _is_scope(statement) else 1
    if _is_scope(before) or _is_scope(statement):
        return 2
    return min(1, statement.first - before.last - 1)


def _is_scope(statement: Statement) -> bool:
    return isinstance(statement.node, Scope)
