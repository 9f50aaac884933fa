"""Imports as values, and their text in the order that isort has."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass

_WIDTH = 88


@dataclass(frozen=True, order=True)
class ImportLine:
    """``from module import name as bound``, or ``import module as bound`` without a name."""

    module: str
    name: str
    bound: str
    is_reexport: bool = False


def imports_text(lines: Iterable[ImportLine], is_first_party: Callable[[str], bool]) -> str:
    """Give imports in three groups, each in the order that isort has."""
    groups: dict[int, list[ImportLine]] = {0: [], 1: [], 2: []}
    for line in set(lines):
        top = line.module.partition(".")[0]
        group = 0 if top in sys.stdlib_module_names else 2 if is_first_party(top) else 1
        groups[group].append(line)
    return "\n".join(_group(found) for found in groups.values() if found)


def written(line: ImportLine) -> str:
    """Give an import as source."""
    renamed = line.bound and (line.bound != (line.name or line.module) or line.is_reexport)
    alias = f" as {line.bound}" if renamed else ""
    if not line.name:
        return f"import {line.module}{alias}"
    return f"from {line.module} import {line.name}{alias}"


# Private


def _group(lines: list[ImportLine]) -> str:
    plain = sorted(
        f"import {line.module}"
        + (f" as {line.bound}" if line.bound not in ("", line.module) else "")
        for line in lines
        if not line.name
    )
    by_module: dict[str, list[ImportLine]] = {}
    for line in lines:
        if line.name:
            by_module.setdefault(line.module, []).append(line)
    out = [f"{text}\n" for text in plain]
    for module in sorted(by_module, key=lambda name: (name.lower(), name)):
        out += _of_module(module, by_module[module])
    return "".join(out)


def _of_module(module: str, lines: list[ImportLine]) -> list[str]:
    # What is renamed gets a line of its own; lines go by their first name.
    renamed = {line for line in lines if line.bound != line.name or line.is_reexport}
    plain = sorted({line.name for line in lines if line not in renamed}, key=_member)
    found = [(_member(line.name), f"{written(line)}\n") for line in renamed]
    if plain:
        found.append((_member(plain[0]), _from(module, plain)))
    return [text for _, text in sorted(found)]


def _from(module: str, names: list[str]) -> str:
    line = f"from {module} import {', '.join(names)}\n"
    if len(line) - 1 <= _WIDTH:
        return line
    return f"from {module} import (\n" + "".join(f"    {name},\n" for name in names) + ")\n"


def _member(name: str) -> tuple[int, str, str]:
    # isort's order-by-type: CONSTANTS, Classes, then the rest.
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2
    return kind, name.lower(), name
