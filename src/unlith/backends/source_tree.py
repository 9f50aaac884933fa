"""Finds the project's modules on disk and follows their imports; never imports any of them.

Modules are found as Python's own path finder does: folder by folder, a regular package before a
module before a namespace package (https://docs.python.org/3/reference/import.html, 5.4 and 5.5,
read 2026-11-20).
"""

from __future__ import annotations

import ast
import importlib.util
import sys
import tokenize
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from unlith.backends.data_files import data_of
from unlith.backends.import_scan import Import, Scan, scan
from unlith.domain.closure import Closure

RUNTIME = frozenset({"unlith_runtime", "unlith_edges", "unlith_lazy", "unlith_record"})
"""Belongs to every closure that reaches it, wherever it is installed."""


@dataclass(frozen=True)
class SourceModule:
    """One project module: its name, file, text and syntax tree."""

    name: str
    file: Path
    root: Path

    @property
    def is_package(self) -> bool:
        """Say whether it is a package's ``__init__``."""
        return self.file.name == "__init__.py"

    @property
    def package(self) -> str:
        """Give the package that relative imports start from."""
        return self.name if self.is_package else self.name.rpartition(".")[0]

    @cached_property
    def text(self) -> str:
        """Give the source text, decoded as Python would."""
        with tokenize.open(self.file) as file:
            return file.read()

    @cached_property
    def tree(self) -> ast.Module:
        """Give the syntax tree. Raises: SyntaxError."""
        return ast.parse(self.text, str(self.file))

    @property
    def is_valid(self) -> bool:
        """Say whether the file parses."""
        try:
            return self.tree is not None
        except (SyntaxError, UnicodeDecodeError, ValueError):
            return False

    @cached_property
    def scan(self) -> Scan:
        """Give the module's imports; a file that does not parse is one unknown."""
        try:
            return scan(self.tree, self.name, is_package=self.is_package)
        except (SyntaxError, UnicodeDecodeError, ValueError) as error:
            line = getattr(error, "lineno", None) or 1
            return Scan(unknown=[(line, f"is not valid Python: {error.args[0]}")])


