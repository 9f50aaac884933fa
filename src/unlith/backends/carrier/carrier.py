"""The ``Carrier`` port over the workspace's files: slim handlers and pure ones."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from unlith.backends.carrier.environ import variables
from unlith.backends.carrier.project import Project
from unlith.backends.carrier.pure import PureFunction
from unlith.backends.carrier.slim import slim_files, slim_hooks
from unlith.backends.carrier.state_warnings import state_changes
from unlith.backends.import_scan import scan
from unlith.backends.source_tree import RUNTIME, SourceTree
from unlith.domain.extraction import Carried
from unlith.domain.function import Level
from unlith.domain.survey import Survey, SurveyedRule
from unlith.files.settings import Settings


class FileCarrier:
    """Reads the user's sources; imports nothing of them and writes nothing."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._tree = SourceTree(settings.sources)

    def carry(
        self, survey: Survey, rules: tuple[SurveyedRule, ...], name: str, level: Level
    ) -> Carried:
        """Give a function's files, or the blockers."""
        if level is Level.PURE:
            return self._pure(survey, rules, name)
        return self._slim(survey, rules)

    # Private

    def _slim(self, survey: Survey, rules: tuple[SurveyedRule, ...]) -> Carried:
        target = survey.facts.load_target or self._settings.app
        closure = self._tree.closure([target.partition(":")[0], *survey.modules])
        found = [module for name in closure.modules if (module := self._tree.find(name))]
        views = dict.fromkeys(rule.view.module for rule in rules if rule.view.in_project)
        return Carried(
            files=slim_files(survey, rules, target),
            environ=variables(module.tree for module in found if module.is_valid),
            hooks=slim_hooks(survey, rules),
            sources=self._digests(views),
            warnings=state_changes(survey, rules, self._settings),
        )

    def _pure(self, survey: Survey, rules: tuple[SurveyedRule, ...], name: str) -> Carried:
        project = Project(self._tree, self._settings.seams)
        function = PureFunction(project, survey, name, self._shown)
        files = function.files(rules)
        return Carried(
            files=files,
            environ=self._environ(files, function.secret),
            hooks=tuple(dict.fromkeys(function.hooks)),
            omitted=tuple(sorted(function.omitted.items())),
            sources=self._digests(function.modules),
            blockers=function.blockers,
        )

    def _environ(self, files: Mapping[str, str], secret: str) -> tuple[str, ...]:
        trees = [ast.parse(text) for text in files.values()]
        names = {
            target
            for tree in trees
            for found in scan(tree, "function", is_package=False).imports
            for target in (found.module, *(f"{found.module}.{name}" for name in found.names))
        }
        closure = self._tree.closure(name for name in names if self._tree.find(name))
        modules = [m for name in closure.modules if (m := self._tree.find(name)) and m.is_valid]
        own = [m.tree for m in modules if m.name.partition(".")[0] not in RUNTIME]
        return tuple(sorted({*variables([*trees, *own]), *([secret] if secret else [])}))

    def _digests(self, modules: Iterable[str]) -> tuple[tuple[str, str], ...]:
        digests = {}
        for name in modules:
            module = self._tree.find(name)
            if module is not None:
                data = module.file.read_bytes()
                shown = self._shown(module.file)
                digests[shown] = f"sha256:{hashlib.sha256(data).hexdigest()}"
        return tuple(sorted(digests.items()))

    def _shown(self, file: Path) -> str:
        root = self._settings.root.resolve()
        return (file.relative_to(root) if file.is_relative_to(root) else file).as_posix()
