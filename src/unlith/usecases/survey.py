"""Survey: know every route before touching it. What may be asked, and who answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from unlith.domain.route import Route
from unlith.domain.survey_report import FullSurvey


@dataclass(frozen=True, slots=True)
class Asked:
    """How to survey.

    ``static`` imports nothing. ``fresh`` forgets what was cached. ``tests`` are pytest's arguments
    for a traced run, ``requests`` whether to trace made-up requests. ``traffic`` is requests a
    month, ``access_log`` where to count them, ``prices`` a file in place of the shipped one.
    ``profile`` says whether to measure imports, ``probe`` whether to run the sandboxed rules.
    """

    static: bool = False
    fresh: bool = False
    tests: tuple[str, ...] | None = None
    requests: bool = False
    traffic: float = 0.0
    access_log: Path | None = None
    prices: Path | None = None
    profile: bool = True
    probe: bool = True


def survey(
    asked: Asked,
    make: Callable[[Asked], FullSurvey],
    keep: Callable[[FullSurvey], None],
    route: Route | None = None,
) -> FullSurvey:
    """Give the survey that was asked for, and keep it for the other commands.

    Raises:
        RouteNotFound: if the app has no such route; nothing is kept then.
    """
    found = make(asked)
    if route is not None:
        found.survey.find(route)
    keep(found)
    return found
