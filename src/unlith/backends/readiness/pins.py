"""Which distributions the project's own files hold to one version; reads files, runs nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

LOCKS = (
    "uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock", "pylock.toml", "requirements.lock"
)  # fmt: skip
REQUIREMENTS = (
    "requirements.txt", "requirements/base.txt", "requirements/common.txt",
    "requirements/prod.txt", "requirements/production.txt",
)  # fmt: skip


def has_lock(root: Path) -> bool:
    """Say whether a project holds the lock file of a known tool."""
    return any((root / name).is_file() for name in LOCKS)


def requirement_lines(root: Path) -> Iterator[tuple[Path, int, str]]:
    """Yield the requirements of a project's files for production: file, line and text."""
    for name in REQUIREMENTS:
        file = root / name
        if file.is_file():
            for number, line in enumerate(file.read_text("utf-8", "replace").splitlines(), 1):
                text = line.partition(" #")[0].rstrip("\\ ").strip()
                if re.match(r"^[A-Za-z0-9]", text):
                    yield file, number, text


def is_exact(requirement: str) -> bool:
    """Say whether a requirement names one version or one file.

    >>> is_exact("flask==3.1.0"), is_exact("flask>=3"), is_exact("a @ https://h/a.whl")
    (True, False, True)
    """
    return "==" in requirement or " @ " in requirement or "://" in requirement


def is_pinned(distribution: str, roots: Iterable[Path]) -> bool:
    """Say whether a project holds a distribution to one version."""
    name = re.compile(rf"^{re.escape(distribution)}\s*(\[|[=<>!~;]|$)", re.I)
    return any(
        has_lock(root)
        or any(name.match(text) and is_exact(text) for _, _, text in requirement_lines(root))
        for root in roots
    )
