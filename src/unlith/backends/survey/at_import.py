"""What runs while a module is imported: its body, its class bodies, decorators and class hooks.

A module that a request is the first to import runs all that within the request; what this code
calls in other modules belongs to the route.
https://docs.python.org/3/reference/datamodel.html#customizing-class-creation, read 2026-11-24.
"""

from __future__ import annotations

from collections.abc import Iterator

from unlith.backends.survey.index import Index, Node
from unlith.backends.survey.reading import Chain, Definition, Reading

_DEPTH = 12


def bodies(reading: Reading) -> Iterator[Definition]:
    """Yield what runs at import: the module's body and those of classes not in functions."""
    for definition in reading.definitions.values():
        if definition.kind != "function" and _is_at_top(reading, definition):
            yield definition


def chains_at_import(reading: Reading) -> Iterator[tuple[Chain, str]]:
    """Yield each chain that importing a module evaluates, with the scope it stands in."""
    for body in bodies(reading):
        # A class that is only derived from does not run; one that a call gives is made by it.
        bases = {base for base in body.bases if not any(step[:1] == "(" for step in base)}
        for chain in {*body.uses, *(store.chain for store in body.stores)} - bases:
            yield chain, body.name
        for name in body.defs.values():
            inner = reading.definitions[name]
            for chain in {*inner.decorators, *inner.applied}:
                yield chain, body.name


def class_hooks(index: Index, reading: Reading) -> Iterator[Node]:
    """Yield what making the module's classes calls: ``__init_subclass__`` and metaclasses."""
    for body in bodies(reading):
        if body.kind == "class":
            yield from _hooks(index, ("def", reading.module, body.name), 0)


# Private


def _is_at_top(reading: Reading, definition: Definition) -> bool:
    while definition.name:
        definition = reading.definitions[definition.parent]
        if definition.kind == "function":
            return False
    return True


def _hooks(index: Index, node: Node, depth: int) -> Iterator[Node]:
    definition = index.definition(node)
    if definition is None or depth > _DEPTH:
        return
    for chain in definition.metaclass:
        yield from index.meaning(chain, node[1], definition.parent).nodes
    if depth and "__init_subclass__" in definition.defs:
        yield ("def", node[1], definition.defs["__init_subclass__"])
    for base, _ in index.bases(node[1], definition):
        if base is not None and base != node:
            yield from _hooks(index, base, depth + 1)
