"""``unlith deploy`` and ``unlith destroy``."""

from __future__ import annotations

import dataclasses

import click

from unlith.cli.common import json_option, workspace
from unlith.cli.output import emit_json, say, table
from unlith.domain.stack.values import DATA_TYPES
from unlith.ports.stack import Change
from unlith.usecases.deploy import Step
from unlith.usecases.stack import Deploy

LOCAL = "local"


@click.command(epilog="Example: unlith deploy prod --plan")
@click.argument("stage", default=LOCAL)
@click.option("--plan", "only_plan", is_flag=True, help="Show what would change; change nothing.")
@click.option("--template", "only_template", is_flag=True, help="Print the template and end.")
@click.option(
    "--allow-replace", is_flag=True, help="Let data be replaced or removed, where that is planned."
)
@json_option
def deploy(
    stage: str, only_plan: bool, only_template: bool, allow_replace: bool, as_json: bool
) -> None:
    """Build the zips of the whole app and of each function, and put them into STAGE.

    Who serves a route is not touched. `local` is AWS Lambda's API as moto has it, in this
    process, kept under .unlith/ between runs. Every other stage is described in
    infra/stages.toml and becomes one CloudFormation stack.
    """
    if stage == LOCAL:
        if only_template:
            raise click.UsageError("the local stage has no template: name a stage of stages.toml")
        _local(only_plan=only_plan, as_json=as_json)
        return
    remote = workspace().remote(stage)
    if only_template:
        say(remote.template().rstrip("\n"))
        return
    done = remote.deploy(only_plan=only_plan, allow_replace=allow_replace)
    if as_json:
        emit_json({**dataclasses.asdict(done), "changed": done.changed})
        return
    _say(done)


@click.command(epilog="Example: unlith destroy dev --yes")
@click.argument("stage")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def destroy(stage: str, yes: bool, as_json: bool) -> None:
    """Remove STAGE from the cloud: its gateway, functions, roles, logs and alarms.

    The zips in the stage's bucket stay, and all that the app keeps elsewhere.
    """
    if stage == LOCAL:
        raise click.UsageError("the local stage is the folder .unlith/local-cloud: remove that")
    remote = workspace().remote(stage)
    there = remote.resources()
    if not there:
        emit_json({"stage": stage, "removed": []}) if as_json else say("nothing is deployed")
        return
    if not yes:
        for name in there:
            click.echo(f"  {name}", err=True)
        click.confirm(f"Remove these {len(there)} resources of {stage}?", abort=True, err=True)
    remote.destroy()
    if as_json:
        emit_json({"stage": stage, "removed": there})
        return
    say(f"{stage}: removed {len(there)} resources; the zips stay")


# Private


def _local(*, only_plan: bool, as_json: bool) -> None:
    steps, done = workspace().deploy(only_plan=only_plan)
    if as_json:
        emit_json({"stage": LOCAL, "steps": [_json(step) for step in steps], "deployed": done})
        return
    if only_plan:
        for step in steps:
            say(step.describe())
        say("\nnothing was changed (--plan)")
    for deployed in done:
        say(f"{deployed.name}: version {deployed.version}, sha256 {deployed.code_sha256}")


def _say(done: Deploy) -> None:
    if not done.changes:
        say(f"{done.stage}: nothing to change")
    else:
        table(("ACTION", "RESOURCE", "TYPE"), [_words(change) for change in done.changes])
    if done.changes and not done.changed:
        say("\nnothing was changed (--plan)")
    if done.url:
        say(f"\n{done.stage} serves at {done.url}")


def _words(change: Change) -> tuple[str, str, str]:
    words = {"Add": "create", "Modify": "change", "Remove": "delete"}
    action = words.get(change.action, change.action.lower())
    if change.replacement == "True":
        action = "replace"
    elif change.replacement == "Conditional":
        action = "change, perhaps replace"
    if change.type.startswith(DATA_TYPES) and action not in ("create", "change"):
        action += " (holds data)"
    return action, change.id, change.type


def _json(step: Step) -> dict[str, object]:
    bundle = dataclasses.asdict(step.bundle)
    return {"action": step.action, "function": step.function, "bundle": bundle}
