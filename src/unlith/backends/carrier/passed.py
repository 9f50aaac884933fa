"""Follows a ``request`` that is passed on, as a whole, to a function that is carried too.

Its uses are checked there, under the name that it has there.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

from unlith.backends.carrier.checks import Checked, Finding, Follow
from unlith.backends.carrier.module import Module
from unlith.backends.carrier.project import Kind, Project


class PassedOn:
    """Remembers what was followed; *block* gets what is found."""

    def __init__(self, project: Project, block: Callable[[Module, Finding], None]) -> None:
        self._project, self._block = project, block
        self._followed: set[tuple[str, str, int]] = set()

    def follow(self, module: Module, edge: str) -> Follow:
        """Give what follows calls out of a module, and says whether it can."""

        def follow(call: ast.Call, place: int) -> bool:
            if not isinstance(call.func, ast.Name):
                return False
            meaning = self._project.meaning(module.name, call.func.id)
            home = self._project.module(meaning.module)
            bound = home.bound(meaning.name) if home and meaning.kind is Kind.CARRIED else None
            node = bound.statement.node if bound and bound.statement else None
            if home is None or not isinstance(node, ast.FunctionDef):
                return False
            names = [*node.args.posonlyargs, *node.args.args]
            if place >= len(names) or any(isinstance(arg, ast.Starred) for arg in call.args):
                return False
            key = (meaning.module, meaning.name, place)
            if key not in self._followed:
                self._followed.add(key)
                inner = Checked(node)
                for finding in inner.proxy(names[place].arg, edge, self.follow(home, edge)):
                    self._block(home, finding)
            return True

        return follow
