"""What reaches code without naming it: registering decorators, class hooks, objects made early.

Built once for a project from the readings of the modules that the app loads.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from unlith.backends.survey.index import Index, Node
from unlith.backends.survey.reading import Chain, Definition, Reading

MUTATORS = frozenset(
    """add append appendleft clear connect discard extend insert pop popitem register remove
    setdefault update""".split()
)
HANDLERS = frozenset({"delete", "get", "head", "options", "patch", "post", "put"})
"""The methods of a class view that answer requests."""

_LISTENS = frozenset(
    """listens_for listen connect connect_via user_loader request_loader validates receiver
    errorhandler on compiles event_handler""".split()
)
_CALLBACKS = ("validate", "visit_", "on_", "process_", "do_", "handle", "render", "get_", "pre_")


class Registries:
    """Answers what a node reaches beyond its own text.

    *overrides* maps ``module:Class`` to the methods that override an outside base's, as the live
    app told them; a class that is not there is judged by reading alone.
    """

    def __init__(
        self,
        index: Index,
        overrides: Mapping[str, Iterable[str]],
        views: Iterable[Node] = (),
    ) -> None:
        self._index = index
        self._overrides = {name: frozenset(methods) for name, methods in overrides.items()}
        self.views = frozenset(views)
        self.methods: dict[str, list[tuple[Node, Node]]] = defaultdict(list)
        self.registered_by: dict[Node, list[Node]] = defaultdict(list)
        self.made_at_start: set[Node] = set()
        self.listeners: list[Node] = []
        self._subclasses: dict[Node, list[Node]] = defaultdict(list)
        self._by_name: dict[str, list[Node]] = defaultdict(list)
        for reading in list(index.known()):
            self._add(reading)
        self._register()

    def framework_methods(self, node: Node) -> frozenset[str]:
        """Give the methods of a class that an outside base may call by itself."""
        told = self._overrides.get(f"{node[1]}:{node[2]}")
        definition = self._index.definition(node)
        if definition is None:
            return frozenset()
        if told is not None:
            by_name = (n for n in definition.defs if n.startswith(_CALLBACKS[:2]))
            return told | frozenset(by_name)
        return frozenset(definition.defs) if self._has_outside_base(node) else frozenset()

    def names_below(self, node: Node) -> frozenset[str]:
        """Give the names of all methods of a class and of those derived from it."""
        found: set[str] = set()
        waiting, seen = [node], {node}
        while waiting:
            definition = self._index.definition(one := waiting.pop())
            found.update(definition.defs if definition and definition.kind == "class" else ())
            new = [cls for cls in self._subclasses.get(one, ()) if cls not in seen]
            seen.update(new)
            waiting += new
        return frozenset(found)

    def related(self, node: Node) -> Iterator[Node]:
        """Yield classes that a class brings: named in quotes (ORM), or its registered children."""
        definition = self._index.definition(node)
        if definition is None:
            return
        if {"__init_subclass__", "__subclasses__"} & set(definition.defs):
            yield from self._subclasses.get(node, ())
        if definition.bases:
            for text, _ in definition.strings:
                yield from self._by_name.get(text.rpartition(".")[2], ())

    # Private

    def _has_outside_base(self, node: Node, depth: int = 0) -> bool:
        definition = self._index.definition(node)
        if definition is None or depth > 10:
            return False
        for base, outside in self._index.bases(node[1], definition):
            if base is None and outside not in ("builtins.object", "object"):
                return True
            if base is not None and base != node and self._has_outside_base(base, depth + 1):
                return True
        return False

    def _add(self, reading: Reading) -> None:
        for definition in reading.definitions.values():
            node: Node = ("def", reading.module, definition.name)
            if definition.kind == "class":
                self._by_name[definition.name.rpartition(".")[2]].append(node)
                for base, _ in self._index.bases(reading.module, definition):
                    if base is not None:
                        self._subclasses[base].append(node)
                for name, inner in definition.defs.items():
                    # Which handler of a view runs is told by the request, not by a name.
                    if node not in self.views or name not in HANDLERS:
                        self.methods[name].append((node, ("def", reading.module, inner)))

    def _register(self) -> None:
        for reading in list(self._index.known()):
            for definition in list(reading.definitions.values()):
                if definition.kind != "module":
                    self._decorated(reading, definition)
            self._at_start(reading, reading.body)
            for call in reading.body.calls:
                if len(call.chain) > 1 and call.chain[-2].lstrip(".") in _LISTENS:
                    self._listening(reading, call.args, "")

    def _decorated(self, reading: Reading, definition: Definition) -> None:
        node: Node = ("def", reading.module, definition.name)
        for chain in definition.decorators:
            names = [step.lstrip(".") for step in chain if step[:1] not in "(["]
            if names and names[-1] in _LISTENS:
                self.listeners.append(node)
            found = self._index.meaning(chain, reading.module, definition.parent)
            for decorator in found.nodes:
                if decorator[0] != "def":
                    continue
                self.registered_by_variables(decorator, node)

    def registered_by_variables(self, decorator: Node, node: Node) -> None:
        """Note that reaching what a decorator fills reaches what it decorates."""
        reading = self._index.reading(decorator[1])
        if reading is None:
            return
        prefix = decorator[2]
        for name, definition in reading.definitions.items():
            if name == prefix or name.startswith(f"{prefix}."):
                for variable in self._changed(reading, definition):
                    self.registered_by[variable].append(node)

    def _changed(self, reading: Reading, definition: Definition) -> Iterator[Node]:
        chains: list[Chain] = [store.chain for store in definition.stores]
        chains += [
            call.chain
            for call in definition.calls
            if len(call.chain) > 2 and call.chain[-2].lstrip(".") in MUTATORS
        ]
        for chain in chains:
            for node in self._index.meaning(chain, reading.module, definition.name).nodes:
                if node[0] == "var" and " " not in node[2]:
                    yield node

    def _listening(self, reading: Reading, args: Iterable[str], scope: str) -> None:
        for argument in args:
            if argument.replace(".", "").replace("_", "").isalnum():
                parts = argument.split(".")
                chain = (parts[0], *(f".{part}" for part in parts[1:]))
                found = self._index.meaning(chain, reading.module, scope)
                self.listeners += [n for n in found.nodes if n[0] == "def"]

    def _at_start(self, reading: Reading, definition: Definition) -> None:
        for call in definition.calls:
            found = self._index.meaning(call.chain, reading.module, definition.name)
            for node in found.nodes:
                held = self._index.definition(node) if node[0] == "def" else None
                if held is not None and held.kind == "class":
                    self.made_at_start.add(node)

    def start_from(self, nodes: Iterable[Node]) -> None:
        """Note the classes made by code that runs when the app is made (a factory)."""
        for node in nodes:
            reading = self._index.reading(node[1])
            definition = self._index.definition(node)
            if reading is not None and definition is not None:
                self._at_start(reading, definition)
