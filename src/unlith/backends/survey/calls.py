"""Who hands what to whom: arguments of a function's callers, and what is set under a name.

Callers are found by the name they call, so that methods of objects nobody typed are found too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property

from unlith.backends.survey.chains import steps_of
from unlith.backends.survey.index import Index, Node
from unlith.backends.survey.reading import Call, Chain, Definition

_MANY = 20
Placed = tuple[Chain, str, str]
"""A chain with the module and scope that it stands in."""


class Calls:
    """Looks through one project's readings, once and only when asked."""

    def __init__(self, index: Index) -> None:
        self._index = index

    def given(self, node: Node) -> Iterator[Placed]:
        """Yield what callers hand over as a parameter, a ``var`` node of a function."""
        for _, text, module, caller in self.texts(node):
            chain = steps_of(text)
            if chain:
                yield chain, module, caller

    def texts(self, node: Node) -> Iterator[tuple[Chain, str, str, str]]:
        """Yield what is called, and the same as it is written, with module and scope."""
        scope, _, name = node[2].rpartition(" ")
        function = self._index.definition(("def", node[1], scope)) if scope else None
        if function is None or name not in function.parameters:
            return
        own, _, last = function.name.rpartition(".")
        called = own.rpartition(".")[2] if last == "__init__" else last
        for call, module, caller in self._by_name.get(called, ())[:_MANY]:
            yield call.chain[:-1], _argument(call, function, name), module, caller

    def set_as(self, step: str) -> list[Placed]:
        """Give what is set under an attribute or key (``.name``, ``['key']``) anywhere."""
        return self._fields.get(step, [])

    # Private

    @cached_property
    def _by_name(self) -> dict[str, list[tuple[Call, str, str]]]:
        found: dict[str, list[tuple[Call, str, str]]] = defaultdict(list)
        for module, definition in self._definitions():
            for call in definition.calls:
                if len(call.chain) > 1 and (call.args or call.keywords):
                    name = call.chain[-2].lstrip(".")
                    found[name].append((call, module, definition.name))
        return found

    @cached_property
    def _fields(self) -> dict[str, list[Placed]]:
        found: dict[str, list[Placed]] = defaultdict(list)
        for module, definition in self._definitions():
            for step, chain in definition.fields:
                if chain != ("=None",):
                    found[step].append((chain, module, definition.name))
        return found

    def _definitions(self) -> Iterator[tuple[str, Definition]]:
        for reading in list(self._index.known()):
            for definition in reading.definitions.values():
                yield reading.module, definition


def _argument(call: Call, function: Definition, name: str) -> str:
    if name in call.keywords:
        return call.keywords[name]
    first = function.parameters[:1] in (["self"], ["cls"])
    place = function.parameters.index(name) - first
    return call.args[place] if 0 <= place < len(call.args) else ""
