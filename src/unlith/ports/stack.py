"""What a deploy needs from the cloud beyond single functions, as a Protocol and its values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class StackState:
    """A stack as it is: ``status`` in CloudFormation's words, empty where there is none."""

    status: str = ""
    outputs: Mapping[str, str] = field(default_factory=dict)

    @property
    def exists(self) -> bool:
        """Say whether the stack holds resources: a change set alone makes no stack."""
        return self.status not in ("", "REVIEW_IN_PROGRESS", "DELETE_COMPLETE")

    @property
    def is_busy(self) -> bool:
        """Say whether something is changing the stack at this moment."""
        return self.status.endswith("_IN_PROGRESS") and self.status != "REVIEW_IN_PROGRESS"


@dataclass(frozen=True, slots=True)
class Change:
    """One line of a change set: ``action`` is Add, Modify, Remove, Import or Dynamic.

    ``replacement`` is True, False, Conditional or empty, as CloudFormation says it.
    """

    action: str
    id: str
    type: str
    replacement: str = ""


@dataclass(frozen=True, slots=True)
class StackEvent:
    """One thing that happened to a resource of the stack; ``reason`` is empty when all is well."""

    id: str
    type: str
    status: str
    reason: str = ""


class StackCloud(Protocol):
    """One account and region: zips by key, one stack, and the gateway's switch.

    Every method may raise OutsideError, and OutsideError only.
    """

    def account(self) -> str:
        """Give the account that answers: twelve digits."""
        ...

    def make_bucket(self, name: str) -> None:
        """Make the private, encrypted bucket for zips, or check that it is ours."""
        ...

    def put(self, bucket: str, key: str, file: Path) -> bool:
        """Send a zip unless the key is there; say whether it was sent."""
        ...

    def state(self, stack: str) -> StackState:
        """Give the stack as it is."""
        ...

    def template(self, stack: str) -> str:
        """Give the text of the stack's template, or an empty text."""
        ...

    def propose(self, stack: str, name: str, body: str) -> tuple[Change, ...]:
        """Make a change set and give its lines; with none there is no change set."""
        ...

    def withdraw(self, stack: str, name: str) -> None:
        """Remove a change set that will not be carried out, and a stack made for it alone."""
        ...

    def carry_out(self, stack: str, name: str) -> None:
        """Start a change set."""
        ...

    def last_event(self, stack: str) -> str:
        """Give the id of the newest event, or an empty text."""
        ...

    def events(self, stack: str, since: str) -> Iterable[StackEvent]:
        """Give what happens after the event *since*, as it happens, until the stack rests."""
        ...

    def delete(self, stack: str) -> None:
        """Start deleting the stack."""
        ...

    def resources(self, stack: str) -> tuple[str, ...]:
        """Name what the stack holds."""
        ...
