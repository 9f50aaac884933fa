"""What an expression is, in one dotted text that follows variables to where they were made.

``s3.put_object(...)`` with ``s3 = boto3.client("s3")`` in another module is
``boto3.client('s3').put_object()``. Project classes are ``module:Class``. Nothing is run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from unlith.backends.survey import aws
from unlith.backends.survey.calls import Calls, Placed
from unlith.backends.survey.index import Index, Node
from unlith.backends.survey.reading import Chain, Definition

_NAME_IN_BRACKETS = re.compile(r"\(([A-Za-z_]\w*)\)")
_DEPTH = 8
_STEPS = 400
"""How many names are looked at for one question: a variable may be bound in many places."""


class Names:
    """Follows names through one project."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._memo: dict[tuple[str, str, Chain], str] = {}
        self._depth = self._steps = 0
        self._is_cut = False
        self._open: set[Node] = set()
        self._calls = Calls(index)

    def of(self, chain: Chain, module: str, scope: str) -> str:
        """Give what a chain is, or an empty text."""
        key = (module, scope, chain)
        if key in self._memo:
            return self._memo[key]
        if not self._depth:
            self._steps, self._is_cut = 0, False
        if self._depth > _DEPTH or self._steps > _STEPS:
            self._is_cut = True
            return ""
        self._memo[key] = ""  # what refers to itself is nothing
        self._depth += 1
        self._steps += 1
        found = self._of(chain, module, scope)
        self._depth -= 1
        if found or not self._is_cut or not self._depth:
            self._memo[key] = found
        else:
            del self._memo[key]  # asked from elsewhere, it may be something
        return found

    def by_field(self, chain: Chain) -> str:
        """Give what a chain is if all that is set under one of its steps' names is AWS's."""
        for number, step in enumerate(chain[1:-1], 1):
            found = [
                self.of((*made, *chain[number + 1 :]), module, scope)
                for made, module, scope in self._calls.set_as(step)
            ]
            if found and all(aws.is_made(text) for text in found):
                return found[0]
        return ""

    def constant(self, name: str, module: str, scope: str) -> str:
        """Give the literal that a name is bound to, as Python writes it, or an empty text."""
        found = self._index.meaning((name,), module, scope)
        for node in reversed(found.nodes):
            if node[0] == "var":
                for chain in self._values(node, ())[0]:
                    if len(chain) == 1 and chain[0].startswith("="):
                        return chain[0][1:]
        return ""

    def scopes(self, cls: Node, chain: Chain) -> list[str]:
        """Give the scopes in which a class may bind a chain.

        ``self.client = client``: the name is a parameter of the method that sets it.
        """
        owner = self._index.definition(cls)
        methods = [("def", cls[1], name) for name in owner.defs.values()] if owner else []
        held = [self._index.definition(method) for method in methods]
        return [cls[2], *(d.name for d in held if d and chain[0] in d.parameters)]

    def set_as(self, step: str) -> list[Placed]:
        """Give what is set under an attribute or key (``.name``, ``['key']``) anywhere."""
        return self._calls.set_as(step)

    def given_texts(self, node: Node) -> Iterator[tuple[Chain, str, str, str]]:
        """Yield what is called, and what callers hand over as a parameter, as it is written."""
        return self._calls.texts(node)

    # Private

    def _of(self, chain: Chain, module: str, scope: str) -> str:
        if not chain or not chain[0] or chain[0].startswith("="):
            return ""
        if chain[0] in ("self", "cls") and len(chain) > 1:
            own = self._own(chain, module, scope)
            if own:
                return own
        found = self._index.meaning(chain, module, scope)
        if found.outside:
            return self._filled(found.outside, module, scope)
        if not found.nodes:
            return ""
        return self._from(found.nodes[-1], found.rest)

    def _from(self, node: Node, rest: Chain) -> str:
        if node[0] == "module":
            return node[1] + "".join(rest)
        if node[0] == "var":
            if node in self._open:  # `query = query.filter()`: what it was before is another value
                self._is_cut = True
                return ""
            self._open.add(node)
            text = self._from_values(node, rest)
            self._open.discard(node)
            return text
        definition = self._index.definition(node)
        if definition is None:
            return ""
        if definition.kind == "class" and rest[:1] and rest[0].startswith("("):
            text = self._member(node, rest[1][1:], rest[2:]) if len(rest) > 1 else ""
            if aws.is_made(text):
                return text
        if definition.kind == "function":
            is_called = bool(rest) and rest[0].startswith("(")
            text = self._given_back(node, definition, rest[1:] if is_called else rest)
            if text and (is_called or aws.is_made(text)):
                return text
        return f"{node[1]}:{node[2]}" + "".join(rest)

    def _given_back(self, node: Node, definition: Definition, rest: Chain) -> str:
        texts = (
            self.of((*chain, *rest), node[1], definition.name)
            for chain in (*definition.returns, *definition.yields)
        )
        return next((text for text in texts if text), "")

    def _from_values(self, node: Node, rest: Chain) -> str:
        chains, rest = self._values(node, rest)
        scope = node[2].rpartition(" ")[0]
        for chain in chains:
            text = self.of((*chain, *rest), node[1], scope)
            if text:
                return text
        for chain, module, caller in self._calls.given(node):
            text = self.of((*chain, *rest), module, caller)
            if aws.is_made(text):
                return text
        return ""

    def _values(self, node: Node, rest: Chain) -> tuple[list[Chain], Chain]:
        scope, _, name = node[2].rpartition(" ")
        reading = self._index.reading(node[1])
        definition = reading.definitions.get(scope) if reading else None
        if definition is None:
            return [], rest
        if rest and f"{name}{rest[0]}" in definition.values:
            return definition.values[f"{name}{rest[0]}"], rest[1:]
        if name in definition.values:
            return definition.values[name], rest
        annotation = definition.annotations.get(name)
        return ([annotation] if annotation else []), rest

    def _own(self, chain: Chain, module: str, scope: str) -> str:
        reading = self._index.reading(module)
        owner: Definition | None = reading.definitions.get(scope) if reading else None
        while owner is not None and owner.kind != "class" and owner.name:
            owner = reading.definitions.get(owner.parent) if reading else None
        if owner is None or owner.kind != "class":
            return ""
        return self._member(("def", module, owner.name), chain[1][1:], chain[2:])

    def _member(self, node: Node, name: str, rest: Chain) -> str:
        # What an attribute of an object of a class is: set on it, on the class, or a method.
        for cls in self._index.lineage(node):
            owner = self._index.definition(cls)
            made = owner.values if owner is not None else {}
            for one in (*made.get(f"self.{name}", ()), *made.get(name, ())):
                for scope in self.scopes(cls, one):
                    if text := self.of((*one, *rest), cls[1], scope):
                        return text
        method = self._index.method(node, name)
        return self._from(method, rest) if method else ""

    def _filled(self, text: str, module: str, scope: str) -> str:
        # boto3.client(SERVICE) with SERVICE = "s3" somewhere.
        for name in _NAME_IN_BRACKETS.findall(text):
            literal = self.constant(name, module, scope)
            if literal:
                text = text.replace(f"({name})", f"({literal})")
        return text
