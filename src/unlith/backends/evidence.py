"""Digests of all that a parity result of a function hangs on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from unlith.backends.local.sandbox import FileState
from unlith.domain.function import FunctionInfo
from unlith.files.settings import Settings
from unlith.ports import Bundler

LOCKS = (
    "*.lock", "requirements*.txt", "requirements/*.txt", "requirements/*.lock", "Pipfile.lock",
    "constraints*.txt", "pylock*.toml",
)  # fmt: skip
"""Files that pin dependencies, below the workspace's root."""


def evidence_of(settings: Settings, bundler: Bundler, function: FunctionInfo) -> dict[str, str]:
    """Give the digests, by name: see ``domain.evidence.WORDS``."""
    cases = settings.root / settings.parity.cases / f"{function.name}.toml"
    told = (settings.environ, settings.parity.setup, list(settings.parity.state), settings.app)
    found = {
        "function": bundler.build_function(function.name).sha256,
        "whole": bundler.build_whole().sha256,
        "cases": _files([cases]),
        "routes": _text(" ".join(sorted(map(str, function.routes)))),
        "locks": _files(file for pattern in LOCKS for file in settings.root.glob(pattern)),
        "settings": _text(json.dumps(told, sort_keys=True, default=str)),
    }
    if not settings.parity.setup:
        # Without a setup sessions begin in a copy of what lies in the workspace.
        names = FileState(settings.root, settings.parity.state).names()
        found["state"] = _files(settings.root / name for name in names)
    return found


# Private


def _text(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _files(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for file in sorted(set(files)):
        if file.is_file():
            with file.open("rb") as content:
                digest.update(file.name.encode() + b"\0")
                digest.update(hashlib.file_digest(content, "sha256").digest())
    return digest.hexdigest()
