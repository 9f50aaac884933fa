"""A pure function's files: a route's view with all that serves it, carried out of Flask."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

from unlith.backends.carrier import edges
from unlith.backends.carrier.imports import ImportLine, imports_text
from unlith.backends.carrier.project import Kind, Meaning, Project
from unlith.backends.carrier.refusals import OMITTED, refusals
from unlith.backends.carrier.slices import Slicer
from unlith.backends.carrier.text import slice_text
from unlith.backends.carrier.wiring import Wiring
from unlith.domain.extraction import Blocker
from unlith.domain.neighbours import neighbours
from unlith.domain.survey import Hook, Survey, SurveyedRule

_BUILT_IN_JSON = "flask.json.provider:DefaultJSONProvider"


class PureFunction:
    """One extraction at level pure; made, asked, thrown away."""

    def __init__(
        self, project: Project, survey: Survey, name: str, show: Callable[[Path], str]
    ) -> None:
        self._project, self._survey, self._name, self._show = project, survey, name, show
        self._slicer = Slicer(project, name, survey.facts.load_target, show, survey.modules)
        self._wiring = Wiring(name, self._place)
        self.hooks: list[str] = []
        self.omitted: dict[str, str] = {}
        self.secret = ""

    @property
    def blockers(self) -> tuple[Blocker, ...]:
        """Give every reason against it, by place."""
        return tuple(sorted(self._slicer.blockers))

    @property
    def modules(self) -> tuple[str, ...]:
        """Name the modules that code was carried from."""
        return tuple(name for name, found in self._slicer.slices.items() if found.texts)

    def files(self, rules: tuple[SurveyedRule, ...]) -> dict[str, str]:
        """Give the files by name; of no use when there are blockers."""
        for blocker in refusals(self._survey, rules):
            self._block(blocker)
        for rule in rules:
            if not self.blockers:
                self._view(rule)
        if self.blockers:
            self._read_more(rules)
            return {}
        self._serve(rules)
        self._slicer.finish()
        self._session()
        around = self._around(rules)
        if self.blockers:
            return {}
        call = self._wiring.call(self._survey, around)
        files = {"handler.py": self._wiring.text(call, self._imports)}
        for found in self._slicer.slices.values():
            text = slice_text(found, self._imports)
            files[f"{found.name}.py"] = text
        return dict(sorted(files.items()))

    # Private

    def _around(self, rules: tuple[SurveyedRule, ...]) -> tuple[SurveyedRule, ...]:
        # The rules beside the function's own, and those that url_for is asked for.
        asked = set()
        for endpoint in self._slicer.endpoints:
            for rule in rules:
                inside = rule.endpoint.rpartition(".")[0]
                near = f"{inside}{endpoint}" if inside else endpoint[1:]
                asked.add(near if endpoint[:1] == "." else endpoint)
        known = {rule.endpoint for rule in self._survey.rules}
        for endpoint in sorted(asked - known):
            self._block(Blocker("", 0, f"url_for is asked for {endpoint!r}, which is no endpoint"))
        for rule in self._survey.rules:
            if rule.endpoint in asked:
                self._converters(rule)
        near_by = neighbours(self._survey.rules, rules)
        return tuple(
            rule
            for rule in self._survey.rules
            if rule in near_by or (rule.endpoint in asked and not rule.websocket)
        )

    def _read_more(self, rules: tuple[SurveyedRule, ...]) -> None:
        # What is refused already is read on, so that all reasons are told at once.
        for rule in rules:
            if rule.view.in_project and rule.kind == "function" and "<" not in rule.view.qualname:
                self._view(rule)
        self._serve(rules)

    def _view(self, rule: SurveyedRule) -> None:
        meaning = self._carry(rule.view.module, rule.view.qualname)
        if meaning is None:
            return
        self._check_wrappers(rule, meaning)
        self._wiring.views[rule.endpoint] = self._wiring.name(meaning)

    def _check_wrappers(self, rule: SurveyedRule, meaning: Meaning) -> None:
        module = self._project.module(meaning.module)
        bound = module.bound(meaning.name) if module else None
        statement = bound.statement if bound else None
        view = rule.view
        node = statement.node if statement else None
        if not isinstance(node, ast.FunctionDef):
            self._block(Blocker(view.file, view.line, f"the view {view} is no function", ""))
            return
        if view.line not in range(statement.first, node.end_lineno or 0):  # type: ignore[union-attr]  # node came from it
            change = "give each view a name of its own"
            self._block(Blocker(view.file, view.line, f"{view} is defined twice", change))
        # A wrapper must come from a decorator that is carried: by its maker's name, or, for
        # makers in libraries, one wrapper for each decorator that has none yet.
        names = [_decorator_name(decorator) for decorator in self._kept(meaning, node)]
        makers = [wrapper.partition(".")[0] for wrapper in rule.wrappers]
        unknown = [maker for maker in makers if maker not in names]
        if len(unknown) > sum(1 for name in names if name not in makers):
            shown = next(w for w in rule.wrappers if w.partition(".")[0] == unknown[-1])
            reason = f"the view {view} is wrapped by {shown}, which is no decorator of it"
            self._block(Blocker(view.file, view.line, reason, "wrap it with a decorator"))

    def _kept(self, meaning: Meaning, node: ast.FunctionDef) -> list[ast.expr]:
        bare = self._slicer.objects.unregistered(meaning.module, node)
        return bare.decorator_list if isinstance(bare, ast.FunctionDef) else []

    def _serve(self, rules: tuple[SurveyedRule, ...]) -> None:
        hooks = dict.fromkeys(hook for rule in rules for hook in self._survey.hooks_for(rule))
        for hook in hooks:
            if hook.kind in OMITTED and not (hook.kind == "url_defaults" and self._asks_urls):
                self.omitted[str(hook.where)] = OMITTED[hook.kind]
            elif hook.exception.startswith("jinja2"):
                self.omitted[str(hook.where)] = "no template is rendered here"
            elif _is_plain(hook):
                self._hook(hook)
        for rule in rules:
            self._converters(rule)
        self._json()

    @property
    def _asks_urls(self) -> bool:
        return "url_for" in self._slicer.edges

    def _hook(self, hook: Hook) -> None:
        meaning = self._carry(hook.where.module, hook.where.qualname)
        if meaning is None:
            return
        self.hooks.append(str(hook.where))
        if hook.kind != "error_handler":
            self._wiring.add_hook(hook, meaning)
            return
        module, _, name = hook.exception.partition(":")
        exception = self._exception(module, name)
        if exception is None:
            reason = f"the exception {hook.exception} cannot be carried"
            self._block(Blocker(hook.where.file, hook.where.line, reason, ""))
            return
        self._wiring.add_handler(hook, meaning, exception)

    def _exception(self, module: str, name: str) -> Meaning | None:
        if module == "builtins":
            return Meaning(Kind.BUILTIN, module, name)
        if module.partition(".")[0] == "werkzeug":
            is_known = edges.is_edge("werkzeug.exceptions", name)
            return Meaning(Kind.EDGE, "werkzeug.exceptions", name) if is_known else None
        return self._carry(module, name)

    def _converters(self, rule: SurveyedRule) -> None:
        for converter in rule.converters:
            module, _, name = converter.cls.partition(":")
            if module != "werkzeug.routing.converters":
                meaning = self._carry(module, name)
                if meaning is not None:
                    self._wiring.converters[converter.name] = self._wiring.name(meaning)

    def _json(self) -> None:
        facts = self._survey.facts
        if facts.json_provider not in ("", _BUILT_IN_JSON):
            module, _, name = facts.json_provider.partition(":")
            meaning = self._carry(module, name)
            if meaning is not None:
                self._wiring.options["json_provider"] = self._wiring.name(meaning)
        if facts.json_settings:
            self._wiring.options["json_settings"] = dict(facts.json_settings)

    def _session(self) -> None:
        facts = self._survey.facts
        refreshed = dict(facts.config).get("SESSION_REFRESH_EACH_REQUEST", True)
        if "session" not in self._slicer.edges and not (refreshed and self._sets_permanent()):
            return
        if not facts.has_secret_key:
            self._block(Blocker("", 0, "the session is used, and the app has no secret key", ""))
        self.secret = facts.secret_variable or "SECRET_KEY"
        self._wiring.options["session"] = self.secret

    def _sets_permanent(self) -> bool:
        # A permanent session is sent anew with every answer, whoever asks for it.
        for name in self._survey.modules:
            module = self._project.module(name)
            for node in ast.walk(module.source.tree) if module else ():
                is_set = isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
                if is_set and node.attr == "permanent":  # type: ignore[attr-defined]  # is_set
                    return True
        return False

    def _carry(self, module: str, name: str) -> Meaning | None:
        if "." in name or self._project.module(module) is None:
            reason = f"{module}:{name} cannot be carried from where it is"
            self._block(Blocker("", 0, reason, "define it at module level of the project"))
            return None
        if not self._project.is_web(module):
            return Meaning(Kind.KEPT, module, name)
        meaning = self._slicer.carry(module, name)
        if meaning.kind in (Kind.CARRIED, Kind.KEPT, Kind.EDGE):
            return meaning
        reason = f"{module}:{name} cannot be carried from where it is"
        self._block(Blocker("", 0, reason, "keep the route at level slim"))
        return None

    def _place(self, meaning: Meaning) -> ImportLine:
        if meaning.kind is Kind.CARRIED:
            home = self._slicer.slice_of(meaning.module).name
            return ImportLine(self._name, home, home)
        if meaning.kind is Kind.EDGE:
            return ImportLine("unlith_edges.web", meaning.name, meaning.name)
        return ImportLine(meaning.module, meaning.name, meaning.name)

    def _imports(self, lines: set[ImportLine]) -> str:
        owned = self._project.tree.owns
        return imports_text(lines, lambda top: top == self._name or owned(top))

    def _block(self, blocker: Blocker) -> None:
        file = self._show(Path(blocker.file)) if blocker.file else ""
        self._slicer.blockers.add(Blocker(file, blocker.line, blocker.reason, blocker.change))


def _is_plain(hook: Hook) -> bool:
    where = hook.where
    return where.in_project and not where.closure and where.qualname.isidentifier()


def _decorator_name(decorator: ast.expr) -> str:
    node = decorator.func if isinstance(decorator, ast.Call) else decorator
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
