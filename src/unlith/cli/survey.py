"""``unlith survey``."""

from __future__ import annotations

import os

import click

from unlith.cli.common import ROUTE, json_option, workspace
from unlith.cli.output import emit_json, say, table
from unlith.domain.route import Route
from unlith.domain.survey import Hook, Survey, SurveyedRule
from unlith.files.survey_json import survey_to_json


@click.command(epilog='Example: unlith survey "GET /orders/<int:id>"')
@click.argument("route", type=ROUTE, required=False)
@json_option
def survey(route: Route | None, as_json: bool) -> None:
    """List every route of the app with its view and hooks, or one ROUTE in full.

    The app is imported in a child process. Not done yet: closures, readiness rules, import
    profile and cost.
    """
    found = workspace().survey()
    rule = found.find(route) if route else None
    if as_json:
        data = survey_to_json(found)
        if rule is not None:
            index = found.rules.index(rule)
            rules = data["rules"]
            assert isinstance(rules, list)
            data = {**data, "rules": [rules[index]], "hooks": _json_hooks(found, rule, data)}
        emit_json(data)
    elif rule is None:
        _list(found)
    else:
        _show(found, rule, str(route))


# Private


def _json_hooks(found: Survey, rule: SurveyedRule, data: dict[str, object]) -> list[object]:
    kept = set(map(id, found.hooks_for(rule)))
    hooks = data["hooks"]
    assert isinstance(hooks, list)
    return [shown for hook, shown in zip(found.hooks, hooks, strict=True) if id(hook) in kept]


def _list(found: Survey) -> None:
    rows = []
    for route, rule in found.routes():
        running = [h for h in found.hooks_for(rule) if h.kind != "error_handler"]
        rows.append((route.method, route.rule, rule.endpoint, str(len(running)), _remarks(rule)))
    table(("METHOD", "RULE", "ENDPOINT", "HOOKS", "REMARKS"), rows)
    say(f"\n{len(rows)} routes in {len(found.rules)} rules of {found.target}")


def _remarks(rule: SurveyedRule) -> str:
    remarks = []
    if rule.kind != "function":
        remarks.append(rule.kind)
    if rule.wrappers:
        remarks.append(f"{len(rule.wrappers)} decorators")
    odd = [c.name for c in rule.converters if c.name not in ("default", "string", "int")]
    if odd:
        remarks.append("converter " + ", ".join(odd))
    if not rule.strict_slashes:
        remarks.append("any slash")
    if rule.host or rule.subdomain:
        remarks.append("host " + (rule.host or rule.subdomain))
    return "; ".join(remarks)


def _show(found: Survey, rule: SurveyedRule, name: str) -> None:
    say(name)
    facts = [
        ("endpoint", rule.endpoint),
        ("methods", " ".join(rule.methods)),
        ("view", _place(rule.view.module, rule.view.qualname, rule.view.file, rule.view.line)),
        ("blueprints", " < ".join(rule.blueprints) or "none: on the app"),
        ("decorators", ", ".join(rule.wrappers) or "none"),
        ("converters", ", ".join(f"{c.variable}: {c.name} ({c.cls})" for c in rule.converters)),
        ("slashes", "strict" if rule.strict_slashes else "either form answers"),
        ("session", found.facts.session_interface),
        ("JSON", found.facts.json_provider),
        ("wrapped WSGI", ", ".join(found.facts.wsgi_wrapped)),
    ]
    for label, value in facts:
        if value:
            say(f"  {label:<13} {value}")
    say("  hooks, in the order of Flask's registries:")
    for hook in found.hooks_for(rule):
        say(f"    {_hook(hook)}")


def _hook(hook: Hook) -> str:
    what = hook.kind
    if hook.kind == "error_handler":
        what = f"error_handler {hook.key or hook.exception}"
    scope = hook.scope or "app"
    where = hook.where
    return f"{what} [{scope}] {_place(where.module, where.qualname, where.file, where.line)}"


def _place(module: str, qualname: str, file: str, line: int) -> str:
    if not file:
        return f"{module}:{qualname}"
    near = os.path.relpath(file)
    return f"{module}:{qualname} ({file if near.startswith('..') else near}:{line})"
