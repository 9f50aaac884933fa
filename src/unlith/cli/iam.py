"""``unlith iam``."""

from __future__ import annotations

from collections.abc import Mapping

import click

from unlith.backends import stages
from unlith.backends.bundler import WHOLE
from unlith.backends.permissions import Permissions
from unlith.cli.common import json_option, workspace
from unlith.cli.output import emit_json, printable, say
from unlith.domain.iam.policy import Grant, Policy, as_text, partition_of, statement_of
from unlith.domain.iam.values import Pseudo
from unlith.domain.stage import Stage

FILE = "infra/stages.toml"


@click.command(epilog="Example: unlith iam stock_put --stage prod")
@click.argument("function", required=False)
@click.option("--stage", help="Take names from this stage of infra/stages.toml.")
@json_option
def iam(function: str | None, stage: str | None, as_json: bool) -> None:
    """Show what FUNCTION (or the whole app and each) calls in AWS, as IAM statements.

    From reading what it reaches, joined with the calls that the last parity run saw. What is
    called on a resource that nobody names is listed and is in no statement.
    """
    here = workspace()
    told = stages.stage(here.settings, stage) if stage is not None else None
    if function not in (None, WHOLE):
        here.function(str(function))
    names = [function] if function else [WHOLE, *(one.name for one in here.functions())]
    permissions = Permissions(here.settings, here.survey, here.functions)
    shown = here.reporter.progress(names, total=len(names), label="reading")
    policies = [permissions.policy(str(name), told) for name in shown]
    filled = _filled(told)
    if as_json:
        emit_json([_json(one, filled) for one in policies])
        return
    for one in policies:
        _say(one, filled, stage)


# Private


def _filled(stage: Stage | None) -> Mapping[Pseudo, str]:
    if stage is None:
        return {}
    return {
        Pseudo.PARTITION: partition_of(stage.region),
        Pseudo.REGION: stage.region,
        Pseudo.ACCOUNT: stage.account,
    }


def _say(one: Policy, filled: Mapping[Pseudo, str], stage: str | None) -> None:
    say(f"{one.function}: {'calls nothing in AWS' if not one.grants else ''}".rstrip(": "))
    for grant in one.grants:
        say(f"  {grant.action}{_seen(grant)}")
        for arn in grant.arns:
            say(f"    on {as_text(arn, filled)}")
        if grant.takes_any:
            say("    on *: the action knows no resources")
        for place in grant.places:
            say(f"    in {place}")
    for left in one.missing:
        place = left.place or "a parity run"
        say(printable(f"  not known: {left.action} ({place}): {left.why}"))
    if one.missing:
        named = f"[stages.{stage or 'NAME'}.resources]"
        prefix = one.missing[0].action.partition(":")[0]
        say(f'  give it in {FILE} under {named}: {prefix} = ["a name or ARN"]')
    say()


def _seen(grant: Grant) -> str:
    if not grant.places:
        return " (not seen statically)"
    return "" if grant.is_seen else " (never exercised)"


def _json(one: Policy, filled: Mapping[Pseudo, str]) -> dict[str, object]:
    return {
        "function": one.function,
        "statements": [statement_of(*both, filled) for both in one.statements],
        "calls": [
            {
                "action": grant.action,
                "resources": [as_text(arn, filled) for arn in grant.arns],
                "places": grant.places,
                "seen": grant.is_seen,
            }
            for grant in one.grants
        ],
        "missing": [
            {"action": left.action, "place": left.place, "why": left.why} for left in one.missing
        ],
        "never_exercised": one.never_exercised,
        "not_seen_statically": one.not_seen_statically,
    }
