"""Trees of code for one side: a bundle's files, with the app's state linked to that side's own.

An app may keep its database beside its code (Flask's ``instance`` folder). Each side therefore
has a tree of its own, made of hard links, so that a path computed from ``__file__`` leads to the
side's state, and never to the user's.
"""

from __future__ import annotations

import compileall
import importlib.util
import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from unlith.backends.zips import unpack

_SKIPPED = frozenset({"__pycache__", "node_modules"})


def unpacked(archive: Path, folder: Path) -> Path:
    """Unpack a bundle once for its digest, with bytecode; give the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    target = unpack(archive, folder)
    mark = target / ".compiled"
    if not mark.exists():
        # Each side imports the same files: compile once, not once a side, what came without.
        for file in sorted(target.rglob("*.py")):
            if not Path(importlib.util.cache_from_source(str(file))).exists():
                compileall.compile_file(file, quiet=2)
        mark.touch()
    return target


def linked_tree(source: Path, target: Path, state: Mapping[str, Path]) -> Path:
    """Make *target* a copy of *source* by hard links, except that *state* paths are links.

    *state* maps paths in the tree to where that side keeps them.
    """
    target.mkdir(parents=True)
    for folder, folders, files in os.walk(source):
        here = Path(folder).relative_to(source)
        folders[:] = [name for name in folders if _is_code(Path(folder, name), here, state)]
        for name in folders:
            (target / here / name).mkdir(exist_ok=True)
        for name in files:
            if (here / name).as_posix() not in state:
                _link(Path(folder, name), target / here / name)
    for name, kept in state.items():
        place = target / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(kept)
    return target


def state_links(
    paths: Iterable[str], state: Path, root: Path, sources: Iterable[Path]
) -> dict[str, Path]:
    """Say where state lies in a bundle: relative to the workspace and to each source root."""
    links: dict[str, Path] = {}
    for path in paths:
        for base in (root, *sources):
            full = root / path
            if full.is_relative_to(base) and full != base:
                links[full.relative_to(base).as_posix()] = state / path
    return links


def make_places(paths: Iterable[str], state: Path, root: Path) -> None:
    """Make the folders that state paths need to be there."""
    state.mkdir(parents=True, exist_ok=True)
    for path in paths:
        is_folder = (root / path).is_dir() or not Path(path).suffix
        (state / path if is_folder else (state / path).parent).mkdir(parents=True, exist_ok=True)


# Private


def _is_code(folder: Path, parent: Path, state: Mapping[str, Path]) -> bool:
    if folder.name.startswith(".") or folder.name in _SKIPPED - {"__pycache__"}:
        return False
    if (parent / folder.name).as_posix() in state:
        return False
    return not (folder / "pyvenv.cfg").exists()


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target, follow_symlinks=True)
    except OSError:  # another file system, or links are not allowed there
        shutil.copy2(source, target)
