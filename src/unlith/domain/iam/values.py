"""Calls to AWS as reading or parity runs found them, and the names of what they reach."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Pseudo(StrEnum):
    """What of an ARN only the stage knows."""

    PARTITION = "AWS::Partition"
    REGION = "AWS::Region"
    ACCOUNT = "AWS::AccountId"


Arn = tuple[str | Pseudo, ...]
"""The parts of an ARN in order; a ``Pseudo`` is filled in by the stage."""


@dataclass(frozen=True, slots=True, order=True)
class Name:
    """The name, URL or ARN of a resource: a text, or the value of an environment variable.

    Where ``variable`` is set, ``text`` is what stands in when the stage does not set it.
    Both empty: not known, and ``why`` says in a few words what was found in its place.
    """

    text: str = ""
    variable: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True, order=True)
class AwsCall:
    """One operation that is called in one place.

    ``service`` is boto3's name, ``prefix`` IAM's; ``operation`` is the API's (``PutItem``) or a
    method of boto3's own (``upload_file``). ``given`` names the parameters that are passed and
    the kinds of items of a transaction. ``place`` is ``file:line``, or empty for a call that a
    parity run saw. ``is_open`` says that more parameters may be passed than reading can see.
    """

    service: str
    prefix: str
    operation: str
    names: tuple[Name, ...] = ()
    given: tuple[str, ...] = ()
    place: str = ""
    is_open: bool = False

    @property
    def is_seen(self) -> bool:
        """Say whether a parity run saw it."""
        return not self.place


@dataclass(frozen=True, slots=True, order=True)
class Need:
    """An IAM action and the kind of resource that it is asked for; empty: it knows none."""

    action: str
    kind: str
