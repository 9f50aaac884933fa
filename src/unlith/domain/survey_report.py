"""A survey in full: the app, each route's closure and touches, findings, profile, predictions."""

from __future__ import annotations

from dataclasses import dataclass

from unlith.domain.profile import ImportProfile, Prediction
from unlith.domain.readiness import Finding
from unlith.domain.survey import Survey
from unlith.domain.survey_route import RouteFacts

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class FullSurvey:
    """Everything ``unlith survey`` knows.

    ``mode`` is ``live`` or ``static``; ``limits`` says in words what that mode cannot know.
    ``prices_read`` is the date of the prices behind the predictions.
    """

    survey: Survey
    routes: tuple[RouteFacts, ...] = ()
    findings: tuple[Finding, ...] = ()
    profile: ImportProfile | None = None
    predictions: tuple[Prediction, ...] = ()
    prices_read: str = ""
    mode: str = "live"
    limits: tuple[str, ...] = ()
    schema: int = SCHEMA

    def facts_of(self, route: str) -> RouteFacts | None:
        """Give one route's facts, or None."""
        return next((facts for facts in self.routes if facts.route == route), None)

    def findings_for(self, route: str) -> tuple[Finding, ...]:
        """Give the findings that concern a route; those of the whole app are not among them."""
        return tuple(finding for finding in self.findings if route in finding.routes)

    def prediction_for(self, route: str) -> Prediction | None:
        """Give one route's prediction, or None."""
        return next((one for one in self.predictions if one.route == route), None)
