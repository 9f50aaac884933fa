"""Reads one source file into a ``Reading`` by one walk over its syntax tree; runs nothing.

Code below ``if TYPE_CHECKING:`` never runs and is left out; what stands below
``if __name__ == "__main__":`` is marked as guarded.
"""

from __future__ import annotations

import ast

from unlith.backends.import_scan import absolute, is_type_checking
from unlith.backends.survey.chains import chain_of, defaults_of, others_of, text_of, value_of
from unlith.backends.survey.expressions import ExpressionReader
from unlith.backends.survey.reading import Chain, Definition, Imported, Reading, Statement, Store

_CATCHES_IMPORT = ("ImportError", "ModuleNotFoundError", "Exception", "BaseException")
_Function = ast.FunctionDef | ast.AsyncFunctionDef
_Loop = ast.For | ast.AsyncFor | ast.While


def read(text: str, module: str, *, is_package: bool) -> Reading:
    """Give what a file says; a file that is no Python gives an empty body and the error."""
    reading = Reading(module, is_package, {"": Definition("", "module", 1, 1)})
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError) as error:
        reading.error = (getattr(error, "lineno", None) or 1, str(error.args[0]))
        return reading
    _Reader(reading).module(tree)
    return reading


# Private


class _Reader(ExpressionReader):
    def module(self, tree: ast.Module) -> None:
        body = self.here
        body.end = max((node.end_lineno or 1 for node in tree.body), default=1)
        for node in tree.body:
            before = len(body.uses)
            stored = len(body.stores)
            known = {name: len(chains) for name, chains in body.values.items()}
            self.visit(node)
            names = tuple(n for n, c in body.values.items() if len(c) > known.get(n, 0))
            uses = tuple(body.uses[before:])
            roots = {store.chain[0] for store in body.stores[stored:] if store.chain}
            roots |= {use[0] for use in uses if len(use) > 2 and use[-1].startswith("(")}
            if names or uses:
                body.statements.append(
                    Statement(names, tuple(sorted(roots - set(names))), uses, node.lineno)
                )

    # Definitions

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._function(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        made = self._definition(node, "class")
        made.bases = [chain for base in node.bases if (chain := chain_of(base))]
        for base in node.bases:
            self._within(made, base)
        for keyword in node.keywords:
            made.applied += self._within(made, keyword.value)
            if keyword.arg == "metaclass" and (chain := chain_of(keyword.value)):
                made.metaclass.append(chain)
        self._inside(made, node.body)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        for default in (*node.args.defaults, *node.args.kw_defaults):
            if default is not None:
                self.visit(default)
        self.visit(node.body)

    def _function(self, node: _Function) -> None:
        made = self._definition(node, "function")
        made.is_async = isinstance(node, ast.AsyncFunctionDef)
        every = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        for argument in every:
            made.parameters.append(argument.arg)
            if argument.annotation is not None and (chain := chain_of(argument.annotation)):
                made.annotations[argument.arg] = chain
        made.parameters += [a.arg for a in (node.args.vararg, node.args.kwarg) if a is not None]
        for default in (*node.args.defaults, *node.args.kw_defaults):
            if default is not None:
                self.visit(default)
        for name, default in defaults_of(node.args):
            if chain := chain_of(default):
                made.values.setdefault(name, []).append(chain)
        self._inside(made, node.body)

    def _definition(self, node: _Function | ast.ClassDef, kind: str) -> Definition:
        parent = self.here
        name = f"{parent.name}.{node.name}" if parent.name else node.name
        first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
        if name in self.reading.definitions:
            # The same name again (a property's setter, an if/else): one definition holds both.
            made = self.reading.definitions[name]
            made.end = max(made.end, node.end_lineno or first)
        else:
            made = Definition(name, kind, first, node.end_lineno or first, parent.name)
            self.reading.definitions[name] = made
        made.decorators += [chain for d in node.decorator_list if (chain := chain_of(d))]
        for decorator in node.decorator_list:
            made.applied += self._within(made, decorator)
        parent.defs[node.name] = name
        return made

    def _within(self, made: Definition, node: ast.expr) -> list[Chain]:
        outside, self.here = self.here, made
        before = len(made.uses)
        self.visit(node)
        self.here = outside
        return made.uses[before:]

    def _inside(self, made: Definition, body: list[ast.stmt]) -> None:
        outside = (self.here, self.loop, self.with_)
        self.here, self.loop, self.with_ = made, 0, 0
        for node in body:
            self.visit(node)
        self.here, self.loop, self.with_ = outside

    # Imports

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            name = alias.asname or alias.name.partition(".")[0]
            found = Imported(alias.name, "", node.lineno, not alias.asname, bool(self.caught))
            if found.is_top and name in self.here.imports and "." in alias.name:
                # `import a.b` after `import a.c`: both are needed, one name.
                self.here.imports[f"{name} {alias.name}"] = found
            else:
                self.here.imports[name] = found

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        module = absolute(self.package, node.level, node.module)
        for alias in node.names:
            if alias.name == "*":
                self.reading.stars.append(module)
            elif module != "__future__":
                self.here.imports[alias.asname or alias.name] = Imported(
                    module, alias.name, node.lineno, False, bool(self.caught)
                )

    # Statements

    def visit_If(self, node: ast.If) -> None:
        if is_type_checking(node.test):
            self._each(node.orelse)
            return
        self.visit(node.test)
        guard = isinstance(node.test, ast.Compare) and text_of(node.test.left) == "__name__"
        self.guarded += guard
        self._each(node.body)
        self.guarded -= guard
        self._each(node.orelse)

    def visit_Try(self, node: ast.Try) -> None:
        caught = any(
            handler.type is None or any(name in text_of(handler.type) for name in _CATCHES_IMPORT)
            for handler in node.handlers
        )
        self.caught += caught
        self._each(node.body)
        self.caught -= caught
        self._each([*node.handlers, *node.orelse, *node.finalbody])

    def visit_With(self, node: ast.With | ast.AsyncWith) -> None:
        self.with_ += 1
        for item in node.items:
            self.visit(item.context_expr)
            if item.optional_vars is not None:
                self._bind(item.optional_vars, item.context_expr)
        self.with_ -= 1
        self._each(node.body)

    def visit_AsyncWith(self, node: ast.AsyncWith) -> None:
        self.visit_With(node)

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:
        self.visit(node.iter)
        listed = node.iter.elts if isinstance(node.iter, ast.List | ast.Tuple) else []
        for one in listed:
            self._bind(node.target, one)
        if not listed:
            self._bind(node.target, node.iter, step="[]")
        self.loop += 1
        self._each([*node.body, *node.orelse])
        self.loop -= 1

    def visit_AsyncFor(self, node: ast.AsyncFor) -> None:
        self.visit_For(node)

    def visit_While(self, node: ast.While) -> None:
        self.visit(node.test)
        self.loop += 1
        self._each([*node.body, *node.orelse])
        self.loop -= 1

    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        for target in node.targets:
            self._bind(target, node.value)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)
            self._bind(node.target, node.value)
        elif isinstance(node.target, ast.Name):
            self.here.annotations[node.target.id] = chain_of(node.annotation)
        if self.here.kind == "class":
            self.visit(node.annotation)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self.visit(node.value)
        self._bind(node.target, node.value, kind="augment")

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        self._bind(node.target, node.value)

    def visit_Delete(self, node: ast.Delete) -> None:
        for target in node.targets:
            if isinstance(target, ast.Attribute | ast.Subscript):
                self.here.stores.append(Store(chain_of(target), node.lineno, "delete"))

    def visit_Global(self, node: ast.Global) -> None:
        self.here.stores += [Store((name,), node.lineno, "global") for name in node.names]

    def visit_Return(self, node: ast.Return) -> None:
        if node.value is not None:
            self.visit(node.value)
            if chain := chain_of(node.value):
                self.here.returns.append(chain)

    def visit_Yield(self, node: ast.Yield) -> None:
        self.here.is_generator = True
        if node.value is not None and (chain := chain_of(node.value)):
            self.here.yields.append(chain)
        self.generic_visit(node)

    def visit_YieldFrom(self, node: ast.YieldFrom) -> None:
        self.here.is_generator = True
        self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> None:
        if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            return  # a docstring says nothing
        before = len(self.here.calls)
        self.visit(node.value)
        if isinstance(node.value, ast.Call) and len(self.here.calls) > before:
            self.here.calls[before].is_used = False

    def _bind(
        self, target: ast.expr, value: ast.expr, *, step: str = "", kind: str = "assign"
    ) -> None:
        if isinstance(target, ast.Tuple | ast.List):
            parts: list[ast.expr] = [value] * len(target.elts)
            is_pair = isinstance(value, ast.Tuple | ast.List)
            if is_pair and len(value.elts) == len(parts):  # type: ignore[attr-defined]  # is_pair
                parts = value.elts  # type: ignore[attr-defined]  # is_pair
            for one, part in zip(target.elts, parts, strict=True):
                self._bind(one, part, step=step, kind=kind)
            return
        for other in others_of(value):
            self._bind(target, other, step=step, kind=kind)
        chain = value_of(value)
        chain = (*chain, step) if step and chain else chain
        if not chain or not chain[0]:
            chain = (f"={text_of(value)}",)
        if isinstance(target, ast.Name):
            self.here.values.setdefault(target.id, []).append(chain)
            self._keys(target.id, value)
        elif isinstance(target, ast.Attribute | ast.Subscript):
            whole = chain_of(target)
            self.here.stores.append(Store(whole, target.lineno, kind))
            self.here.fields.append((whole[-1], chain) if whole else ("", chain))
            owner = self.reading.definitions.get(self.here.parent)
            if whole[:1] in (("self",), ("cls",)) and len(whole) == 2 and owner is not None:
                owner.values.setdefault(f"self{whole[1]}", []).append(chain)
            self.visit(target.value)
            if isinstance(target, ast.Subscript):
                self.visit(target.slice)

    def _keys(self, name: str, value: ast.expr) -> None:
        if isinstance(value, ast.Dict):
            for key, item in zip(value.keys, value.values, strict=True):
                if isinstance(key, ast.Constant) and (chain := chain_of(item)):
                    self.here.values.setdefault(f"{name}[{key.value!r}]", []).append(chain)

    def _each(self, nodes: list[ast.stmt] | list[ast.AST]) -> None:
        for node in nodes:
            self.visit(node)
