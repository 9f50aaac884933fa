"""What text an expression is: a literal, or an environment variable's value; nothing is run."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from unlith.backends.survey.chains import steps_of
from unlith.backends.survey.index import Index, Node
from unlith.backends.survey.names import Names
from unlith.backends.survey.reading import Chain
from unlith.domain.iam.values import Name

_ENV = re.compile(r"""^os\.(?:environ|getenv)(?:\.get|\.pop|\.setdefault)?[(\[](['"])(.*?)\1""")
_DEPTH = 6
Placed = tuple[str, str, str]
"""An expression as it is written, with the module and scope it stands in."""


class Texts:
    """Follows expressions to texts through one project."""

    def __init__(self, index: Index, names: Names) -> None:
        self._index, self._names = index, names

    def of(self, text: str, module: str, scope: str) -> tuple[Name, ...]:
        """Give what an expression may be; where that is not known, one name that says why."""
        found = tuple(dict.fromkeys(self._of((text, module, scope), _DEPTH, set())))
        known = tuple(name for name in found if not name.why)
        if found and len(known) == len(found):
            return found
        return (*known, Name(why=f"`{text}` is not known before it runs"))

    # Private

    def _of(self, placed: Placed, depth: int, seen: set[Placed]) -> Iterator[Name]:
        text, module, scope = placed
        if placed in seen:
            return
        seen.add(placed)
        literal = _literal(text)
        if literal is not None:
            if literal:
                yield Name(literal)
            return
        chain = steps_of(text)
        if not chain:
            if text not in ("None", "''", '""'):
                yield Name(why=text)
            return
        found = _ENV.match(self._names.of(chain, module, scope))
        if found:
            yield Name(variable=found.group(2))
            return
        bound = list(self._bound(chain, module, scope)) if depth else []
        if not bound:
            yield Name(why=text)
        for one in bound:
            yield from self._of(one, depth - 1, seen)

    def _bound(self, chain: Chain, module: str, scope: str) -> Iterator[Placed]:
        if chain[0] in ("self", "cls") and len(chain) == 2:  # self and a name
            yield from self._own(chain[1][1:], module, scope)
            return
        if len(chain) > 1 and chain[-1].startswith("["):
            for value, where, inside in self._names.set_as(chain[-1]):
                yield "".join(value).lstrip("="), where, inside
        found = self._index.meaning(chain, module, scope)
        for node in found.nodes:
            if node[0] == "var" and not found.rest:
                yield from self._values(node)

    def _values(self, node: Node) -> Iterator[Placed]:
        scope, _, name = node[2].rpartition(" ")
        definition = self._index.definition(("def", node[1], scope)) if scope else None
        reading = self._index.reading(node[1])
        if definition is None and reading is not None:
            definition = reading.definitions.get(scope)
        for chain in definition.values.get(name, ()) if definition else ():
            yield "".join(chain).lstrip("="), node[1], scope
        for called, text, module, caller in self._names.given_texts(node):
            if text and not self._is_other(called, node, module, caller):
                yield text, module, caller

    def _is_other(self, called: Chain, node: Node, module: str, scope: str) -> bool:
        # Callers are found by name: what is known to be something else by that name hands nothing.
        found = self._index.meaning(called, module, scope)
        if found.outside:
            return True
        owner = node[2].rpartition(" ")[0]
        own = {("def", node[1], owner), ("def", node[1], owner.rpartition(".")[0])}
        defined = [one for one in found.nodes if one[0] == "def" and not found.rest]
        return bool(defined) and not any(
            one in own or own & set(self._index.lineage(one)) for one in defined
        )

    def _own(self, name: str, module: str, scope: str) -> Iterator[Placed]:
        reading = self._index.reading(module)
        owner = reading.definitions.get(scope) if reading else None
        while owner is not None and owner.kind != "class" and owner.name:
            owner = reading.definitions.get(owner.parent) if reading else None
        if owner is None or owner.kind != "class":
            return
        for cls in self._index.lineage(("def", module, owner.name)):
            made = self._index.definition(cls)
            values = made.values if made else {}
            for chain in (*values.get(f"self.{name}", ()), *values.get(name, ())):
                # A parameter of that name belongs to `__init__`, where that has one.
                scopes = self._names.scopes(cls, chain)
                makers = [one for one in scopes if one.endswith(".__init__")]
                for inside in makers or scopes:
                    yield "".join(chain).lstrip("="), cls[1], inside


# Private


def _literal(text: str) -> str | None:
    if not text.startswith(("'", '"')):
        return None
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return None
    return value if isinstance(value, str) else None
