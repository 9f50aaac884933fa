"""Puts the parts together: from a survey and the source roots to closures for every route."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from unlith.backends.source_tree import SourceModule, SourceTree
from unlith.backends.survey.closures import Closures, Key
from unlith.backends.survey.index import Index, Node
from unlith.backends.survey.names import Names
from unlith.backends.survey.reach import Reach
from unlith.backends.survey.reader import read
from unlith.backends.survey.reading import Reading
from unlith.backends.survey.registries import Registries
from unlith.backends.survey.store import Readings
from unlith.backends.survey.templates import Templates
from unlith.backends.survey.touches import Touches
from unlith.domain.survey import Survey, SurveyedRule
from unlith.domain.survey_route import RouteClosure, Touch


class Analysis:
    """Everything that reading the project's files tells of one surveyed app.

    Files are named from *root* on, the project's folder. *kept* holds what was read before.
    """

    def __init__(
        self,
        survey: Survey,
        sources: Sequence[Path],
        root: Path | None = None,
        kept: Readings | None = None,
    ) -> None:
        self.survey = survey
        self.tree = SourceTree(sources, root)
        self._kept = kept or Readings()
        self.index = Index(self.tree, self._load)
        self._sources = tuple(sources)

    def read_all(self, modules: Iterable[object]) -> None:
        """Read the modules that the app loads; others are read when something leads to them."""
        for module in modules:
            self.index.reading(str(module))

    def closures(self) -> dict[Key, RouteClosure]:
        """Give every closure."""
        self.index.reading(self.survey.target.partition(":")[0])
        views = [node for rule in self.survey.rules for node in self._view_class(rule)]
        registries = Registries(self.index, dict(self.survey.overrides), views)
        self.registries = registries
        self.at_start = frozenset(self._factory())
        registries.start_from(self.at_start)
        made = (name.replace(".<locals>", "").partition(":") for name in self.survey.made)
        registries.made_at_start.update(("def", module, name) for module, _, name in made)
        self.reach = Reach(self.index, registries, self._loaded())
        self.walk = Closures(self.survey, self.index, self.reach, Templates(self._sources))
        return self.walk.all()

    def route_names(self) -> dict[Key, tuple[str, ...]]:
        """Give the routes that each closure's key stands for."""
        names: dict[Key, list[str]] = {}
        for route, rule in self.survey.routes():
            names.setdefault(self.key_of(rule, route.method), []).append(str(route))
        return {key: tuple(found) for key, found in names.items()}

    def key_of(self, rule: SurveyedRule, method: str) -> Key:
        """Give the closure's key of one route."""
        known = {name for name, _ in rule.handlers}
        return (rule.endpoint, method if method in known else "")

    def read_modules(self) -> list[Reading]:
        """Give every project module that the app loads or some route reaches."""
        loaded = set(self.survey.modules)
        reached = {node[1] for r in self.walk.reached.values() for node in r.nodes}
        return [r for r in self.index.known() if r.module in loaded | reached]

    def touches(self) -> dict[Key, tuple[Touch, ...]]:
        """Give what each endpoint touches; closures come first."""
        touches = Touches(self.index, Names(self.index))
        return {key: touches.of(reached.nodes) for key, reached in self.walk.reached.items()}

    # Private

    def _view_class(self, rule: SurveyedRule) -> list[Node]:
        if rule.kind != "class":
            return []
        return [("def", rule.view.module, rule.view.qualname.replace(".<locals>", ""))]

    def _factory(self) -> set[Node]:
        # What runs when the app is made: its factory, what that calls, what objects do when made.
        module, _, name = self.survey.target.removesuffix("()").partition(":")
        found: list[Node] = [("def", module, name)]
        for reading in list(self.index.known()):
            found += self._called(("def", reading.module, ""))
        seen: set[Node] = set()
        while found:
            node = found.pop()
            definition = self.index.definition(node)
            if node in seen or definition is None:
                continue
            if definition.kind == "class":
                made = self.index.method(node, "__init__")
                found += [made] if made else []
            else:
                seen.add(node)
                found += self._called(node)
        return seen

    def _loaded(self) -> set[str]:
        # The live app told what it loads; reading alone follows what the start imports.
        if self.survey.facts.flask:
            return set(self.survey.modules)
        waiting = [self.survey.target.partition(":")[0]]
        for node in self.at_start:
            definition = self.index.definition(node)
            for found in definition.imports.values() if definition else ():
                waiting += [found.module, f"{found.module}.{found.attribute}"]
        seen: set[str] = set()
        while waiting:
            name = waiting.pop()
            if name not in seen and self.tree.find(name) is not None:
                seen.add(name)
                waiting += [to for to, one in self.tree.imports_of(name) if not one.is_lazy]
        return seen

    def _called(self, node: Node) -> list[Node]:
        definition = self.index.definition(node)
        found: list[Node] = []
        for call in definition.calls if definition else ():
            if call.is_guarded:
                continue
            meaning = self.index.meaning(call.chain, node[1], node[2])
            found += [n for n in meaning.nodes if n[0] == "def"]
            if definition and call.chain[0] == "self" and len(call.chain) == 3:
                owner: Node = ("def", node[1], definition.parent)
                method = self.index.method(owner, call.chain[1][1:])
                found += [method] if method else []
        return found

    def _load(self, name: str) -> Reading | None:
        module = self.tree.find(name)
        if module is None:
            return None
        return self._kept.of(module, lambda: _read(module))


# Private


def _read(module: SourceModule) -> Reading:
    try:
        return read(module.text, module.name, is_package=module.is_package)
    except (SyntaxError, UnicodeDecodeError, ValueError, OSError) as error:
        body = read("", module.name, is_package=False).body
        return Reading(module.name, module.is_package, {"": body}, error=(1, str(error)))
