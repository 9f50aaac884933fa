"""A module's code with some of its imports bound on first use, compiled from a changed tree.

Which names are global, and where they are used, is read from the module's ordinary bytecode,
so that Python itself decides about scopes. Positions are kept: tracebacks show the source.
Standard library only: also runs where unlith is not installed.
"""

from __future__ import annotations
import __future__

import ast
import dis
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from types import CodeType
from typing import TypeVar

RUNTIME = "unlith_lazy.binding"

T = TypeVar("T", bound=ast.AST)
Position = tuple[int | None, int | None, int | None, int | None]
Entry = tuple[str, str, str]  # name, module, what: see unlith_lazy.binding
_BY_NAME = frozenset({"globals", "eval", "exec", "vars", "locals"})
_NEWLOCALS = 0x2  # inspect.CO_NEWLOCALS: functions have it, class bodies have not
_HOOKS = ("__getattr__", "__dir__")
_INLINE = frozenset({"<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"})


@dataclass
class Uses:
    """Where a module's global names are used: at import, later, and stored how often."""

    at_import: set[str] = field(default_factory=set)
    later: dict[str, set[Position]] = field(default_factory=dict)
    stored: Counter[str] = field(default_factory=Counter)
    rebound: set[str] = field(default_factory=set)


def deferrable(tree: ast.Module, code: CodeType, package: str) -> dict[str, list[Entry]]:
    """Give the imports of a module that nothing needs while it is imported, by bound name.

    Only plain statements at the top level count: an import under ``try``, ``if`` or ``with`` is
    there for what happens when it is carried out.
    """
    uses = uses_of(code)
    if _looks_names_up(tree):
        return {}
    found: dict[str, list[Entry]] = {}
    statements: Counter[str] = Counter()
    for node in tree.body:
        for entry in entries_of(node, package):
            found.setdefault(entry[0], []).append(entry)
            statements[entry[0]] += 1
    in_patterns = {name.id for node in ast.walk(tree) if isinstance(node, ast.match_case)
                   for name in ast.walk(node.pattern) if isinstance(name, ast.Name)}  # fmt: skip
    never = uses.at_import | uses.rebound | in_patterns | _fields(tree, code) | {"annotations"}
    return {
        name: entries
        for name, entries in found.items()
        if name not in never
        and not name.startswith("__")
        and uses.stored[name] == statements[name]
        and (len(entries) == 1 or all(not what for _, _, what in entries))
    }


def deferred(
    source: bytes, file: str, chosen: Iterable[Entry], submodules: Iterable[str] = ()
) -> CodeType:
    """Compile a module with the *chosen* imports bound on first use."""
    tree = ast.parse(source, file)
    plain = _compiled(tree, file)
    entries = list(chosen)
    names = {entry[0] for entry in entries}
    uses = uses_of(plain)
    changed = _Defer(names, {n: uses.later.get(n, set()) for n in names}).visit(tree)
    if names & _annotated(ast.walk(tree), plain):
        changed.body.append(_at(_call("annotated"), tree.body[-1]))
    _insert(changed, entries, sorted(submodules))
    return _compiled(ast.fix_missing_locations(changed), file)


def uses_of(code: CodeType) -> Uses:
    """Read the uses of global names out of bytecode."""
    found = Uses()
    for inner, is_later in _codes(code, is_later=False):
        for kind, name, at in _steps(inner):
            if kind in _LOADS and is_later:
                found.later.setdefault(name, set()).add(at)
            elif kind in _LOADS:
                found.at_import.add(name)
            elif kind == "STORE_NAME" and inner is code:
                found.stored[name] += 1
            elif kind != "STORE_NAME" or is_later:
                found.rebound.add(name)
    return found


def used_names(code: CodeType) -> set[str]:
    """Give the global names that a module's code uses."""
    uses = uses_of(code)
    return uses.at_import | set(uses.later)


