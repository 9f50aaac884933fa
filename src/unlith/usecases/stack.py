"""Deploy a stage: what would change as data, then one change set, then a look at both sides.

Traffic is never part of a deploy: the template says who serves as the stage's table says it. One
change set is carried out whole or, by CloudFormation, taken back whole.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from unlith.domain.stack.values import DATA_TYPES
from unlith.domain.stage import Stage
from unlith.errors import Conflict, OutsideError, UsageError
from unlith.ports import Bundle, Reporter
from unlith.ports.stack import Change, StackCloud, StackEvent

_FAILED = ("ROLLBACK_FAILED", "UPDATE_ROLLBACK_FAILED", "DELETE_FAILED")


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change set that waits: its name and its lines; no lines, nothing to do."""

    stack: str
    name: str
    changes: tuple[Change, ...]

    @property
    def replaced_data(self) -> tuple[Change, ...]:
        """Give the lines that would replace or remove something that holds data."""
        return tuple(
            change
            for change in self.changes
            if change.type.startswith(DATA_TYPES)
            and (change.action == "Remove" or change.replacement in ("True", "Conditional"))
        )


@dataclass(frozen=True, slots=True)
class Deploy:
    """What a deploy of a stage changes or would change, and where the stage serves."""

    stage: str
    changes: tuple[Change, ...]
    is_carried_out: bool
    url: str = ""

    @property
    def changed(self) -> bool:
        """Say whether something was changed."""
        return self.is_carried_out and bool(self.changes)


def artefact_key(bundle: Bundle) -> str:
    """Give the key that a zip has in the bucket: its content says it."""
    digest = hashlib.sha256(bundle.sha256.encode()).hexdigest()[:32]
    return f"functions/{bundle.name}/{digest}.zip"


def propose(
    stage: Stage, body: str, bundles: Iterable[Bundle], cloud: StackCloud, reporter: Reporter
) -> Proposal:
    """Send the zips and make the change set; nothing that serves is touched.

    Raises:
        UsageError: if another account answers.
        Conflict: if something changes the stack at this moment.
        OutsideError: if the cloud says no.
    """
    check_account(stage, cloud)
    _check_rest(stage, cloud)
    cloud.make_bucket(stage.artefacts)
    wanted = list(bundles)
    for bundle in reporter.progress(wanted, total=len(wanted), label="zips"):
        assert isinstance(bundle, Bundle)
        if cloud.put(stage.artefacts, artefact_key(bundle), bundle.path):
            reporter.step(f"sent {bundle.name} ({bundle.size_bytes / 1e6:.2f} MB)")
    name = "unlith-" + hashlib.sha256(body.encode()).hexdigest()[:24]
    # A change set of that name is one that was made and not carried out: the stack may have
    # moved since, so it is made anew.
    cloud.withdraw(stage.stack, name)
    return Proposal(stage.stack, name, cloud.propose(stage.stack, name, body))


def carry_out(proposal: Proposal, cloud: StackCloud, reporter: Reporter) -> None:
    """Carry a change set out and wait until the stack rests.

    Raises:
        Conflict: if another deploy was faster; nothing of this one was done.
        OutsideError: if CloudFormation failed and went back to what was before.
    """
    before = cloud.last_event(proposal.stack)
    try:
        cloud.carry_out(proposal.stack, proposal.name)
    except OutsideError as error:
        if error.code in ("InvalidChangeSetStatus", "InvalidChangeSetStatusException"):
            raise Conflict(
                f"another deploy of {proposal.stack} was faster; nothing of this one was done",
                hint="run the deploy again",
            ) from error
        raise
    failed: list[StackEvent] = []
    for event in cloud.events(proposal.stack, before):
        if event.status.endswith("_FAILED"):
            failed.append(event)
        if event.status.endswith(("_COMPLETE", "_FAILED")):
            reporter.step(_said(event))
    status = cloud.state(proposal.stack).status
    if status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        first = _said(failed[0]) if failed else status
        raise OutsideError(
            "cloudformation",
            "ExecuteChangeSet",
            status,
            f"{first}. What was before is in place again"
            if status in ("ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")
            else first,
        )


def go_back(stack: str, body: str, cloud: StackCloud, reporter: Reporter) -> None:
    """Put the stack back to a template it had; with none, remove what the first deploy made.

    Raises:
        OutsideError: if the cloud says no.
    """
    if body:
        name = "unlith-back-" + hashlib.sha256(body.encode()).hexdigest()[:20]
        cloud.withdraw(stack, name)
        changes = cloud.propose(stack, name, body)
        if changes:
            carry_out(Proposal(stack, name, changes), cloud, reporter)
        return
    remove(stack, cloud, reporter)


def remove(stack: str, cloud: StackCloud, reporter: Reporter) -> None:
    """Delete a stack and wait until it is gone.

    Raises:
        OutsideError: if something of it cannot be deleted.
    """
    before = cloud.last_event(stack)
    cloud.delete(stack)
    failed = []
    for event in cloud.events(stack, before):
        if event.status == "DELETE_FAILED":
            failed.append(event)
        if event.status == "DELETE_COMPLETE":
            reporter.step(_said(event))
    if cloud.state(stack).exists:
        first = _said(failed[0]) if failed else cloud.state(stack).status
        raise OutsideError("cloudformation", "DeleteStack", "Failed", first)


def check_data(proposal: Proposal, *, allow_replace: bool) -> None:
    """Refuse to lose data that nobody allowed to lose.

    Raises:
        UsageError: with the resources that hold it.
    """
    lost = proposal.replaced_data
    if lost and not allow_replace:
        raise UsageError(
            "this deploy would replace or remove what holds data: "
            + ", ".join(change.id for change in lost),
            hint="look with --plan; --allow-replace does it",
        )


def check_account(stage: Stage, cloud: StackCloud) -> None:
    """Refuse to work in an account that the stage does not name.

    Raises:
        UsageError: if another account answers.
    """
    account = cloud.account()
    if account != stage.account:
        raise UsageError(
            f"stage {stage.name} is account {stage.account}, and {account} answers",
            hint="choose other credentials (AWS_PROFILE), or mend infra/stages.toml",
        )


# Private


def _check_rest(stage: Stage, cloud: StackCloud) -> None:
    state = cloud.state(stage.stack)
    if state.is_busy:
        raise Conflict(
            f"{stage.stack} is changing at this moment ({state.status})",
            hint="wait for the other deploy to end, then run this one again",
        )
    if state.status in _FAILED:
        raise OutsideError(
            "cloudformation",
            "DescribeStacks",
            state.status,
            f"{stage.stack} could not go back by itself; mend it in the CloudFormation console",
        )
    if state.status == "ROLLBACK_COMPLETE":
        # A stack that was never made whole: CloudFormation can only delete it.
        before = cloud.last_event(stage.stack)
        cloud.delete(stage.stack)
        for _ in cloud.events(stage.stack, before):
            pass


def _said(event: StackEvent) -> str:
    said = f"{event.id}: {event.status.lower().replace('_', ' ')}"
    return f"{said}: {event.reason}" if event.reason else said
