"""What a carried statement does that a pure function cannot: found by reading, never guessed."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property

from unlith.backends.carrier import edges
from unlith.backends.carrier.changes import without
from unlith.backends.import_scan import scan

_MUTATORS = frozenset(
    "add append clear discard extend extendleft insert pop popitem popleft remove rotate "
    "setdefault sort update appendleft reverse move_to_end".split()
)
_STAY = "keep the route at level slim"

_SCOPES = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef

Finding = tuple[int, str, str]
"""A line, what is wrong there, and the smallest change."""


Follow = Callable[[ast.Call, int], bool]
"""Says whether the argument at a place of a call is followed into what is called."""


class Checked:
    """One statement of a web module, as far as its text tells."""

    def __init__(self, node: ast.stmt) -> None:
        self.node = node

    @cached_property
    def parents(self) -> Mapping[ast.AST, ast.AST]:
        """Give the parent of every node below the statement."""
        return {
            child: node for node in ast.walk(self.node) for child in ast.iter_child_nodes(node)
        }

    def uses(self, name: str) -> Iterator[ast.Name]:
        """Yield where a name is read."""
        for node in ast.walk(self.node):
            if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load):
                yield node

    def import_line(self, name: str) -> int:
        """Give the line of the import inside that binds a name, or the statement's own."""
        for node in ast.walk(self.node):
            names = node.names if isinstance(node, ast.Import | ast.ImportFrom) else ()
            if name in [alias.asname or alias.name for alias in names]:
                return _line(node)
        return self.node.lineno

    def attributes(self, name: str) -> Iterator[tuple[int, str]]:
        """Yield the attributes asked of a name; an empty one where it is used as a value."""
        for use in self.uses(name):
            parent = self.parents.get(use)
            is_asked = isinstance(parent, ast.Attribute) and parent.value is use
            yield use.lineno, parent.attr if is_asked else ""  # type: ignore[union-attr]  # asked

    def is_only_annotation(self, name: str) -> bool:
        """Say whether a name only tells types, so that anything may stand for it."""
        told: set[ast.AST] = set()
        for node in ast.walk(self.node):
            for field in ("annotation", "returns"):
                annotation = getattr(node, field, None)
                told.update(ast.walk(annotation) if annotation is not None else ())
        uses = list(self.uses(name))
        asked = (self.parents.get(use) for use in uses)
        is_bare = not any(isinstance(node, ast.Subscript | ast.Attribute) for node in asked)
        return bool(uses) and is_bare and all(use in told for use in uses)

    def general(self) -> Iterator[Finding]:
        """Yield what no pure function may hold, whatever its names mean."""
        for node in ast.walk(self.node):
            if isinstance(node, ast.AsyncFunctionDef):
                yield node.lineno, f"{node.name}() is async", f"make it a plain def, or {_STAY}"
            elif isinstance(node, ast.Call) and _last(node.func) in ("Thread", "Timer"):
                what = "a thread is started; Lambda stops it when the answer is sent"
                yield node.lineno, what, "send a message to a queue, or wait for it"
            elif _called(node) == "make_conditional" and _has_options(node):
                yield _line(node), "make_conditional() answers ranges", _STAY
        body = ast.Module([self.node], [])
        for line, what in scan(body, "m", is_package=False).unknown:
            yield line, what, "import it by name"

    def proxy(self, name: str, edge: str, follow: Follow) -> Iterator[Finding]:
        """Yield uses of ``request``, ``session``, … that have no stand-in.

        *follow* is asked whether a call that gets the whole of it can be followed.
        """
        allowed = edges.PROXIES[edge]
        # The app has the name that its author gave it.
        said = name if edge == "current_app" else edge
        for use in self.uses(name):
            parent = self.parents.get(use)
            place = _place(use, parent)
            if place is not None and follow(*place):
                continue
            if isinstance(parent, ast.Attribute):
                if allowed is not None and parent.attr not in allowed:
                    yield use.lineno, *without(said, parent.attr)
                elif edge == "current_app" and parent.attr == "config":
                    yield from self._config(parent)
            elif edge in ("request", "current_app") and not self._is_conditional(parent):
                change = "pass on what is needed of it, not the whole"
                yield use.lineno, f"{said} is passed on; its uses cannot be followed", change
            elif edge in ("session", "g") and isinstance(parent, ast.Call):
                change = "pass on what is needed of it, not the whole"
                if use in parent.args and not _is_builtin_call(parent):
                    yield use.lineno, f"{edge} is passed on; its uses cannot be followed", change

    def module(self, name: str, module: str) -> Iterator[Finding]:
        """Yield uses of ``flask.something`` that have no stand-in."""
        known = edges.names_of(module)
        for line, attribute in self.attributes(name):
            if attribute not in known:
                what = f"the module {module} as a value needs Flask"
                yield (line, *without(module, attribute)) if attribute else (line, what, _STAY)
        for use in self.uses(name):
            asked = self.parents.get(use)
            if isinstance(asked, ast.Attribute) and asked.attr in edges.PROXIES:
                yield from self._asked(asked)

    def endpoints(self, name: str) -> Iterator[tuple[int, str]]:
        """Yield what ``url_for`` is asked for; an empty text where that cannot be followed."""
        for use in self.uses(name):
            call = self.parents.get(use)
            first = call.args[0] if isinstance(call, ast.Call) and call.args else None
            value = first.value if isinstance(first, ast.Constant) else None
            yield use.lineno, value if isinstance(value, str) else ""

    def responses(self, made_by: frozenset[str]) -> Iterator[Finding]:
        """Yield attributes asked of answers, made by some names, that have no stand-in."""
        names = set[str]()
        for node in ast.walk(self.node):
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
                function = node.value.func
                called = function.id if isinstance(function, ast.Name) else ""
                if called in made_by:
                    names.update(t.id for t in node.targets if isinstance(t, ast.Name))
        for name in sorted(names):
            for line, attribute in self.attributes(name):
                if attribute and attribute not in edges.RESPONSE:
                    yield line, f"a response's {attribute} needs Werkzeug", _STAY

    def mutated(self) -> Iterator[tuple[int, str, bool]]:
        """Yield names that functions here change in place; with True if only a method tells."""
        for function in ast.walk(self.node):
            if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                continue
            for node in ast.walk(function):
                if isinstance(node, ast.Global):
                    yield from ((node.lineno, name, False) for name in node.names)
                elif isinstance(node, ast.Subscript | ast.Attribute):
                    if not isinstance(node.ctx, ast.Load) and (name := _root(node)):
                        yield node.lineno, name, False
                elif _called(node) in _MUTATORS and (name := _owner(node)):
                    yield _line(node), name, True

    # Private

    def _asked(self, asked: ast.Attribute) -> Iterator[Finding]:
        allowed = edges.PROXIES[asked.attr]
        parent = self.parents.get(asked)
        if not isinstance(parent, ast.Attribute):
            if asked.attr in ("request", "current_app") and not self._is_conditional(parent):
                yield asked.lineno, f"{asked.attr} is passed on", "pass on what is needed of it"
        elif allowed is not None and parent.attr not in allowed:
            yield asked.lineno, *without(asked.attr, parent.attr)
        elif asked.attr == "current_app" and parent.attr == "config":
            yield from self._config(parent)

    def _config(self, config: ast.Attribute) -> Iterator[Finding]:
        parent = self.parents.get(config)
        key: ast.AST | None = None
        if isinstance(parent, ast.Subscript):
            key = parent.slice
        elif isinstance(parent, ast.Attribute) and parent.attr == "get":
            call = self.parents.get(parent)
            key = call.args[0] if isinstance(call, ast.Call) and call.args else None
        name = key.value if isinstance(key, ast.Constant) else None
        if name not in edges.CONFIG:
            what = f"the setting {name!s}" if name else "current_app.config as a whole"
            change = "read it through a function of your own, and put a seam there"
            yield config.lineno, f"{what} is known to Flask alone", change

    def _is_conditional(self, parent: ast.AST | None) -> bool:
        return parent is not None and _called(parent) == "make_conditional"


