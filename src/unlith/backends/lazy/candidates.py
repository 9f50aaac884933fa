"""What could be deferred in one module, and what a module that must be eager takes with it."""

from __future__ import annotations

import ast
import sys
import warnings
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import CodeType

from unlith.backends.import_scan import is_type_checking
from unlith.backends.lazy.transform import Entry, deferrable, deferred, entries_of, used_names


@dataclass(frozen=True)
class Module:
    """One module that the app loads: its candidates and all it imports at the top level.

    ``imports`` maps each imported module to the exact names asked of it. ``dotted`` names the
    modules that it reaches as attributes of what it imported.
    """

    name: str
    file: Path
    is_package: bool
    source: bytes
    candidates: Mapping[str, tuple[Entry, ...]]
    imports: frozenset[str]
    parents: frozenset[str]
    dotted: frozenset[str]
    _loaded: Collection[str]

    @classmethod
    def read(
        cls, name: str, file: Path, *, is_package: bool, loaded: Collection[str]
    ) -> Module | None:
        """Read a module; None if it does not parse."""
        try:
            source = file.read_bytes()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tree = ast.parse(source, str(file))
                code = compile(tree, str(file), "exec", dont_inherit=True, optimize=0)
        except (SyntaxError, ValueError, OSError, RecursionError):
            return None
        package = name if is_package else name.rpartition(".")[0]
        found = deferrable(tree, code, package)
        used = used_names(code)
        shadowed = {n for n in found if is_package and f"{name}.{n}" in loaded}
        candidates = {
            bound: tuple(entries)
            for bound, entries in found.items()
            if all(_is_there(entry, loaded) for entry in entries)
            and (is_package or bound in used)  # unused: imported for what the import does
            and (bound not in shadowed or all(e[1:] == (name, bound) for e in entries))
        }
        every = list(_every_import(tree, package))
        exact = frozenset(n for entry in every for n in _targets(entry, loaded))
        return cls(
            name=name,
            file=file,
            is_package=is_package,
            source=source,
            candidates=candidates,
            imports=exact,
            parents=frozenset(p for target in exact for p in _above(target)),
            dotted=frozenset(_dotted(tree, every, loaded) - exact),
            _loaded=loaded,
        )

    def deferrable(self, eager: Collection[str], forced: Collection[str]) -> tuple[Entry, ...]:
        """Give the imports to defer while some modules must be loaded at the start."""
        return tuple(
            entry
            for entries in self.candidates.values()
            if not any(
                target in eager or any(above in forced for above in _above(target))
                for one in entries
                for target in _targets(one, self._loaded)
            )
            for entry in entries
        )

    def compiled(self, chosen: Iterable[Entry], submodules: Iterable[str]) -> CodeType:
        """Compile it with imports deferred."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return deferred(self.source, str(self.file), chosen, submodules)


def propagated(modules: Mapping[str, Module], eager: Collection[str]) -> set[str]:
    """Give the modules that must be eager since what they import must be."""
    found = set(eager)
    importers: dict[str, set[str]] = {}
    for name, module in modules.items():
        for target in module.imports:
            importers.setdefault(target, set()).add(name)
    waiting = list(found)
    while waiting:
        for name in importers.get(waiting.pop(), ()):
            if name not in found:
                found.add(name)
                waiting.append(name)
    return found


def implicit(modules: Mapping[str, Module]) -> set[str]:
    """Give the standard library's modules that somebody uses without importing them.

    Packages of the app and its distributions serve such modules when they are asked for.
    """
    named = {dotted for module in modules.values() for dotted in module.dotted}
    return {name for name in named if name.partition(".")[0] in sys.stdlib_module_names}


# Private


def _is_there(entry: Entry, loaded: Collection[str]) -> bool:
    _, module, _ = entry
    return module in loaded and not module.startswith(("unlith", "__"))


def _targets(entry: Entry, loaded: Collection[str]) -> Iterator[str]:
    _, module, what = entry
    yield module
    if what and f"{module}.{what}" in loaded:
        yield f"{module}.{what}"


def _above(name: str) -> Iterator[str]:
    parts = name.split(".")
    yield from (".".join(parts[:n]) for n in range(1, len(parts)))


def _every_import(tree: ast.Module, package: str) -> Iterator[Entry]:
    # All that run with the module's body; those of functions do not.
    waiting: list[ast.AST] = list(tree.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.If) and is_type_checking(node.test):
            waiting += node.orelse
            continue
        if isinstance(node, ast.ImportFrom) and any(a.name == "*" for a in node.names):
            star = ast.ImportFrom(node.module, [ast.alias("_")], node.level)
            yield from entries_of(star, package)
            continue
        yield from entries_of(node, package)
        waiting += ast.iter_child_nodes(node)


def _dotted(tree: ast.Module, every: Iterable[Entry], loaded: Collection[str]) -> set[str]:
    bound = {name: module for name, module, what in every if what == "."}
    bound |= {name: name for name, _, what in every if not what}
    bound |= {
        name: f"{module}.{what}"
        for name, module, what in every
        if what not in ("", ".") and f"{module}.{what}" in loaded
    }
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            full = f"{bound.get(node.value.id, '')}.{node.attr}"
            if full in loaded:
                found.add(full)
    return found
