"""What of an app as a whole, or of a rule, no pure function can reproduce."""

from __future__ import annotations

from collections.abc import Iterator

from unlith.domain.extraction import Blocker
from unlith.domain.survey import AppFacts, Hook, Survey, SurveyedRule

DEFAULT_SESSIONS = "flask.sessions:SecureCookieSessionInterface"
_SLIM = "keep the route at level slim"
_CLASSES = (
    ("request_class", "flask.wrappers:Request"),
    ("response_class", "flask.wrappers:Response"),
    ("session_interface", DEFAULT_SESSIONS),
)
_SETTINGS = (
    "PROPAGATE_EXCEPTIONS",
    "TRAP_BAD_REQUEST_ERRORS",
    "TRAP_HTTP_EXCEPTIONS",
    "TRUSTED_HOSTS",
)
OMITTED = {
    "context_processor": "it feeds templates, and no template is rendered here",
    "url_defaults": "it completes url_for, which is not asked here",
}
"""Kinds of hooks that do nothing in a pure function, with the reason."""


def refusals(survey: Survey, rules: tuple[SurveyedRule, ...]) -> Iterator[Blocker]:
    """Yield every reason that needs no source to be seen."""
    yield from _of_app(survey.facts)
    for rule in rules:
        yield from _of_rule(survey, rule)
        for hook in survey.hooks_for(rule):
            if hook.kind not in OMITTED:
                yield from _of_hook(hook)


# Private


def _of_app(facts: AppFacts) -> Iterator[Blocker]:
    for name, default in _CLASSES:
        used = getattr(facts, name)
        if used and used != default:
            yield Blocker("", 0, f"the app's {name} is {used}", _SLIM)
    for wrapper in facts.wsgi_wrapped:
        yield Blocker("", 0, f"wsgi_app is wrapped by {wrapper}", _SLIM)
    for name in facts.overrides:
        yield Blocker("", 0, f"the app replaces Flask.{name}", _SLIM)
    for name in facts.signals:
        yield Blocker("", 0, f"somebody listens to Flask's signal {name}", _SLIM)
    if facts.host_matching:
        yield Blocker("", 0, "the app matches hosts", _SLIM)
    yield from _of_settings(facts)


def _of_settings(facts: AppFacts) -> Iterator[Blocker]:
    for key, value in facts.config:
        if key in _SETTINGS and value:
            yield Blocker("", 0, f"the setting {key} is on", _SLIM)
    for name, version in (("Flask", facts.flask), ("Werkzeug", facts.werkzeug)):
        if version and not version.startswith("3."):
            yield Blocker("", 0, f"{name} is {version}; what is known is {name} 3", _SLIM)


def _of_rule(survey: Survey, rule: SurveyedRule) -> Iterator[Blocker]:
    view = rule.view
    place = (view.file, view.line)
    if rule.kind == "class":
        yield Blocker(*place, f"{view} is a class", "make the view a function, or " + _SLIM)
    elif rule.kind == "static":
        yield Blocker("", 0, "Flask itself serves these files", "serve them from a CDN")
    elif not view.in_project:
        yield Blocker("", 0, f"the view {view} is not the project's own", _SLIM)
    elif "<" in view.qualname:
        change = "move the view to module level"
        yield Blocker(*place, f"the view {view} is made inside a function", change)
    if rule.host or rule.subdomain or rule.websocket:
        yield Blocker(*place, f"the rule {rule.rule} is bound to a host or a web socket", _SLIM)
    siblings = [other for other in survey.rules if other.endpoint == rule.endpoint]
    if len(siblings) > 1 and any(other.defaults for other in siblings):
        yield Blocker(*place, "rules of the view redirect to each other by defaults", _SLIM)


def _of_hook(hook: Hook) -> Iterator[Blocker]:
    where = hook.where
    what = f"{hook.kind} {where}"
    if hook.exception.startswith("jinja2"):
        return
    if not where.in_project:
        yield Blocker("", 0, f"{what} is a library's, not the project's", _SLIM)
    elif "<" in where.qualname or where.closure:
        change = "move it to module level"
        yield Blocker(where.file, where.line, f"{what} is made inside a function", change)
    elif "." in where.qualname:
        change = "make it a function of the module"
        yield Blocker(where.file, where.line, f"{what} is a method", change)
