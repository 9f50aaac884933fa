"""Joins readings: which definition a chain means, across modules, re-exports and scopes.

Modules are read on demand, from a store that remembers them by content. Nothing is imported.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from unlith.backends.source_tree import SourceTree
from unlith.backends.survey.reading import Chain, Definition, Imported, Reading

Node = tuple[str, str, str]
"""``("def", module, qualname)`` or ``("var", module, name)`` or ``("module", module, "")``."""

_DEPTH = 12
_LAZY = "__getattr__"  # of a module: runs for names that the module does not bind (PEP 562)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a chain means: the project's nodes on the way, and the steps after the last known one.

    ``outside`` is the dotted name of what is not the project's; ``is_local`` says that the root is
    a variable of a function, so that its attributes are anybody's.
    """

    nodes: tuple[Node, ...] = ()
    rest: Chain = ()
    outside: str = ""
    is_local: bool = False


class Index:
    """The project's readings, joined."""

    def __init__(self, tree: SourceTree, load: Callable[[str], Reading | None]) -> None:
        self.tree = tree
        self._load = load
        self._readings: dict[str, Reading | None] = {}
        self._memo: dict[tuple[str, str, Chain], Meaning] = {}

    def reading(self, module: str) -> Reading | None:
        """Give a project module's reading, or None if there is no such file."""
        if module not in self._readings:
            self._readings[module] = self._load(module)
        return self._readings[module]

    def known(self) -> Iterator[Reading]:
        """Yield every module read so far."""
        yield from [reading for reading in self._readings.values() if reading is not None]

    def definition(self, node: Node) -> Definition | None:
        """Give the definition that a ``def`` node stands for."""
        reading = self.reading(node[1])
        return reading.definitions.get(node[2]) if reading else None

    def meaning(self, chain: Chain, module: str, scope: str) -> Meaning:
        """Say what a chain means where it stands."""
        key = (module, scope, chain)
        if key not in self._memo:
            self._memo[key] = self._meaning(chain, module, scope, 0)
        return self._memo[key]

    def member(self, module: str, chain: Chain, depth: int = 0) -> Meaning:
        """Say what the attributes in *chain* mean, asked of a project module."""
        here: tuple[Node, ...] = (("module", module, ""),)
        if not chain or not chain[0].startswith(".") or depth > _DEPTH:
            return Meaning(here, chain)
        name = chain[0][1:]
        reading = self.reading(module)
        bound = self._in_module(reading, name) if reading else None
        if isinstance(bound, Imported) and (bound.module, bound.attribute) == (module, name):
            bound = None  # `from . import name` in a package's __init__: the submodule
        if bound is not None:
            found = self._bound(bound, name, module, "", chain[1:], depth + 1)
            return Meaning((*here, *found.nodes), found.rest, found.outside, found.is_local)
        inner = f"{module}.{name}"
        if self.tree.find(inner) is not None or self.tree.is_namespace(inner):
            return self.member(inner, chain[1:], depth + 1)
        for star in reading.stars if reading else ():
            if self.tree.owns(star) and name[:1] != "_" and star != module:
                found = self.member(star, chain, depth + 1)
                if found.outside or (len(found.nodes) > 1 and found.nodes[-1][2] != _LAZY):
                    return found
        if reading is not None and _LAZY in reading.body.defs:
            return Meaning((*here, ("def", module, _LAZY)), chain)
        return Meaning(here, chain)

    def bases(self, module: str, definition: Definition) -> Iterator[tuple[Node | None, str]]:
        """Yield each base of a class: its node, or the dotted name of an outside one."""
        for base in definition.bases:
            found = self.meaning(base, module, definition.parent)
            classes = [node for node in found.nodes if self._is_class(node)]
            if classes:
                yield classes[-1], ""
            else:
                yield None, found.outside or "".join(base)

    def method(self, node: Node, name: str, depth: int = 0) -> Node | None:
        """Give the method of that name of a class or its bases."""
        definition = self.definition(node)
        if definition is None or depth > _DEPTH:
            return None
        if name in definition.defs:
            return ("def", node[1], definition.defs[name])
        for base, _ in self.bases(node[1], definition):
            if base is not None and base != node:
                found = self.method(base, name, depth + 1)
                if found is not None:
                    return found
        return None

    def lineage(self, node: Node, depth: int = 0) -> Iterator[Node]:
        """Yield a class and the project's classes that it derives from."""
        definition = self.definition(node)
        if definition is None or depth > _DEPTH:
            return
        yield node
        for base, _ in self.bases(node[1], definition):
            if base is not None and base != node:
                yield from self.lineage(base, depth + 1)

    def answering(self, node: Node, name: str) -> list[Node]:
        """Give the methods that run where a class's method of that name is called.

        That is the first one; the others below it too, where the one before calls ``super()``.
        """
        found: list[Node] = []
        for cls in self.lineage(node):
            definition = self.definition(cls)
            if definition is None or name not in definition.defs:
                continue
            if found and not self._calls_super(found[-1]):
                break
            found.append(("def", cls[1], definition.defs[name]))
        return found

    @cached_property
    def builtin_names(self) -> frozenset[str]:
        """Give Python's own names."""
        return frozenset(dir(builtins))

    # Private

    def _calls_super(self, node: Node) -> bool:
        definition = self.definition(node)
        return definition is not None and any(use[:1] == ("super",) for use in definition.uses)

    def _meaning(self, chain: Chain, module: str, scope: str, depth: int) -> Meaning:
        if not chain or not chain[0] or depth > _DEPTH:
            return Meaning(rest=chain[1:], is_local=True)
        reading = self.reading(module)
        if reading is None:
            return Meaning(rest=chain, is_local=True)
        root, steps = chain[0], chain[1:]
        where: str | None = scope
        while where is not None:
            definition = reading.definitions.get(where)
            if definition is None:
                break
            if definition.kind != "class" or where == scope:
                found = self._in_scope(definition, root, module, steps, depth)
                if found is not None:
                    return found
            where = definition.parent if where else None
        return self._unbound(reading, root, steps, depth)

    def _unbound(self, reading: Reading, root: str, steps: Chain, depth: int) -> Meaning:
        for star in reading.stars:
            if self.tree.owns(star):
                starred = self.member(star, (f".{root}", *steps), depth + 1)
                if len(starred.nodes) > 1 or starred.outside:
                    return starred
        if root in self.builtin_names:
            return Meaning(rest=steps, outside=_dotted("builtins", (f".{root}", *steps)))
        outside = next((star for star in reading.stars if not self.tree.owns(star)), "")
        if outside:
            return Meaning(rest=steps, outside=_dotted(outside, (f".{root}", *steps)))
        return Meaning(rest=steps, is_local=True)

    def _in_scope(
        self, definition: Definition, root: str, module: str, steps: Chain, depth: int
    ) -> Meaning | None:
        if definition.kind == "module":
            reading = self.reading(module)
            bound = self._in_module(reading, root) if reading else None
        else:
            bound = self._in_definition(definition, root)
        if bound is None:
            return None
        return self._bound(bound, root, module, definition.name, steps, depth)

    def _in_definition(self, definition: Definition, root: str) -> object | None:
        if root in definition.imports:
            return definition.imports[root]
        if root in definition.defs:
            return ("def", definition.defs[root])
        if root in definition.parameters or root in definition.values:
            return ("local", definition.name)
        return None

    def _in_module(self, reading: Reading, root: str) -> object | None:
        body = reading.body
        if root in body.imports:
            return body.imports[root]
        if root in body.defs:
            return ("def", body.defs[root])
        return ("var", root) if root in body.values else None

    def _bound(
        self, bound: object, root: str, module: str, scope: str, steps: Chain, depth: int
    ) -> Meaning:
        if isinstance(bound, Imported):
            return self._imported(bound, steps, depth)
        assert isinstance(bound, tuple)
        kind, name = bound
        if kind == "local":
            return Meaning((("var", module, f"{scope} {root}"),), steps, is_local=True)
        if kind == "var":
            return Meaning((("var", module, name),), steps)
        return self._of_definition(("def", module, name), steps)

    def _of_definition(self, node: Node, steps: Chain) -> Meaning:
        if not self._is_class(node) or not steps or not steps[0].startswith("."):
            return Meaning((node,), steps)
        method = self.method(node, steps[0][1:])
        if method is None:
            return Meaning((node,), steps)
        return Meaning((node, method), steps[1:])

    def _imported(self, bound: Imported, steps: Chain, depth: int) -> Meaning:
        if bound.is_top:
            top = bound.module.partition(".")[0]
            if self.tree.owns(top):
                found = self.member(top, steps, depth + 1)
                extra = self._on_the_way(bound.module)
                return Meaning((*extra, *found.nodes), found.rest, found.outside)
            return Meaning(rest=steps, outside=_dotted(top, steps))
        chain = (f".{bound.attribute}", *steps) if bound.attribute else steps
        if not self.tree.owns(bound.module):
            return Meaning(rest=steps, outside=_dotted(bound.module, chain))
        return self.member(bound.module, chain, depth + 1)

    def _on_the_way(self, dotted: str) -> tuple[Node, ...]:
        return (("module", dotted, ""),) if self.tree.find(dotted) is not None else ()

    def _is_class(self, node: Node) -> bool:
        if node[0] != "def":
            return False
        definition = self.definition(node)
        return definition is not None and definition.kind == "class"


def _dotted(module: str, steps: Chain) -> str:
    return module + "".join(steps)
