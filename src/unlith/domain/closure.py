"""What a handler needs to be imported: project modules, distributions, data, and the unknown.

Plain values. ``backends.source_tree`` finds them by reading files; nothing is imported to do so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Closure:
    """Everything that imports reach from some entry modules.

    ``modules`` maps each project module to its file; the packages it lies in are among them.
    ``external`` holds top-level import names that are neither the project's nor the standard
    library's; those in ``optional`` are only imported where a failure to import is caught.
    ``data`` maps a name below a source root (posix form) to a file that lies in a needed package.
    ``unknown`` names the imports that reading cannot follow, each as ``file:line: what``.
    """

    modules: Mapping[str, Path] = field(default_factory=dict)
    external: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()
    data: Mapping[str, Path] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
