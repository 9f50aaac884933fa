"""Puts the parts together: from a survey and the source roots to closures for every route."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from unlith.backends.source_tree import SourceTree
from unlith.backends.survey.closures import Closures, Key
from unlith.backends.survey.index import Index, Node
from unlith.backends.survey.reach import Reach
from unlith.backends.survey.reader import read
from unlith.backends.survey.reading import Reading
from unlith.backends.survey.registries import Registries
from unlith.backends.survey.templates import Templates
from unlith.domain.survey import Survey
from unlith.domain.survey_route import RouteClosure


class Analysis:
    """Everything that reading the project's files tells of one surveyed app."""

    def __init__(self, survey: Survey, sources: Sequence[Path]) -> None:
        self.survey = survey
        self.tree = SourceTree(sources)
        self.index = Index(self.tree, self._load)
        self._sources = tuple(sources)

    def read_all(self, modules: Iterable[object]) -> None:
        """Read the modules that the app loads; others are read when something leads to them."""
        for module in modules:
            self.index.reading(str(module))

    def closures(self) -> dict[Key, RouteClosure]:
        """Give every closure."""
        self.index.reading(self.survey.target.partition(":")[0])
        views = [node for rule in self.survey.rules for node in self._class_of(rule.view.module, rule)]
        registries = Registries(self.index, dict(self.survey.overrides), views)
        registries.start_from(self._factory())
        self.walk = Closures(
            self.survey, self.index, Reach(self.index, registries), Templates(self._sources)
        )
        return self.walk.all()

    # Private

    def _class_of(self, module: str, rule: object) -> list[Node]:
        qualname = rule.view.qualname  # type: ignore[attr-defined]
        kind = rule.kind  # type: ignore[attr-defined]
        return [("def", module, qualname.replace(".<locals>", ""))] if kind == "class" else []

    def _factory(self) -> list[Node]:
        module, _, name = self.survey.target.removesuffix("()").partition(":")
        found: list[Node] = [("def", module, name)]
        seen: set[Node] = set()
        while found:
            node = found.pop()
            definition = self.index.definition(node)
            if node in seen or definition is None or definition.kind != "function":
                continue
            seen.add(node)
            for call in definition.calls:
                meaning = self.index.meaning(call.chain, node[1], definition.name)
                found += [n for n in meaning.nodes if n[0] == "def"]
        return list(seen)

    def _load(self, name: str) -> Reading | None:
        module = self.tree.find(name)
        if module is None:
            return None
        try:
            text = module.text
        except (SyntaxError, UnicodeDecodeError, ValueError, OSError) as error:
            return Reading(name, module.is_package, {"": read("", name, is_package=False).body},
                           error=(1, str(error)))
        return read(text, name, is_package=module.is_package)
