"""Which names are the app or a blueprint, and which decorators only register with them."""

from __future__ import annotations

import ast
import copy

from unlith.backends.carrier.project import Kind, Project

_REGISTERS = frozenset(
    "after_app_request after_request app_context_processor app_errorhandler "
    "app_template_filter app_template_global app_template_test app_url_defaults "
    "app_url_value_preprocessor before_app_request before_request command "
    "context_processor delete endpoint errorhandler get patch post put route "
    "shell_context_processor teardown_app_request teardown_appcontext teardown_request "
    "template_filter template_global template_test url_defaults url_value_preprocessor".split()
)


class FlaskObjects:
    """Knows the ``Flask`` and ``Blueprint`` objects of a project by their names."""

    def __init__(self, project: Project, app: str) -> None:
        self._project = project
        self._app = app

    def kind_of(self, module: str, name: str) -> str:
        """Say whether a name is a ``Flask`` or a ``Blueprint`` object, or neither."""
        meaning = self._project.meaning(module, name)
        if meaning.kind is not Kind.CARRIED:
            return ""
        if f"{meaning.module}:{meaning.name}" == self._app:
            return "Flask"
        found = self._project.module(meaning.module)
        bound = found.bound(meaning.name) if found else None
        node = bound.statement.node if bound and bound.statement else None
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
        if not isinstance(value, ast.Call):
            return ""
        return self._class_of(meaning.module, value.func)

    def is_registration(self, module: str, decorator: ast.expr) -> bool:
        """Say whether a decorator only tells Flask or a blueprint of what it decorates."""
        target = decorator.func if isinstance(decorator, ast.Call) else decorator
        if not isinstance(target, ast.Attribute) or target.attr not in _REGISTERS:
            return False
        owner = target.value
        owner = owner.value if isinstance(owner, ast.Attribute) else owner
        return isinstance(owner, ast.Name) and bool(self.kind_of(module, owner.id))

    def unregistered(self, module: str, node: ast.stmt) -> ast.stmt:
        """Give a definition without the decorators that only register it."""
        bare = copy.copy(node)
        if isinstance(bare, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            kept = [d for d in bare.decorator_list if not self.is_registration(module, d)]
            bare.decorator_list = kept
        return bare

    # Private

    def _class_of(self, module: str, function: ast.expr) -> str:
        if isinstance(function, ast.Attribute):
            is_flask = isinstance(function.value, ast.Name) and function.value.id == "flask"
            return function.attr if is_flask and function.attr in ("Blueprint", "Flask") else ""
        if not isinstance(function, ast.Name):
            return ""
        meaning = self._project.meaning(module, function.id)
        if meaning.kind is Kind.EDGE:
            return meaning.name if meaning.name in ("Blueprint", "Flask") else ""
        if meaning.kind is not Kind.CARRIED:
            return ""
        found = self._project.module(meaning.module)
        bound = found.bound(meaning.name) if found else None
        node = bound.statement.node if bound and bound.statement else None
        bases = node.bases if isinstance(node, ast.ClassDef) else []
        return next((c for b in bases if (c := self._class_of(meaning.module, b))), "")
