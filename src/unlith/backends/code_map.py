"""What reading says of a function's routes: the code they reach, and what it reads of requests."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from unlith.backends.flask_inspector import run_child
from unlith.backends.survey.analysis import Analysis
from unlith.backends.survey.reads import reads_of
from unlith.domain.function import FunctionInfo
from unlith.domain.reads import Reads
from unlith.domain.survey import Survey
from unlith.errors import AppImportFailed
from unlith.files.settings import Settings

EXPIRE = "unlith.backends.expire_child"


@dataclass(frozen=True, slots=True)
class Watched:
    """A file that counts: how it is shown, and which of its functions; None means all."""

    shown: str
    names: frozenset[str] | None


class CodeMap:
    """Reads a workspace's code once."""

    def __init__(self, settings: Settings, survey: Survey) -> None:
        self._settings, self._survey = settings, survey

    def files(self, function: FunctionInfo) -> dict[str, Watched]:
        """Give the files that count for a function's coverage, by their path in a bundle."""
        settings, found = self._settings, {}
        for module, own in self._names(function).items():
            source = self._analysis.tree.find(module)
            for root in settings.sources if source else ():
                if source and source.file.is_relative_to(root):
                    place = source.file.relative_to(root).as_posix()
                    found[place] = Watched(_shown(source.file, settings.root), frozenset(own))
        for file in sorted((settings.extracted / function.name).rglob("*.py")):
            place = file.relative_to(settings.extracted).as_posix()
            found[place] = Watched(_shown(file, settings.root), None)
        return found

    def reads(self, function: FunctionInfo) -> Reads:
        """Give what the function's routes read of requests."""
        names = self._names(function)
        trees: dict[str, ast.Module] = {}
        for module in names:
            source = self._analysis.tree.find(module)
            if source is not None and source.is_valid:
                trees[module] = source.tree
        return reads_of(trees, names)

    # Private

    @cached_property
    def _analysis(self) -> Analysis:
        analysis = Analysis(self._survey, self._settings.sources)
        analysis.read_all(self._survey.modules)
        self._closures = analysis.closures()
        return analysis

    def _names(self, function: FunctionInfo) -> dict[str, set[str]]:
        analysis = self._analysis
        names: dict[str, set[str]] = {}
        for route, rule in self._survey.routes():
            closure = self._closures.get(analysis.key_of(rule, route.method))
            if route not in function.routes or closure is None:
                continue
            # The view's own module first: what it compares with is worth most.
            view = rule.view.module
            ordered = sorted(closure.definitions, key=lambda d: (d.partition(":")[0] != view, d))
            for definition in ordered:
                module, _, name = definition.partition(":")
                names.setdefault(module, set()).add(name)
        return names


def aged_cookies(settings: Settings, cookies: list[str]) -> list[str | None]:
    """Give session cookies of the same content that are over, None for those the app cannot read.

    A process of its own imports the app for it; where that fails nothing is aged.
    """
    paths = [str(path) for path in settings.sources]
    job = {"target": settings.app, "paths": paths, "cookies": cookies}
    try:
        answer = run_child(EXPIRE, job, settings).get("ok")
    except AppImportFailed:
        return []
    return [str(c) if c else None for c in answer] if isinstance(answer, list) else []


# Private


def _shown(file: Path, root: Path) -> str:
    return file.relative_to(root).as_posix() if file.is_relative_to(root) else str(file)
