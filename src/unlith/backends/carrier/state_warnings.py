"""State of the process that a slim function changes: it has its own, the monolith another.

The survey's readiness rules know the places; comments that silence them silence these warnings.
"""

from __future__ import annotations

from unlith.backends.readiness.engine import findings
from unlith.backends.readiness.rules import all_rules
from unlith.backends.survey.analysis import Analysis
from unlith.backends.survey.store import Readings
from unlith.domain.extraction import Blocker
from unlith.domain.survey import Survey, SurveyedRule
from unlith.files.settings import Settings

STATE_RULES = frozenset({"LR101", "LR102", "LR108", "LR110"})
"""Rules about module-level objects, globals, settings and class attributes changed in requests."""


def state_changes(
    survey: Survey, rules: tuple[SurveyedRule, ...], settings: Settings
) -> tuple[Blocker, ...]:
    """Give the places that some rules' closures reach and that change state, by place."""
    kept = Readings(settings.work / "survey" / "readings.json")
    analysis = Analysis(survey, settings.sources, settings.root, kept)
    analysis.read_all(survey.modules)
    analysis.closures()
    asked = [rule for rule in all_rules() if rule.id in STATE_RULES]
    routes = {str(route) for rule in rules for route in rule.routes}
    found = [
        Blocker(
            one.file,
            one.line,
            f"{one.message}; the function keeps its own, apart from the monolith's",
            f"{one.rule}: {one.remedy}",
        )
        for one in findings(analysis, asked, (settings.root,))
        if not one.suppressed and one.rule in STATE_RULES and routes.intersection(one.routes)
    ]
    return tuple(sorted(set(found)))
