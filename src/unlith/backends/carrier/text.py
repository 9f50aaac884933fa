"""The text of carried modules: imports in order, definitions as they were written."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable

from unlith.backends.carrier.module import Scope, Statement
from unlith.backends.carrier.slices import ImportLine, Slice

_WIDTH = 88


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


def imports_text(lines: Iterable[ImportLine], is_first_party: Callable[[str], bool]) -> str:
    """Give imports in three groups, each in the order that isort has."""
    groups: dict[int, list[ImportLine]] = {0: [], 1: [], 2: []}
    for line in set(lines):
        top = line.module.partition(".")[0]
        group = 0 if top in sys.stdlib_module_names else 2 if is_first_party(top) else 1
        groups[group].append(line)
    return "\n".join(_group(found) for found in groups.values() if found)


# Private


def _gap(before: Statement | None, statement: Statement) -> int:
    if before is None:
        return 2 if _is_scope(statement) else 1
    if _is_scope(before) or _is_scope(statement):
        return 2
    return min(1, statement.first - before.last - 1)


def _is_scope(statement: Statement) -> bool:
    return isinstance(statement.node, Scope)


def _group(lines: list[ImportLine]) -> str:
    plain = sorted(
        f"import {line.module}"
        + (f" as {line.bound}" if line.bound not in ("", line.module) else "")
        for line in lines
        if not line.name
    )
    by_module: dict[str, set[str]] = {}
    renamed: dict[str, set[str]] = {}
    for line in lines:
        if line.name and (line.bound != line.name or line.is_reexport):
            renamed.setdefault(line.module, set()).add(f"{line.name} as {line.bound}")
        elif line.name:
            by_module.setdefault(line.module, set()).add(line.name)
    out = [f"{text}\n" for text in plain]
    for module in sorted({*by_module, *renamed}, key=lambda m: (m.lower(), m)):
        if module in by_module:
            out.append(_from(module, sorted(by_module[module], key=_member)))
        out += [f"from {module} import {text}\n" for text in sorted(renamed.get(module, ()))]
    return "".join(out)


def _from(module: str, names: list[str]) -> str:
    line = f"from {module} import {', '.join(names)}\n"
    if len(line) - 1 <= _WIDTH:
        return line
    return f"from {module} import (\n" + "".join(f"    {name},\n" for name in names) + ")\n"


def _member(name: str) -> tuple[int, str, str]:
    # isort's order-by-type: CONSTANTS, Classes, then the rest.
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2
    return kind, name.lower(), name