def entries_of(node: ast.AST, package: str) -> Iterator[Entry]:
    """Give what an import statement binds; *package* is where relative imports start."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            if alias.asname:
                yield alias.asname, alias.name, "."
            else:
                yield alias.name.partition(".")[0], alias.name, ""
    elif isinstance(node, ast.ImportFrom) and node.module != "__future__":
        module = node.module or ""
        if node.level:
            parts = package.split(".")[: len(package.split(".")) - node.level + 1]
            module = ".".join([*parts, *([module] if module else [])])
        for alias in node.names:
            if alias.name != "*":
                yield alias.asname or alias.name, module, alias.name


# Private

_LOADS = frozenset({"LOAD_NAME", "LOAD_GLOBAL", "LOAD_FROM_DICT_OR_GLOBALS"})
_KINDS = {
    dis.opmap[kind]: kind
    for kind in (*_LOADS, "STORE_NAME", "STORE_GLOBAL", "DELETE_NAME", "DELETE_GLOBAL")
    if kind in dis.opmap
}


def _steps(code: CodeType) -> Iterator[tuple[str, str, Position]]:
    # As dis.get_instructions, for names only: ten times faster.
    places = None
    extended = 0
    raw = code.co_code
    for offset in range(0, len(raw), 2):
        number = raw[offset + 1] | extended
        extended = number << 8 if raw[offset] == dis.EXTENDED_ARG else 0
        kind = _KINDS.get(raw[offset])
        if kind is None:
            continue
        if places is None:
            places = list(code.co_positions())
        at = places[offset // 2]
        index = number >> 1 if kind == "LOAD_GLOBAL" else number
        # Positions as a syntax tree has them: line, last line, column, last column.
        yield kind, code.co_names[index], at


def _codes(code: CodeType, *, is_later: bool) -> Iterator[tuple[CodeType, bool]]:
    yield code, is_later
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            is_function = bool(inner.co_flags & _NEWLOCALS) and inner.co_name not in _INLINE
            if inner.co_name == "__annotate__":
                is_function = False
            yield from _codes(inner, is_later=is_later or is_function)


def _compiled(tree: ast.Module, file: str) -> CodeType:
    return compile(tree, file, "exec", dont_inherit=True, optimize=0)


def _looks_names_up(tree: ast.Module) -> bool:
    # globals() and the like see names that a first use has not bound yet.
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            name, given = node.func.id, len(node.args) + len(node.keywords)
            if name in _BY_NAME and given < (2 if name in ("eval", "exec") else 1):
                return name != "locals" or _is_outside(node, tree)
    return False


def _is_outside(call: ast.Call, tree: ast.Module) -> bool:
    functions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
    inside = (n for f in ast.walk(tree) if isinstance(f, functions) for n in ast.walk(f))
    return all(node is not call for node in inside)


def _has_hook(statement: ast.stmt) -> bool:
    # Says whether a statement may define the module's own __getattr__ or __dir__.
    return any(
        (isinstance(node, ast.FunctionDef) and node.name in _HOOKS)
        or (isinstance(node, ast.Name) and node.id in _HOOKS)
        for node in ast.walk(statement)
    )


def _fields(tree: ast.Module, code: CodeType) -> set[str]:
    # typing.get_type_hints() evaluates fields of classes where nothing can be served late.
    classes = (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef))
    fields = [f for node in classes for f in node.body if isinstance(f, ast.AnnAssign)]
    return _annotated(fields, code)


def _annotated(nodes: Iterable[ast.AST], code: CodeType) -> set[str]:
    # Names in annotations that are text: someone may evaluate them in the module.
    found: set[str] = set()
    is_text = bool(code.co_flags & __future__.annotations.compiler_flag)
    for node in nodes:
        for part in ("annotation", "returns"):
            told = getattr(node, part, None)
            if isinstance(told, ast.expr):
                found |= _named(told, is_text=is_text)
        if isinstance(node, ast.Subscript):
            found |= _named(node.slice, is_text=False)
    return found


def _named(told: ast.expr, *, is_text: bool) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(told):
        if is_text and isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            try:
                inner = ast.parse(node.value, mode="eval")
            except (SyntaxError, ValueError):
                continue
            found |= {n.id for n in ast.walk(inner) if isinstance(n, ast.Name)}
    return found


class _Defer(ast.NodeTransformer):
    """Takes the imports of some names out and has each use bind them."""

    def __init__(self, names: set[str], places: dict[str, set[Position]]) -> None:
        self._names = names
        self._places = places

    def visit_Module(self, node: ast.Module) -> ast.Module:
        body: list[ast.stmt] = []
        for statement in node.body:
            if isinstance(statement, ast.Import | ast.ImportFrom):
                body += self._kept(statement)
                continue
            body.append(self.visit(statement))
            if _has_hook(statement):
                body.append(_at(_call("wrap"), statement))
        node.body = body
        return node

    def visit_Name(self, node: ast.Name) -> ast.expr:
        place = (node.lineno, node.end_lineno, node.col_offset, node.end_col_offset)
        if not isinstance(node.ctx, ast.Load) or place not in self._places.get(node.id, ()):
            return node
        bound = ast.Name("_unlith_" + node.id, ast.Load())
        call = ast.Call(ast.Name("_unlith_bind", ast.Load()), [ast.Constant(node.id)], [])
        return _at(ast.IfExp(bound, node, call), node)

    def _kept(self, node: ast.Import | ast.ImportFrom) -> list[ast.stmt]:
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            return [node]
        bound = [(a, (a.asname or (a.name.partition(".")[0]
                 if isinstance(node, ast.Import) else a.name))) for a in node.names]  # fmt: skip
        node.names = [alias for alias, name in bound if name not in self._names]
        return [node] if node.names else []


def _at(node: T, place: ast.AST) -> T:
    for inner in ast.walk(node):
        ast.copy_location(inner, place)
    return node


def _call(name: str, *given: object) -> ast.stmt:
    # Names that the module cannot have taken: a package may have a submodule named `globals`.
    told = ", ".join(map(repr, given))
    return ast.parse(f"__import__({RUNTIME!r}, None, None, [{name!r}]).{name}({told})").body[0]


def _insert(tree: ast.Module, entries: list[Entry], submodules: list[str]) -> None:
    call = _call("defer", tuple(entries), tuple(submodules))
    assert isinstance(call, ast.Expr)
    statement: ast.stmt = ast.Assign([ast.Name("_unlith_bind", ast.Store())], call.value)
    at = 0
    for number, node in enumerate(tree.body):
        is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        is_future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
        if is_future or (number == 0 and is_text):
            at = number + 1
    _at(statement, tree.body[min(at, len(tree.body) - 1)] if tree.body else tree)
    tree.body.insert(at, statement)
