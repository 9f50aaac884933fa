"""``unlith survey``."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from unlith.bootstrap import Workspace, drawn, rule_titles
from unlith.cli import explain
from unlith.cli.common import ROUTE, json_option, workspace
from unlith.cli.output import emit_json
from unlith.cli.survey_words import in_full, listed
from unlith.domain.route import Route
from unlith.domain.survey import SurveyedRule
from unlith.domain.survey_report import FullSurvey
from unlith.errors import AppImportFailed, UnlithError
from unlith.files.sarif import to_sarif
from unlith.files.survey_json import full_to_data
from unlith.usecases.survey import Asked

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command(epilog='Example: unlith survey "GET /orders/<int:id>" --traffic 2000000')
@click.argument("route", type=ROUTE, required=False)
@json_option
@click.option("--sarif", is_flag=True, help="Print the findings as SARIF 2.1.0.")
@click.option("--static", is_flag=True, help="Import nothing: for code one does not trust.")
@click.option("--traffic", type=click.FloatRange(min=0), default=0.0, metavar="N",
              help="Requests a month, for the cost.")  # fmt: skip
@click.option("--access-log", type=_FILE, help="Count each route's requests in an access log.")
@click.option("--prices", type=_FILE, help="Prices as JSON, in place of those shipped.")
@click.option("--trace-tests", metavar="ARGS", help="Run `pytest ARGS` traced, and join what ran.")
@click.option("--trace", is_flag=True, help="Send made-up GET requests traced, and join what ran.")
@click.option("--svg", type=click.Path(dir_okay=False, path_type=Path),
              help="Draw ROUTE's closure into a file.")  # fmt: skip
@click.option("--fresh", is_flag=True, help="Do not use what was cached.")
@click.option("--quick", is_flag=True, help="Measure no imports, run nothing in the sandbox.")
@click.option("--check-routing", is_flag=True, help="Only prove the routing against Flask's own.")
def survey(route: Route | None, **given: Any) -> None:
    """Say what every route is made of, what would break on Lambda, and which to move first.

    With ROUTE, everything about one route. The app is imported in child processes. The survey is
    kept in infra/survey.json; a second run on unchanged files is read from a cache.
    """
    if given["check_routing"]:
        explain.checked(workspace().check_routing(), as_json=given["as_json"])
        return
    if given["svg"] and route is None:
        raise click.UsageError("--svg draws one route: name it")
    found = _found(workspace(), _asked(given), route)
    rule = found.survey.find(route) if route else None
    if given["svg"] and route is not None:
        facts = found.facts_of(str(route))
        assert facts is not None
        given["svg"].write_text(drawn(facts), "utf-8")
    if given["sarif"]:
        kept = found.findings_for(str(route)) if route else found.findings
        emit_json(to_sarif(kept, rule_titles()))
    elif given["as_json"]:
        emit_json(_as_json(found, rule, str(route)) if rule and route else full_to_data(found))
    elif rule is None:
        listed(found)
    else:
        in_full(found, rule, str(route))


# Private


def _asked(given: dict[str, Any]) -> Asked:
    tests = given["trace_tests"]
    return Asked(
        static=given["static"],
        fresh=given["fresh"],
        tests=tuple(shlex.split(tests)) if tests is not None else None,
        requests=given["trace"],
        traffic=given["traffic"],
        access_log=given["access_log"],
        prices=given["prices"],
        profile=not given["quick"],
        probe=not given["quick"],
    )


def _found(place: Workspace, asked: Asked, route: Route | None) -> FullSurvey:
    try:
        return place.full_survey(asked, route)
    except AppImportFailed as error:
        if asked.static:
            raise
        # The app's own failure stays the answer; what reading alone knows is offered beside it.
        raise _with_static(place, asked, error) from None


def _with_static(place: Workspace, asked: Asked, error: AppImportFailed) -> UnlithError:
    try:
        read = place.full_survey(replace(asked, static=True, tests=None, requests=False))
    except UnlithError:
        return error
    count = len(read.routes)
    also = f"reading alone finds {count} routes: `unlith survey --static`" if count else ""
    hint = "; ".join(part for part in (error.hint, also) if part)
    return AppImportFailed(error.message, hint=hint, detail=error.detail)


def _as_json(found: FullSurvey, rule: SurveyedRule, name: str) -> dict[str, object]:
    kept = replace(
        found,
        survey=replace(found.survey, rules=(rule,), hooks=found.survey.hooks_for(rule)),
        routes=tuple(facts for facts in found.routes if facts.route == name),
        findings=found.findings_for(name),
        predictions=tuple(one for one in found.predictions if one.route == name),
    )
    return full_to_data(kept)
