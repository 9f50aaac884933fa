"""Writes a pure function's ``handler.py``: what serves each rule, as one value."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from unlith.backends.carrier.code import Call, Name, render
from unlith.backends.carrier.imports import ImportLine
from unlith.backends.carrier.project import Kind, Meaning
from unlith.domain.survey import Converter, Hook, Survey, SurveyedRule
from unlith_edges.settings import DEFAULTS

_CONVERTER = re.compile(r"<([A-Za-z_]\w*)(\([^<>]*?\))?:([A-Za-z_]\w*)>")
_BUILT_IN = "werkzeug.routing.converters:"


@dataclass
class Wiring:
    """What the handler names, collected while the function is carried."""

    function: str
    place: Callable[[Meaning], ImportLine]
    imports: set[ImportLine] = field(default_factory=set)
    views: dict[str, Name] = field(default_factory=dict)
    hooks: dict[str, dict[str, list[Name]]] = field(default_factory=dict)
    handlers: list[tuple[object, ...]] = field(default_factory=list)
    converters: dict[str, object] = field(default_factory=dict)
    options: dict[str, object] = field(default_factory=dict)

    def name(self, meaning: Meaning) -> Name:
        """Give how the handler names something, and import it."""
        if meaning.kind is Kind.BUILTIN:
            return Name(meaning.name)
        line = self.place(meaning)
        if meaning.kind is Kind.CARRIED:
            self.imports.add(line)
            return Name(f"{line.bound}.{meaning.name}")
        taken = {item.bound for item in self.imports if item != line}
        bound, number = line.bound, 2
        while bound in taken:
            bound, number = f"{line.bound}_{number}", number + 1
        self.imports.add(ImportLine(line.module, line.name, bound))
        return Name(bound)

    def add_hook(self, hook: Hook, meaning: Meaning) -> None:
        """Have a hook run, after those of its kind and scope that are there already."""
        scopes = self.hooks.setdefault(hook.kind, {})
        scopes.setdefault(hook.scope, []).append(self.name(meaning))

    def add_handler(self, hook: Hook, meaning: Meaning, exception: Meaning) -> None:
        """Have an error handler called for an exception, or for a code."""
        code = int(hook.key) if hook.key else None
        self.handlers.append((hook.scope, code, self.name(exception), self.name(meaning)))

    def call(self, survey: Survey, rules: tuple[SurveyedRule, ...]) -> Call:
        """Give the call that makes the function."""
        options: dict[str, object] = {
            "rules": [self._rule(rule) for rule in rules],
            "views": self.views,
        }
        for key, value in (
            ("hooks", self.hooks),
            ("error_handlers", self.handlers),
            ("converters", dict(sorted(self.converters.items()))),
            ("config", settings(survey)),
        ):
            if value:
                options[key] = value
        return Call(Name("Function"), (survey.facts.import_name,), {**options, **self.options})

    def text(self, call: Call, imports: Callable[[set[ImportLine]], str]) -> str:
        """Give the handler's source."""
        self.imports |= {
            ImportLine("unlith_edges.function", "Function", "Function"),
            ImportLine("unlith_edges.function", "make_handler", "make_handler"),
            ImportLine("unlith_edges.rules", "Rule", "Rule"),
        }
        return (
            '"""Some routes of the monolith as a function of its own, without Flask."""\n\n'
            "from __future__ import annotations\n\n"
            f"{imports(self.imports)}\n"
            f"function = {render(call)}\n"
            "handler = make_handler(function)\n"
        )

    # Private

    def _rule(self, rule: SurveyedRule) -> Call:
        options: dict[str, object] = {}
        if rule.defaults:
            options["defaults"] = {key: ast.literal_eval(value) for key, value in rule.defaults}
        if not rule.strict_slashes:
            options["strict_slashes"] = False
        if not rule.merge_slashes:
            options["merge_slashes"] = False
        if not rule.auto_options:
            options["provide_automatic_options"] = False
        methods = [*rule.methods]
        return Call(Name("Rule"), (self._spelled(rule), rule.endpoint, methods), options)

    def _spelled(self, rule: SurveyedRule) -> str:
        # A neighbour's own converter is only matched, never run: its pattern stands for it.
        known = {converter.variable: converter for converter in rule.converters}

        def spelled(found: re.Match[str]) -> str:
            converter = known.get(found[3])
            is_own = converter is None or converter.cls.startswith(_BUILT_IN)
            if is_own or found[1] in self.converters:
                return found[0]
            assert converter is not None
            return f"<{self._pattern(converter)}:{found[3]}>"

        return _CONVERTER.sub(spelled, rule.rule)

    def _pattern(self, converter: Converter) -> str:
        self.imports.add(ImportLine("unlith_edges.rules", "pattern", "pattern"))
        made = Call(
            Name("pattern"),
            (converter.regex,),
            {"part_isolating": converter.part_isolating, "weight": converter.weight},
        )
        for name, known in self.converters.items():
            if known == made:
                return name
        name = f"pattern{len(self.converters) + 1}"
        self.converters[name] = made
        return name


def settings(survey: Survey) -> Mapping[str, object]:
    """Give the app's settings that differ from Flask's own; never a secret."""
    found = {}
    for key, value in survey.facts.config:
        if key in DEFAULTS and value != DEFAULTS[key] and not key.startswith("SECRET"):
            whole = isinstance(value, float) and value.is_integer()
            found[key] = int(value) if whole and isinstance(value, float) else value
    return dict(sorted(found.items()))
