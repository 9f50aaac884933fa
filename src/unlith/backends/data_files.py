"""Which data files belong to needed modules: templates, static files, SQL and the like.

A package brings every file below it that is not code, but not what lies in a package that is not
needed. A module beside no ``__init__`` brings ``templates``, ``static`` and the files it names in
quotes. Never: hidden files, caches, databases, keys and links.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol

_CODE = frozenset({".py", ".pyc", ".pyi", ".pyo"})
# What must not travel unasked: state and secrets ([tool.unlith] include can name them).
_STATE = frozenset(
    {".db", ".key", ".log", ".p12", ".pem", ".sqlite", ".sqlite3", ".sqlite3-journal"}
)
_FLASK_FOLDERS = ("static", "templates")


class _Scan(Protocol):
    @property
    def literals(self) -> set[str]: ...


class _Module(Protocol):
    @property
    def file(self) -> Path: ...
    @property
    def root(self) -> Path: ...
    @property
    def scan(self) -> _Scan: ...


def data_of(modules: Iterable[_Module]) -> dict[str, Path]:
    """Give the data files of modules by their names below the source root."""
    modules = tuple(modules)
    needed = {module.file.parent for module in modules if module.file.name == "__init__.py"}
    found: dict[str, Path] = {}
    for module in modules:
        folder = module.file.parent
        if module.file.name == "__init__.py":
            files = _below(folder, needed)
        elif not (folder / "__init__.py").is_file():
            files = _beside(folder, module.scan.literals, needed)
        else:
            continue
        found.update((file.relative_to(module.root).as_posix(), file) for file in files)
    return found


# Private


def _below(folder: Path, needed: set[Path]) -> Iterator[Path]:
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith(".") or entry.name == "__pycache__" or entry.is_symlink():
            continue
        if entry.is_dir():
            if not (entry / "__init__.py").is_file():
                yield from _below(entry, needed)
        elif entry.suffix not in _CODE and entry.suffix not in _STATE:
            yield entry


def _beside(folder: Path, literals: set[str], needed: set[Path]) -> Iterator[Path]:
    for name in _FLASK_FOLDERS:
        if (folder / name).is_dir() and not (folder / name).is_symlink():
            yield from _below(folder / name, needed)
    for literal in sorted(literals):
        file = folder / literal
        if not _is_plain_name(literal) or file.suffix in _CODE | _STATE:
            continue
        if file.is_file() and not file.is_symlink():
            yield file


def _is_plain_name(literal: str) -> bool:
    # No path that could lead out of the folder, and no hidden file.
    return literal.isprintable() and not literal.startswith(".") and not set("/\\") & set(literal)
