"""State of the process that functions change in place: each Lambda process has its own."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from unlith.backends.carrier.checks import Checked, Finding
from unlith.backends.carrier.module import Module, Scope, globals_used
from unlith.backends.carrier.objects import FlaskObjects
from unlith.backends.carrier.project import Kind, Project


@dataclass(frozen=True, slots=True)
class Change:
    """One place where a function changes a module-level object, and whose object it is."""

    line: int
    shown: str
    module: str
    name: str

    @property
    def finding(self) -> Finding:
        """Say it as a reason against extraction."""
        reason = f"{self.shown} is state of the process, changed here"
        return self.line, reason, "keep it in a store that both sides share"


class ProcessState:
    """Finds what changes module-level objects."""

    def __init__(self, project: Project, objects: FlaskObjects) -> None:
        self._project, self._objects = project, objects

    def changes(self, module: Module, checked: Checked) -> Iterator[Change]:
        """Yield the changes that functions in one statement make."""
        for line, name, is_guess in checked.mutated():
            meaning = self._project.meaning(module.name, name)
            if meaning.kind is Kind.CARRIED:
                if self._objects.kind_of(module.name, name):
                    continue
                owner = self._project.module(meaning.module)
                bound = owner.bound(meaning.name) if owner else None
                if bound and bound.statement and isinstance(bound.statement.node, Scope):
                    continue
            elif meaning.kind is not Kind.KEPT or is_guess or module.bound(name) is None:
                continue
            if name in globals_used(ast.unparse(checked.node), module.file):
                yield Change(line, name, meaning.module, meaning.name)

    def everywhere(self, modules: Iterable[str]) -> Iterator[tuple[Module, Change]]:
        """Yield the changes in all of the given modules: what one view reads, another writes."""
        for name in modules:
            module = self._project.module(name)
            for statement in module.statements if module else ():
                assert module is not None
                for change in self.changes(module, Checked(statement.node)):
                    yield module, change
