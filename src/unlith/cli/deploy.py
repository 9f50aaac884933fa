"""``unlith deploy``."""

from __future__ import annotations

import dataclasses

import click

from unlith.cli.common import json_option, workspace
from unlith.cli.output import emit_json, say
from unlith.usecases.deploy import Step


@click.command(epilog="Example: unlith deploy local --plan")
@click.argument("stage", default="local")
@click.option("--plan", "only_plan", is_flag=True, help="Show what would change; change nothing.")
@json_option
def deploy(stage: str, only_plan: bool, as_json: bool) -> None:
    """Build the zips of the whole app and of each function, and put them into STAGE.

    Who serves a route is not touched. The only stage for now is `local`: AWS Lambda's API as
    moto has it, in this process, kept under .unlith/ between runs. Not done yet: real
    accounts, gateways, roles, alarms.
    """
    steps, done = workspace().deploy(stage, only_plan=only_plan)
    if as_json:
        emit_json({"stage": stage, "steps": [_json(step) for step in steps], "deployed": done})
        return
    if only_plan:
        for step in steps:
            say(step.describe())
        say("\nnothing was changed (--plan)")
    for deployed in done:
        say(f"{deployed.name}: version {deployed.version}, sha256 {deployed.code_sha256}")


# Private


def _json(step: Step) -> dict[str, object]:
    bundle = dataclasses.asdict(step.bundle)
    return {"action": step.action, "function": step.function, "bundle": bundle}