def touched(node: ast.stmt) -> set[str]:
    """Name the objects that a statement at module level may change."""
    found: set[str] = set()
    for child in _plain_nodes(node):
        target: ast.expr | None = None
        if isinstance(child, ast.Call) and isinstance(child.func, ast.Attribute):
            target = child.func.value
        elif isinstance(child, ast.Subscript | ast.Attribute):
            target = None if isinstance(child.ctx, ast.Load) else child.value
        while isinstance(target, ast.Subscript | ast.Attribute):
            target = target.value
        if isinstance(target, ast.Name):
            found.add(target.id)
    return found if isinstance(node, ast.Expr | ast.Assign | ast.AugAssign | ast.For) else set()


# Private


def _plain_nodes(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.Lambda | _SCOPES):
            yield from _plain_nodes(child)


def _line(node: ast.AST) -> int:
    return getattr(node, "lineno", 0)


def _called(node: ast.AST) -> str:
    # The method that is called, or nothing.
    is_method = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    return node.func.attr if is_method else ""  # type: ignore[attr-defined]  # it is a method


def _last(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _owner(node: ast.AST) -> str:
    # The plain name a method is called on.
    owner = node.func.value if _called(node) else None  # type: ignore[attr-defined]  # a method
    return owner.id if isinstance(owner, ast.Name) else ""


def _place(use: ast.Name, parent: ast.AST | None) -> tuple[ast.Call, int] | None:
    if isinstance(parent, ast.Call) and use in parent.args:
        return parent, parent.args.index(use)
    return None


def _has_options(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and bool(node.keywords or len(node.args) > 1)


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Subscript | ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _is_builtin_call(call: ast.Call) -> bool:
    names = ("bool", "dict", "hasattr", "getattr", "len", "list", "repr", "sorted", "str")
    return isinstance(call.func, ast.Name) and call.func.id in names
