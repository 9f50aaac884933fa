"""Containers that live as long as a process, and where functions change them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from unlith.backends.readiness.rule import Page
from unlith.backends.survey.index import Node
from unlith.backends.survey.reading import Definition
from unlith.backends.survey.registries import MUTATORS

MUTABLE = re.compile(
    r"^(=\[|=\{|(?:builtins\.)?(dict|list|set)\(|collections\.(defaultdict|deque|OrderedDict|Counter)\()"
)


def is_mutable(page: Page, node: Node) -> bool:
    """Say whether a module-level variable is bound to a container."""
    reading = page.index.reading(node[1])
    chains = reading.body.values.get(node[2], ()) if reading else ()
    return any(
        MUTABLE.match(chain[0] if len(chain) == 1 else page.names.of(chain, node[1], "") or "")
        for chain in chains
    )


def changes(page: Page, definition: Definition) -> Iterator[tuple[int, Node]]:
    """Yield where a function changes a module-level variable in place: line and variable."""
    for store in definition.stores:
        if store.kind != "global" and len(store.chain) > 1:
            node = page.variable(store.chain, definition)
            if node is not None and node[2] not in definition.values:
                yield store.line, node
    for call in definition.calls:
        if len(call.chain) > 2 and call.chain[-2].lstrip(".") in MUTATORS:
            is_plain = len(call.chain) == 3 or call.chain[-3].startswith("[")
            node = page.variable(call.chain, definition)
            if node is not None and is_plain:
                yield call.line, node