class SourceTree:
    """The modules below some source roots, earlier roots first."""

    def __init__(self, paths: Sequence[Path], base: Path | None = None) -> None:
        self._paths = tuple(path.resolve() for path in paths)
        self._base = base.resolve() if base is not None else None
        self._known: dict[str, SourceModule | None] = {}
        self._owned: dict[str, bool] = {}

    def find(self, name: str) -> SourceModule | None:
        """Give a project module by its dotted name, or None if it is not one with a file."""
        if name not in self._known:
            self._known[name] = self._locate(name)
        return self._known[name]

    def owns(self, name: str) -> bool:
        """Say whether a top-level name is the project's: a module, package or namespace."""
        top = name.partition(".")[0]
        if top not in self._owned:
            self._owned[top] = self.find(top) is not None or bool(self._folders(top))
        return self._owned[top]

    def is_namespace(self, name: str) -> bool:
        """Say whether a dotted name is a folder of modules without an ``__init__``."""
        return self.find(name) is None and bool(self._folders(name))

    def imports_of(self, name: str) -> Iterator[tuple[str, Import]]:
        """Yield every module that importing *name* imports, with the import that says so.

        Project modules and outside ones alike; packages around a module come with it.
        """
        module = self.find(name)
        if module is None:
            return
        for found in module.scan.imports:
            yield from ((target, found) for target in self._targets(found))

    def closure(self, entry_modules: Iterable[str], include: Iterable[str] = ()) -> Closure:
        """Give everything the entry modules need.

        *include* adds what reading cannot see: ``package.module``, ``package.*`` for all below,
        or a file below a source root (``package/data.bin``).
        """
        walk = _Walk(self)
        for name in entry_modules:
            walk.add(name)
        files: dict[str, Path] = {}
        for item in include:
            if "/" in item or self._is_file(item):
                files.update(self._data_file(item))
            else:
                for name in self._matching(item):
                    walk.add(name)
        walk.run()
        modules = {name: module for name in sorted(walk.modules) if (module := self.find(name))}
        return Closure(
            modules={name: module.file for name, module in modules.items()},
            external=frozenset(walk.external),
            optional=frozenset(n for n, is_optional in walk.external.items() if is_optional),
            data=dict(sorted({**data_of(modules.values()), **files}.items())),
            unknown=tuple(sorted(walk.unknown)),
        )

    def show(self, file: Path) -> str:
        """Give a file's name below the base, or below its source root's parent, for messages."""
        if self._base is not None and file.is_relative_to(self._base):
            return file.relative_to(self._base).as_posix()
        for root in self._paths:
            if file.is_relative_to(root.parent):
                return file.relative_to(root.parent).as_posix()
        return file.as_posix()

    # Private

    def _targets(self, found: Import) -> Iterator[str]:
        parts = found.module.split(".")
        if not self.owns(parts[0]):
            yield found.module
            return
        yield from (".".join(parts[: n + 1]) for n in range(len(parts)))
        for name in found.names:
            submodule = f"{found.module}.{name}"
            if self.find(submodule) is not None:
                yield submodule

    def _locate(self, name: str) -> SourceModule | None:
        parent, _, tail = name.rpartition(".")
        folders = self._search(parent)
        if name in RUNTIME:
            folders += tuple(folder.parent for folder in _installed(name))
        for folder in folders:
            for file in (folder / tail / "__init__.py", folder / f"{tail}.py"):
                if file.is_file():
                    return SourceModule(name, file, _up(folder, parent.count(".") + bool(parent)))
        return None

    def _search(self, package: str) -> tuple[Path, ...]:
        # Where the modules of a package may lie; the source roots for no package.
        if not package:
            return self._paths
        if package in RUNTIME and not self._in_paths(package):
            return _installed(package)
        module = self.find(package)
        if module is not None:
            return (module.file.parent,) if module.is_package else ()
        return self._folders(package)

    def _folders(self, package: str) -> tuple[Path, ...]:
        parent, _, tail = package.rpartition(".")
        return tuple(f / tail for f in self._search(parent) if tail and (f / tail).is_dir())

    def _in_paths(self, top: str) -> bool:
        return any((path / top / "__init__.py").is_file() for path in self._paths)

    def _matching(self, item: str) -> list[str]:
        if not item.endswith(".*"):
            return [item]
        base = item.removesuffix(".*")
        names = [base]
        for folder in self._search(base):
            for file in sorted(folder.rglob("*.py")):
                parts = file.relative_to(folder).with_suffix("").parts
                parts = parts[:-1] if parts[-1] == "__init__" else parts
                if all(part.isidentifier() for part in parts):
                    names.append(".".join((base, *parts)))
        return names

    def _is_file(self, item: str) -> bool:
        return "." in item and any((path / item).is_file() for path in self._paths)

    def _data_file(self, item: str) -> Mapping[str, Path]:
        for path in self._paths:
            file = (path / item).resolve()
            if file.is_relative_to(path) and file.is_file():
                return {file.relative_to(path).as_posix(): file}
            if file.is_relative_to(path) and file.is_dir():
                inside = (f for f in sorted(file.rglob("*")) if f.is_file() and not f.is_symlink())
                return {f.relative_to(path).as_posix(): f for f in inside}
        return {}


# Private


class _Walk:
    """One walk along imports."""

    def __init__(self, tree: SourceTree) -> None:
        self.modules: set[str] = set()
        self.external: dict[str, bool] = {}
        self.unknown: set[str] = set()
        self._tree = tree
        self._waiting: list[str] = []

    def add(self, name: str, *, is_caught: bool = False) -> None:
        top = name.partition(".")[0]
        if not self._tree.owns(top) and top not in RUNTIME:
            if top not in sys.stdlib_module_names:
                self.external[top] = self.external.get(top, True) and is_caught
            return
        parts = name.split(".")
        for prefix in (".".join(parts[: n + 1]) for n in range(len(parts))):
            if prefix not in self.modules and self._tree.find(prefix) is not None:
                self.modules.add(prefix)
                self._waiting.append(prefix)

    def run(self) -> None:
        while self._waiting:
            name = self._waiting.pop()
            module = self._tree.find(name)
            assert module is not None
            for line, what in module.scan.unknown:
                self.unknown.add(f"{self._tree.show(module.file)}:{line}: {what}")
            for target, found in self._tree.imports_of(name):
                self.add(target, is_caught=found.is_caught)


def _installed(package: str) -> tuple[Path, ...]:
    # The spec of a top-level package is found without importing it.
    spec = importlib.util.find_spec(package)
    return (
        tuple(Path(p).resolve() for p in (spec.submodule_search_locations or ())) if spec else ()
    )


def _up(folder: Path, levels: int) -> Path:
    for _ in range(levels):
        folder = folder.parent
    return folder
