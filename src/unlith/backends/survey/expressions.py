"""The half of the reader that looks at expressions: names, calls, texts, dynamic imports."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from unlith.backends.import_scan import absolute
from unlith.backends.survey.chains import chain_of, text_of
from unlith.backends.survey.reading import Call, Imported, Reading

_BY_TEXT = frozenset({"import_module", "__import__", "import_string", "find_modules"})
_ANY_MODULE = frozenset({"iter_modules", "walk_packages", "run_module", "run_path"})
_ENTRY_POINTS = frozenset({"entry_points", "iter_entry_points"})


class ExpressionReader(ast.NodeVisitor):
    """Notes what expressions say in the definition that is being read."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.here = reading.body
        self.package = reading.module if reading.is_package else reading.module.rpartition(".")[0]
        self.caught = self.loop = self.with_ = self.guarded = 0

    def visit_Name(self, node: ast.Name) -> None:
        """Note a name that is read."""
        if isinstance(node.ctx, ast.Load):
            self.here.uses.append((node.id,))

    def visit_Attribute(self, node: ast.Attribute) -> None:
        """Note an attribute's whole chain."""
        self._use(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        """Note a subscript's whole chain."""
        self._use(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        """Note a text in quotes."""
        if isinstance(node.value, str) and node.value:
            self.here.strings.append((node.value[:2000], node.lineno))

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        """Note a formatted text, and look inside."""
        self.here.strings.append((text_of(node), node.lineno))
        for value in node.values:
            if isinstance(value, ast.FormattedValue):
                self.visit(value.value)

    def visit_Call(self, node: ast.Call) -> None:
        """Note a call."""
        self._use(node)

    def _use(self, node: ast.expr) -> None:
        # The longest chain once; what stands in brackets on the way is visited on its own.
        self.here.uses.append(chain_of(node))
        for part in _parts(node):
            if isinstance(part, ast.Call):
                self._call(part)
        for inner in _bracketed(node):
            self.visit(inner)

    def _call(self, node: ast.Call) -> None:
        call = Call(chain_of(node), node.lineno)
        call.args = tuple(text_of(argument) for argument in node.args)
        call.keywords = {k.arg or "**": text_of(k.value) for k in node.keywords}
        call.in_loop, call.in_with = bool(self.loop), bool(self.with_)
        call.is_guarded, call.end = bool(self.guarded), node.end_lineno or node.lineno
        self.here.calls.append(call)
        self._by_text(call)

    def _by_text(self, call: Call) -> None:
        name = call.chain[-2].lstrip(".") if len(call.chain) > 1 else ""
        text = call.args[0] if call.args else ""
        if name in _BY_TEXT:
            self._import_text(call, text)
        elif name in _ANY_MODULE:
            self.here.unknown.append((call.line, f"{name}() finds modules at run time"))
        elif name in _ENTRY_POINTS:
            self.here.unknown.append((call.line, f"{name}() finds plugins at run time"))
        elif call.chain[:1] == ("getattr",) and len(call.args) > 1:
            self.here.unknown.append((call.line, "getattr() of a name made at run time"))
        elif call.chain[:1] in (("eval",), ("exec",)) and len(call.chain) == 2:
            self.here.unknown.append((call.line, f"{name}() runs code made at run time"))

    def _import_text(self, call: Call, text: str) -> None:
        name = call.chain[-2].lstrip(".")
        if not text.startswith(("'", '"')):
            self.here.unknown.append((call.line, f"{name}() of a name made at run time"))
            return
        module, _, attribute = text.strip("'\"").replace(":", ":", 1).partition(":")
        if module.startswith("."):
            level = len(module) - len(module.lstrip("."))
            module = absolute(self.package, level, module.lstrip(".") or None)
        found = Imported(module, attribute, call.line, False, bool(self.caught))
        self.here.imports[f" {module}:{attribute}"] = found


# Private


def _parts(node: ast.expr) -> Iterator[ast.expr]:
    # The expression and what stands left of its last step, and so on.
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        yield node
        node = node.func if isinstance(node, ast.Call) else node.value


def _bracketed(node: ast.expr) -> Iterator[ast.expr]:
    while True:
        match node:
            case ast.Attribute():
                node = node.value
            case ast.Subscript():
                yield node.slice
                node = node.value
            case ast.Call():
                yield from node.args
                yield from (keyword.value for keyword in node.keywords)
                if isinstance(node.func, ast.Name):
                    return
                node = node.func
                if isinstance(node, ast.Lambda):
                    yield node
                    return
            case ast.Name():
                return
            case _:
                yield node
                return
