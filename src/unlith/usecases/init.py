"""Make a workspace around an existing app: settings and folders; the app is left as it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Made:
    """What was written and what was there already, as paths relative to the workspace."""

    app: str
    written: tuple[str, ...]
    kept: tuple[str, ...]


class Skeleton(Protocol):
    """Writes a workspace's first files."""

    def add_settings(self, settings: Mapping[str, object]) -> bool:
        """Add ``[tool.unlith]`` to ``pyproject.toml``; False if it is there already."""
        ...

    def add_file(self, name: str, text: str) -> bool:
        """Write a file unless it exists; say whether it was written."""
        ...

    def ignore(self, pattern: str) -> bool:
        """Add a pattern to ``.gitignore`` unless it is there."""
        ...


EXTRACTED = """# Functions

One folder a function, written by `unlith extract`; no folder imports another.
Each is deployed from its own zip and shares the app's domain modules.
"""

INFRA = """# What the cloud should be

`routes.toml` says who serves each route (`unlith route` changes it, `unlith status` shows it).
`journal.jsonl` is the append-only record of those changes.
"""


def init(app: str, sources: tuple[str, ...], skeleton: Skeleton) -> Made:
    """Write what is missing of a workspace; run it twice and nothing more happens."""
    written: list[str] = []
    kept: list[str] = []

    def note(name: str, *, was_written: bool) -> None:
        (written if was_written else kept).append(name)

    settings = {"app": app, "sources": list(sources)}
    note("pyproject.toml", was_written=skeleton.add_settings(settings))
    note("extracted/README.md", was_written=skeleton.add_file("extracted/README.md", EXTRACTED))
    note("infra/README.md", was_written=skeleton.add_file("infra/README.md", INFRA))
    note("tests/parity/.gitkeep", was_written=skeleton.add_file("tests/parity/.gitkeep", ""))
    ignored = [skeleton.ignore(pattern) for pattern in (".unlith/", "*.tape.jsonl")]
    note(".gitignore", was_written=any(ignored))
    return Made(app, tuple(written), tuple(kept))
