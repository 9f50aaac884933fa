"""A slim function's files: one handler that runs the monolith's own app for some endpoints."""

from __future__ import annotations

from unlith.backends.carrier.code import Call, Name, render
from unlith.domain.survey import Survey, SurveyedRule

_HEAD = '''"""Some routes of the monolith as a function of its own: the views run under Flask."""

from __future__ import annotations

from unlith_runtime.slim import make_handler

'''


def slim_files(survey: Survey, rules: tuple[SurveyedRule, ...], target: str) -> dict[str, str]:
    """Give the handler's text by its name."""
    endpoints = list(dict.fromkeys(rule.endpoint for rule in rules))
    call = Call(Name("make_handler"), (target,), {"endpoints": endpoints})
    return {"handler.py": f"{_HEAD}handler = {render(call)}\n"}


def slim_hooks(survey: Survey, rules: tuple[SurveyedRule, ...]) -> tuple[str, ...]:
    """Name the hooks that run for the rules: all that the app runs."""
    hooks = (hook for rule in rules for hook in survey.hooks_for(rule))
    return tuple(dict.fromkeys(str(hook.where) for hook in hooks))
