"""What one route reaches: from its view and hooks along names, over-approximating what runs.

Names are resolved through scopes, imports and re-exports. A method asked of an object that reading
cannot type is looked for by its name in every class that is *live*: reached already, or made when
the app starts; a class method or a static one in every class that is loaded. Callbacks are reached
through what registers them; what cannot be followed is named.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from unlith.backends.survey.at_import import bodies, chains_at_import, class_hooks
from unlith.backends.survey.index import Index, Meaning, Node
from unlith.backends.survey.reading import Chain, Definition, Statement
from unlith.backends.survey.registries import HANDLERS, Registries

# What Flask's own objects have: no attribute of the project's hides behind these.
_REQUEST = frozenset(
    """args form json files headers cookies values data method path url base_url remote_addr
    get_json get_data environ host endpoint view_args user_agent is_json content_type referrer
    accept_languages accept_mimetypes blueprint url_rule scheme query_string stream""".split()
)
_PROXIES = (
    "flask.g",
    "flask.current_app",
    "flask.request",
    "flask.session",
    "flask_login.current_user",
)
_WIRING = frozenset(
    """register_blueprint add_url_rule add_resource add_namespace add_view init_app route
    register_namespace add_command register register_error_handler before_request""".split()
)

_OF_CLASSES = ("classmethod", "staticmethod")
LAMBDA = "<lambda>"
"""What Python names a lambda: at module level it is known by its line only."""


@dataclass(slots=True)
class Reached:
    """A set of nodes closed under use, with everything still needed to grow it."""

    nodes: set[Node] = field(default_factory=set)
    live: set[Node] = field(default_factory=set)
    attributes: set[str] = field(default_factory=set)
    waiting: list[Node] = field(default_factory=list)
    lazy: set[str] = field(default_factory=set)
    outside: set[str] = field(default_factory=set)

    def copy(self) -> Reached:
        """Give a copy that can grow on its own."""
        return Reached(
            set(self.nodes),
            set(self.live),
            set(self.attributes),
            list(self.waiting),
            set(self.lazy),
            set(self.outside),
        )

    @property
    def modules(self) -> frozenset[str]:
        """Give the modules that hold something reached."""
        return frozenset(node[1] for node in self.nodes if node[0] not in ("module", "body"))


@dataclass(slots=True)
class _Edges:
    """What one node leads to by itself, whoever reached it."""

    nodes: set[Node] = field(default_factory=set)
    asked: set[str] = field(default_factory=set)
    outside: set[str] = field(default_factory=set)
    lazy: set[str] = field(default_factory=set)


class Reach:
    """Computes what is reached in one project.

    *loaded* are the modules that run before the first request: importing another one within a
    request runs its body there.
    """

    def __init__(self, index: Index, registries: Registries, loaded: Iterable[str] = ()) -> None:
        self._index = index
        self._known = registries
        self._loaded = frozenset(loaded)
        self._edges: dict[Node, _Edges] = {}

    @property
    def listeners(self) -> list[Node]:
        """Give the functions that listen to events of libraries, for every route."""
        return self._known.listeners

    def grow(self, reached: Reached, roots: Iterable[Node]) -> Reached:
        """Add nodes and all they reach."""
        for node in roots:
            self._add(reached, node)
        while reached.waiting:
            self._visit(reached, reached.waiting.pop())
        return reached

    def ask(self, reached: Reached, name: str) -> None:
        """Note that an attribute of that name is asked of some object."""
        if name in reached.attributes:
            return
        reached.attributes.add(name)
        for owner, method in self._known.methods.get(name, ()):
            if owner in reached.live or self._needs_no_instance(method):
                self._add(reached, method)
            elif owner in self._known.made_at_start:
                self._add(reached, owner)

    # Private

    def _needs_no_instance(self, method: Node) -> bool:
        # A loaded class may be kept in a list or a table and be asked itself.
        found = self._index.definition(method) if method[1] in self._loaded else None
        return found is not None and any(one[-1] in _OF_CLASSES for one in found.decorators)

    def _add(self, reached: Reached, node: Node) -> None:
        if node not in reached.nodes:
            reached.nodes.add(node)
            if node[0] != "module":
                reached.waiting.append(node)

    def _visit(self, reached: Reached, node: Node) -> None:
        edges = self._edges.get(node)
        if edges is None:
            edges = self._edges[node] = self._edges_of(node)
        for other in edges.nodes - reached.nodes:
            self._add(reached, other)
        reached.outside |= edges.outside
        for module in edges.lazy - reached.lazy:
            self._import(reached, module)
        reached.lazy |= edges.lazy
        for name in edges.asked - reached.attributes:
            self.ask(reached, name)
        definition = self._index.definition(node) if node[0] == "def" else None
        if definition is not None and definition.kind == "class":
            self._come_alive(reached, node, definition)

    def _edges_of(self, node: Node) -> _Edges:
        edges = _Edges()
        edges.nodes.update(self._known.registered_by.get(node, ()))
        if node[0] == "var":
            self._variable(edges, node)
            return edges
        if node[0] == "body":
            self._body(edges, node[1])
            return edges
        definition = self._index.definition(node)
        if definition is None:
            return edges
        self._uses(edges, node[1], definition)
        if any(call.chain[0] == "getattr" and call.args[:1] in (("self",), ("cls",))
               for call in definition.calls):  # fmt: skip
            edges.asked |= self._known.names_below(("def", node[1], definition.parent))
        for name in definition.imports.values():
            self._lazy_import(edges, name.module, name.attribute)
        for inner in definition.defs.values():
            held = self._index.definition(("def", node[1], inner))
            if held is not None and definition.kind != "class" and _wraps(held):
                edges.nodes.add(("def", node[1], inner))
        return edges

    def _import(self, reached: Reached, module: str) -> None:
        parts = module.split(".")
        for name in (".".join(parts[: n + 1]) for n in range(len(parts))):
            if name not in self._loaded and self._index.tree.find(name) is not None:
                self._add(reached, ("body", name, ""))

    def _body(self, edges: _Edges, module: str) -> None:
        reading = self._index.reading(module)
        if reading is None:
            return
        for chain, scope in chains_at_import(reading):
            self._use(edges, chain, module, scope)
        edges.nodes.update(class_hooks(self._index, reading))
        for body in bodies(reading):
            for found in body.imports.values():
                self._lazy_import(edges, found.module, found.attribute)
        for star in reading.stars:
            self._lazy_import(edges, star, "")

    def _uses(self, edges: _Edges, module: str, definition: Definition) -> None:
        chains = {
            *definition.uses,
            *definition.bases,
            *definition.decorators,
            *definition.annotations.values(),
            *(store.chain for store in definition.stores),
        }
        for chain in chains:
            self._use(edges, chain, module, definition.name)

    def _use(self, edges: _Edges, chain: Chain, module: str, scope: str) -> None:
        if not chain:
            return
        found = self._index.meaning(chain, module, scope)
        edges.nodes.update(found.nodes)
        if found.outside:
            edges.outside.add(found.outside)
        edges.asked.update(_asked(found))
        edges.nodes.update(self._called_of_views(found))

    def _called_of_views(self, found: Meaning) -> Iterator[Node]:
        # A view that makes another view calls its handler by name: `Other().post()`.
        if not any(step[1:] in HANDLERS for step in found.rest):
            return
        node = found.nodes[-1] if found.nodes else ("", "", "")
        made = [(node, found.rest)]
        scope, _, local = node[2].rpartition(" ")
        holder = self._index.definition(("def", node[1], scope)) if node[0] == "var" else None
        for chain in holder.values.get(local, ()) if holder else ():
            value = self._index.meaning(chain, node[1], scope)
            made += [(one, (*value.rest, *found.rest)) for one in value.nodes[-1:]]
        for owner, steps in made:
            if owner in self._known.views and steps[0][:1] == "(" and steps[1:]:
                yield from self._index.answering(owner, steps[1][1:])

    def _come_alive(self, reached: Reached, node: Node, definition: Definition) -> None:
        reached.live.add(node)
        framework = self._known.framework_methods(node)
        is_view = node in self._known.views
        for name, inner in definition.defs.items():
            asked = name in reached.attributes and not (is_view and name in HANDLERS)
            if asked or name in framework or _is_dunder(name):
                self._add(reached, ("def", node[1], inner))
        for base, _ in self._index.bases(node[1], definition):
            if base is not None:
                self._add(reached, base)
        for related in self._known.related(node):
            self._add(reached, related)

    def _variable(self, edges: _Edges, node: Node) -> None:
        _, module, name = node
        reading = self._index.reading(module)
        if reading is None:
            return
        scope, _, local = name.rpartition(" ")
        if local != name:
            holder = reading.definitions.get(scope)
            for chain in holder.values.get(local, ()) if holder else ():
                self._use(edges, chain, module, scope)
            return
        if name.startswith(LAMBDA):
            line = int(name.rpartition(":")[2])
            before = [one for one in reading.body.statements if one.line <= line]
            for chain in before[-1].uses if before else ():
                self._use(edges, chain, module, "")
            return
        for statement in reading.body.statements:
            if name in statement.names or (name in statement.roots and not _wires(statement)):
                for chain in statement.uses:
                    self._use(edges, chain, module, "")

    def _lazy_import(self, edges: _Edges, module: str, attribute: str) -> None:
        if not self._index.tree.owns(module):
            edges.outside.add(module)
            return
        edges.lazy.add(module)
        if attribute and self._index.tree.find(f"{module}.{attribute}") is not None:
            edges.lazy.add(f"{module}.{attribute}")


def _wraps(inner: Definition) -> bool:
    # A decorated inner function belongs to whoever decorates it, unless it is registered.
    return any(
        chain[-1].startswith("(") and "wraps" in "".join(chain) for chain in inner.decorators
    )


def _asked(found: Meaning) -> list[str]:
    # Which of the steps may be attributes of project objects that reading cannot type.
    steps = list(found.rest)
    if found.outside:
        proxy = next((p for p in _PROXIES if found.outside.startswith((f"{p}.", f"{p}["))), "")
        if proxy:
            return [s[1:] for s in steps if s[0] == "." and s[1:] not in _REQUEST]
        if "[" in found.outside or "(" in found.outside:
            first = next((i for i, s in enumerate(steps) if s[0] in "(["), len(steps))
            return [s[1:] for s in steps[first:] if s[0] == "."]
        return []
    return [step[1:] for step in steps if step[0] == "."]


def _wires(statement: Statement) -> bool:
    return any(
        len(use) > 2 and use[-2].lstrip(".") in _WIRING
        for use in statement.uses
        if use[-1][:1] == "("
    )


def _is_dunder(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")
