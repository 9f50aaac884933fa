"""Fills the state in which sessions begin, with the user's own setup.

It runs in a process of its own over copies of the sources; the user's files are read only.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from unlith.backends.local.code_tree import linked_tree, state_links
from unlith.backends.local.hosts import WorkerHosts
from unlith.backends.local.session_aws import LocalAws
from unlith.errors import FunctionFailed
from unlith.files.settings import Settings
from unlith.ports import FunctionSpec


@dataclass(frozen=True, slots=True)
class Place:
    """Where the setup runs: a folder for copies of the sources, the state, its paths."""

    folder: Path
    state: Path
    paths: Iterable[str]


def set_up(
    settings: Settings, place: Place, spec: FunctionSpec, hosts: WorkerHosts, aws: LocalAws
) -> None:
    """Run the setup; what it asks of AWS every session finds there.

    Raises:
        FunctionFailed: with the setup's own traceback.
    """
    trees = []
    for number, source in enumerate(dict.fromkeys((*settings.sources, settings.root))):
        links = state_links(place.paths, place.state, settings.root, [source])
        inside = {n: p for n, p in links.items() if n != "." and not n.startswith("../")}
        trees.append(linked_tree(source, place.folder / f"source-{number}", inside))
    host = hosts.host(replace(spec, paths=tuple(trees)))
    try:
        done = host.call(aws.seed)
    finally:
        host.close()
    if done.error is not None:
        raise FunctionFailed(
            f"the setup {settings.parity.setup!r} failed: {done.error.type}: {done.error.message}",
            hint="[tool.unlith.parity] setup is `module:callable`, called without arguments "
            "in an empty folder",
            detail=("".join(done.error.trace) + done.log).rstrip(),
        )
