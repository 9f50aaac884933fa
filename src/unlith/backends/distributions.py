"""Which installed distributions an import needs, and which of their files a bundle takes.

Copies what is installed beside the tool: right for pure Python and for the same platform, which
``platform_tags`` tells. It never downloads.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from importlib.metadata import packages_distributions as _packages_distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROVIDED = frozenset({"boto3", "botocore", "s3transfer", "jmespath"})
"""In every Python runtime of Lambda.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html ("Runtime-included SDK"),
read 2026-11-20.
"""

PROVIDED_IMPORTS = frozenset({"awslambdaric", "snapshot_restore_py"})
"""Of Lambda's runtime client: in every Python runtime too, and of no use elsewhere."""

_KEPT_METADATA = ("METADATA", "entry_points.txt", "top_level.txt")


def needed(imports: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give the distributions that top-level *imports* need, with all they require, and the
    imports that no installed distribution provides.

    Extras that nobody asked for are left out, environment markers are obeyed.
    """  # noqa: D205  # one sentence, two lines
    owners = owners_of_imports()
    found: set[str] = set()
    missing = []
    queue = []
    for name in imports:
        names = () if name in PROVIDED_IMPORTS else owners.get(name, ())
        queue += [(owner, frozenset[str]()) for owner in names]
        if not names and name not in PROVIDED_IMPORTS:
            missing.append(name)
    while queue:
        name, extras = queue.pop()
        if (name in found and not extras) or name in PROVIDED:
            continue
        found.add(name)
        queue += _requirements(name, extras)
    return tuple(sorted(found)), tuple(sorted(missing))


@functools.cache
def owners_of_imports() -> dict[str, tuple[str, ...]]:
    """Give the distributions that provide each top-level import name."""
    return {
        name: tuple(sorted({str(canonicalize_name(owner)) for owner in owners}))
        for name, owners in _packages_distributions().items()
    }


def files_of(name: str) -> Iterator[tuple[str, Path]]:
    """Yield the files of an installed distribution that its code needs at run time."""
    found = distribution(name)
    for file in found.files or ():
        parts = file.parts
        if ".." in parts or "__pycache__" in parts or file.suffix in (".pyc", ".pth"):
            continue
        if parts[0].endswith(".dist-info") and parts[-1] not in _KEPT_METADATA:
            continue
        path = Path(str(found.locate_file(file)))
        if path.is_file():
            yield file.as_posix(), path


def platform_tags(names: Iterable[str]) -> tuple[str, ...]:
    """Give the distributions that hold compiled code, each with its wheel's tag."""
    return tuple(f"{name} ({tags[0]})" for name, tags in compiled(names))


def compiled(names: Iterable[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the distributions that hold compiled code, with every tag of their wheels."""
    for name in names:
        wheel = distribution(name).read_text("WHEEL") or ""
        tags = tuple(line[5:] for line in wheel.splitlines() if line.startswith("Tag: "))
        if tags and not tags[0].endswith("-any"):
            yield name, tags


@functools.cache
def size_of(name: str) -> int:
    """Give the bytes of an installed distribution's files that a bundle takes."""
    try:
        return sum(path.stat().st_size for _, path in files_of(name))
    except PackageNotFoundError:
        return 0


# Private


def _requirements(name: str, extras: frozenset[str]) -> Iterator[tuple[str, frozenset[str]]]:
    try:
        found: Distribution = distribution(name)
    except PackageNotFoundError:
        return
    for text in found.requires or ():
        requirement = Requirement(text)
        marker = requirement.marker
        wanted = [{"extra": extra} for extra in ("", *extras)]
        if marker is None or any(marker.evaluate(environment) for environment in wanted):
            owner = str(canonicalize_name(requirement.name))
            if _is_installed(owner):
                yield owner, frozenset(requirement.extras)


def _is_installed(name: str) -> bool:
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True
