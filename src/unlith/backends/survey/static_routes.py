"""Finds an app's routes by reading alone, for code that must not be imported.

Knows route decorators, ``add_url_rule``, Flask-RESTful's ``add_resource`` and Flask-RESTX's
namespaces, and blueprints with literal prefixes. What is registered any other way it cannot know:
``LIMITS`` says so.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from unlith.backends.survey.index import Index
from unlith.backends.survey.names import Names
from unlith.backends.survey.reading import Call, Definition, Reading
from unlith.domain.survey import AppFacts, Hook, Location, Survey, SurveyedRule

LIMITS = (
    "nothing was imported: routes added in loops, by extensions or by computed names are missing",
    "hooks of extensions, converters, session and JSON classes are not known",
    "methods and prefixes are known only where they stand as literals",
)

_SHORT = frozenset({"get", "post", "put", "patch", "delete"})
_HOOKS = frozenset(
    """before_request after_request teardown_request teardown_appcontext context_processor
    url_value_preprocessor url_defaults""".split()
)
_HOLDERS = re.compile(r"(Flask|Blueprint|APIFlask|OpenAPI|Api|Namespace)\(")


@dataclass(frozen=True, slots=True)
class _Blueprint:
    name: str
    prefix: str


class StaticRoutes:
    """Reads routes and hooks of the modules that an index knows."""

    def __init__(self, index: Index, target: str) -> None:
        self._index = index
        self._names = Names(index)
        self._target = target
        self._blueprints: dict[str, _Blueprint] = {}

    def survey(self) -> Survey:
        """Give what reading knows of the app."""
        readings = list(self._index.known())
        for reading in readings:
            self._find_blueprints(reading)
        for reading in readings:
            for definition in reading.definitions.values():
                self._registrations(reading, definition)
        rules: list[SurveyedRule] = []
        hooks: list[Hook] = []
        for reading in readings:
            for definition in reading.definitions.values():
                rules += self._decorated(reading, definition)
                rules += self._added(reading, definition)
                hooks += self._hooks(reading, definition)
        modules = tuple(sorted(reading.module for reading in readings))
        return Survey(self._target, AppFacts(), tuple(rules), tuple(hooks), modules)

    # Private

    def _find_blueprints(self, reading: Reading) -> None:
        for definition in reading.definitions.values():
            for name, chains in definition.values.items():
                for call in definition.calls:
                    text = self._names.of(call.chain, reading.module, definition.name)
                    if call.chain in chains and re.search(r"(Blueprint|Namespace)\(", text):
                        first = _literal(call.args[0]) if call.args else name
                        prefix = _literal(call.keywords.get("url_prefix", "''"))
                        if "Namespace(" in text:
                            prefix = _literal(call.keywords.get("path", f"'/{first}'"))
                        self._blueprints[f"{reading.module}:{name}"] = _Blueprint(first, prefix)

    def _registrations(self, reading: Reading, definition: Definition) -> None:
        for call in definition.calls:
            if call.chain[-2:-1] != (".register_blueprint",) or not call.args:
                continue
            key = self._holder(call.args[0], reading.module, definition.name)
            known = self._blueprints.get(key)
            if known is not None and "url_prefix" in call.keywords:
                prefix = _literal(call.keywords["url_prefix"])
                self._blueprints[key] = _Blueprint(known.name, prefix)

    def _holder(self, text: str, module: str, scope: str) -> str:
        parts = text.split(".")
        chain = (parts[0], *(f".{part}" for part in parts[1:]))
        nodes = [n for n in self._index.meaning(chain, module, scope).nodes if n[0] == "var"]
        return f"{nodes[-1][1]}:{nodes[-1][2].rpartition(' ')[2]}" if nodes else f"{module}:{text}"

    def _decorated(self, reading: Reading, definition: Definition) -> Iterator[SurveyedRule]:
        for call in definition.calls:
            if call.chain not in definition.decorators or len(call.chain) < 3:
                continue
            step = call.chain[-2].lstrip(".")
            if step in _SHORT | {"route"} and call.args and call.args[0][:1] in "'\"":
                holder = "".join(call.chain[:-2])
                methods = (step.upper(),) if step in _SHORT else _methods(call)
                if definition.kind == "class":
                    methods = _class_methods(definition)
                yield self._rule(reading, definition, call, holder, methods)

    def _added(self, reading: Reading, definition: Definition) -> Iterator[SurveyedRule]:
        for call in definition.calls:
            step = call.chain[-2].lstrip(".") if len(call.chain) > 2 else ""
            holder = "".join(call.chain[:-2])
            if step == "add_url_rule" and call.args and call.args[0][:1] in "'\"":
                view = call.keywords.get("view_func", call.args[2] if len(call.args) > 2 else "")
                found = self._view(view, reading, definition)
                methods = _methods(call)
                if found.kind == "class" and "methods" not in call.keywords:
                    methods = _class_methods(found)
                yield self._rule(reading, found, call, holder, methods)
            elif step == "add_resource" and len(call.args) > 1:
                found = self._view(call.args[0], reading, definition)
                for path in call.args[1:]:
                    if path[:1] in "'\"":
                        shown = Call(call.chain, call.line, (path,), call.keywords)
                        methods = _class_methods(found)
                        yield self._rule(reading, found, shown, holder, methods)

    def _view(self, text: str, reading: Reading, definition: Definition) -> Definition:
        name = text.partition("(")[0].removesuffix(".as_view")
        parts = name.split(".")
        chain = (parts[0], *(f".{part}" for part in parts[1:]))
        found = self._index.meaning(chain, reading.module, definition.name)
        for node in reversed(found.nodes):
            known = self._index.definition(node) if node[0] == "def" else None
            if known is not None:
                return known
        return definition

    def _rule(
        self,
        reading: Reading,
        view: Definition,
        call: Call,
        holder: str,
        methods: tuple[str, ...],
    ) -> SurveyedRule:
        key = self._holder(holder, reading.module, view.parent)
        blueprint = self._blueprints.get(key, _Blueprint("", ""))
        path = _literal(call.args[0])
        rule = (
            f"{blueprint.prefix.rstrip('/')}/{path.lstrip('/')}"
            if path or blueprint.prefix
            else "/"
        )
        endpoint = _literal(call.keywords.get("endpoint", repr(view.name.rpartition(".")[2])))
        where = self._where(reading, view)
        return SurveyedRule(
            rule=rule,
            endpoint=f"{blueprint.name}.{endpoint}" if blueprint.name else endpoint,
            methods=methods,
            view=where,
            blueprints=(blueprint.name,) if blueprint.name else (),
            kind="class" if view.kind == "class" else "function",
        )

    def _where(self, reading: Reading, view: Definition) -> Location:
        source = self._index.tree.find(reading.module)
        file = str(source.file) if source is not None else ""
        return Location(reading.module, view.name, file, view.line, True)

    def _hooks(self, reading: Reading, definition: Definition) -> Iterator[Hook]:
        for chain in definition.decorators:
            steps = [step.lstrip(".") for step in chain if step[:1] != "("]
            kind = steps[-1].removeprefix("app_") if len(steps) > 1 else ""
            key = self._holder(".".join(steps[:-1]), reading.module, definition.parent)
            known = self._blueprints.get(key)
            scope = known.name if known and not steps[-1].startswith("app_") else ""
            if kind in _HOOKS:
                yield Hook(kind, scope, self._where(reading, definition))
            elif kind in ("errorhandler", "error_handler"):
                code = chain[-1].strip("()")
                yield Hook("error_handler", scope, self._where(reading, definition), key=code)


def _methods(call: Call) -> tuple[str, ...]:
    given = call.keywords.get("methods", "")
    try:
        found = ast.literal_eval(given) if given else ["GET"]
    except (ValueError, SyntaxError):
        found = ["GET"]
    return tuple(sorted(str(method).upper() for method in found))


def _class_methods(definition: Definition) -> tuple[str, ...]:
    found = [name.upper() for name in definition.defs if name in _SHORT]
    return tuple(sorted(found)) or ("GET",)


def _literal(text: str) -> str:
    return text.strip("'\"") if text[:1] in "'\"" else ""
