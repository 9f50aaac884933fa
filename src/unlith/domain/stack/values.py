"""What a template is made of, and the references that its parts share."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from unlith.domain.names import cloud_name
from unlith.domain.stage import Stage

WHOLE = "whole"
ALIAS = "live"
DATA_TYPES = ("AWS::DynamoDB::", "AWS::S3::Bucket", "AWS::RDS::", "AWS::SQS::Queue", "AWS::EFS::")
"""Beginnings of resource types whose replacement or removal loses what users gave."""


Resource = dict[str, object]


PARTITION = {"Ref": "AWS::Partition"}
REGION = {"Ref": "AWS::Region"}
ACCOUNT = {"Ref": "AWS::AccountId"}


@dataclass(frozen=True, slots=True)
class Artefact:
    """A function's zip as the stage's bucket has it, and what its function needs.

    ``environ`` names the environment variables that the function reads. ``statements`` are the
    IAM statements it needs beyond its own log.
    """

    name: str
    key: str
    handler: str
    digest: str
    environ: tuple[str, ...] = ()
    statements: tuple[Mapping[str, object], ...] = ()


@dataclass(frozen=True, slots=True)
class Cut:
    """One gateway route: a route key, the group that owns it and the function it names now.

    ``group`` is empty for a route back to the monolith; ``function`` is ``whole`` then.
    """

    key: str
    group: str = ""
    function: str = WHOLE


@dataclass(frozen=True, slots=True)
class Plan:
    """All that a template is made of; the whole monolith is the first artefact."""

    stage: Stage
    artefacts: tuple[Artefact, ...]
    cuts: tuple[Cut, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)


def variables(stage: Stage, cuts: Iterable[Cut]) -> dict[str, str]:
    """Give the stage variables: for each group the function and alias that serve it."""
    return {
        cut.group: f"{cloud_name(stage.name, cut.function)}:{ALIAS}" for cut in cuts if cut.group
    }


def joined(*parts: object) -> dict[str, object]:
    """Give texts and references joined to one text; what is joined already is taken apart."""
    flat: list[object] = []
    for part in parts:
        inner = part.get("Fn::Join") if isinstance(part, dict) else None
        flat += inner[1] if isinstance(inner, list) else [part]
    return {"Fn::Join": ["", flat]}


def digest(*values: object) -> str:
    """Give ten characters that say what JSON values are."""
    text = json.dumps(values, sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=5).hexdigest()
