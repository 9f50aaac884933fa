"""What one source file says, in a form that is small, plain and quick to store.

A *chain* is how an expression is written down: its root name, then one step for each thing done to
it, ``("boto3", ".client", "('s3')", ".put_object", "()")``. The root is empty where it is no name.
``backends.survey.reader`` makes readings, ``backends.survey.index`` joins them. Nothing is run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Chain = tuple[str, ...]


@dataclass(slots=True)
class Imported:
    """A name bound by an import: of *module*, or of *attribute* from it.

    ``is_top`` says that ``import a.b`` bound ``a``.
    """

    module: str
    attribute: str = ""
    line: int = 0
    is_top: bool = False
    is_caught: bool = False


@dataclass(slots=True)
class Call:
    """One call: what is called, with what; texts are literals as written or chains joined."""

    chain: Chain
    line: int
    args: tuple[str, ...] = ()
    keywords: dict[str, str] = field(default_factory=dict)
    is_awaited: bool = False
    is_used: bool = True
    in_loop: bool = False
    in_with: bool = False
    is_guarded: bool = False
    end: int = 0


@dataclass(slots=True)
class Store:
    """Something changed in place: ``x[...] = ``, ``x.y = ``, ``del``, ``global x``."""

    chain: Chain
    line: int
    kind: str


@dataclass(slots=True)
class Statement:
    """One statement at module level: the names it binds, the roots it changes, what it uses."""

    names: tuple[str, ...]
    roots: tuple[str, ...]
    uses: tuple[Chain, ...]
    line: int


@dataclass(slots=True)
class Definition:
    """A module body, a class or a function at any depth, by its qualified name in the module.

    ``values`` maps a local name (or ``self.name``) to the chains it is bound to. What stands in
    nested definitions is theirs, not this one's. ``applied`` is what stands in its decorators and
    a class's keywords: it is among ``uses`` and runs when the definition is made. ``fields`` are
    the attributes and keys set on anything (``.name``, ``['key']``), each with its value's chain.
    """

    name: str
    kind: str
    line: int
    end: int
    parent: str = ""
    decorators: list[Chain] = field(default_factory=list)
    bases: list[Chain] = field(default_factory=list)
    applied: list[Chain] = field(default_factory=list)
    metaclass: list[Chain] = field(default_factory=list)
    parameters: list[str] = field(default_factory=list)
    annotations: dict[str, Chain] = field(default_factory=dict)
    imports: dict[str, Imported] = field(default_factory=dict)
    defs: dict[str, str] = field(default_factory=dict)
    values: dict[str, list[Chain]] = field(default_factory=dict)
    uses: list[Chain] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    stores: list[Store] = field(default_factory=list)
    strings: list[tuple[str, int]] = field(default_factory=list)
    returns: list[Chain] = field(default_factory=list)
    yields: list[Chain] = field(default_factory=list)
    fields: list[tuple[str, Chain]] = field(default_factory=list)
    unknown: list[tuple[int, str]] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)
    is_generator: bool = False
    is_async: bool = False


@dataclass(slots=True)
class Reading:
    """One file, read. ``error`` is ``(line, message)`` where it is no Python."""

    module: str
    is_package: bool
    definitions: dict[str, Definition] = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)
    error: tuple[int, str] | None = None

    @property
    def body(self) -> Definition:
        """Give the module's own body."""
        return self.definitions[""]


def to_data(reading: Reading) -> dict[str, Any]:
    """Give a reading as JSON values."""
    return {
        "module": reading.module,
        "is_package": reading.is_package,
        "stars": reading.stars,
        "error": reading.error,
        "definitions": [_definition_data(d) for d in reading.definitions.values()],
    }


def from_data(data: Mapping[str, Any]) -> Reading:
    """Give the reading that ``to_data`` wrote."""
    error = data["error"]
    found = Reading(data["module"], data["is_package"], {}, data["stars"])
    found.error = (error[0], error[1]) if error else None
    for item in data["definitions"]:
        definition = _definition(item)
        found.definitions[definition.name] = definition
    return found


# Private

_PLAIN = (
    "name", "kind", "line", "end", "parent", "parameters", "defs", "is_generator", "is_async"
)  # fmt: skip
_CHAINS = ("decorators", "bases", "applied", "metaclass", "uses", "returns", "yields")


def _definition_data(one: Definition) -> dict[str, Any]:
    data: dict[str, Any] = {name: getattr(one, name) for name in (*_PLAIN, *_CHAINS)}
    data["annotations"] = one.annotations
    data["values"] = one.values
    data["strings"] = one.strings
    data["unknown"] = one.unknown
    data["fields"] = one.fields
    data["imports"] = {name: _fields(found) for name, found in one.imports.items()}
    data["calls"] = [_fields(call) for call in one.calls]
    data["stores"] = [_fields(store) for store in one.stores]
    data["statements"] = [_fields(statement) for statement in one.statements]
    return {name: value for name, value in data.items() if value or name in _PLAIN[:4]}


def _fields(thing: Any) -> list[Any]:
    return [getattr(thing, name) for name in thing.__slots__]


def _definition(data: Mapping[str, Any]) -> Definition:
    one = Definition(**{name: data[name] for name in _PLAIN if name in data})
    for name in _CHAINS:
        setattr(one, name, [tuple(chain) for chain in data.get(name, ())])
    one.annotations = {name: tuple(chain) for name, chain in data.get("annotations", {}).items()}
    one.values = {
        name: [tuple(chain) for chain in chains] for name, chains in data.get("values", {}).items()
    }
    one.strings = [(text, line) for text, line in data.get("strings", ())]
    one.fields = [(name, tuple(chain)) for name, chain in data.get("fields", ())]
    one.unknown = [(line, what) for line, what in data.get("unknown", ())]
    one.imports = {name: Imported(*item) for name, item in data.get("imports", {}).items()}
    one.calls = [Call(tuple(i[0]), i[1], tuple(i[2]), *i[3:]) for i in data.get("calls", ())]
    one.stores = [Store(tuple(item[0]), *item[1:]) for item in data.get("stores", ())]
    one.statements = [
        Statement(tuple(i[0]), tuple(i[1]), tuple(map(tuple, i[2])), i[3])
        for i in data.get("statements", ())
    ]
    return one
