"""What ``unlith parity --json`` prints; ``docs/reference/parity.schema.json`` is made from it."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Difference(_Model):
    """One difference with its smallest reproduction."""

    path: str = Field(description="Where: status, headers/…, cookies/…, body/…, effects/….")
    kind: str
    control: str = Field(description="What the monolith gave, short and without secrets.")
    candidate: str = Field(description="What the function gave.")
    session: str
    step: int = Field(description="The request's place in the session where it was seen, from 1.")
    request: str
    curl: str = Field(description="The smallest session that shows it, a command a line.")
    count: int
    first: str = Field(description="The session in which it was seen first, a command a line.")
    test: str = Field(description="The smallest session as a pytest case.")
    control_answer: str
    candidate_answer: str
    requests: int = Field(description="How many requests the smallest session has.")


class Bound(_Model):
    """The mismatch rate that is not ruled out."""

    distinct: int
    mismatches: int
    upper_rate: float = Field(ge=0, le=1)
    confidence: float
    words: str


class SeenCall(_Model):
    """A call to AWS: what it reached, and which parameters it had."""

    service: str
    operation: str
    names: list[str]
    given: list[str]


class Gap(_Model):
    """A line that never ran (``to`` is ``line``), or a branch that was never taken."""

    file: str
    line: int
    to: int
    definition: str


class Side(_Model):
    """What of the code one side ran."""

    side: Literal["monolith", "function"]
    branches: int
    ran: int
    lines: int
    lines_ran: int
    gaps: list[Gap]
    unentered: list[str]


class Coverage(_Model):
    """What both sides ran; no sides where it was not measured."""

    reason: str
    sides: list[Side]


class Result(_Model):
    """What parity says of one function."""

    function: str
    verdict: Literal["same", "different", "not comparable"]
    words: str
    sessions: int
    exchanges: int
    served: int = Field(description="How many of the exchanges the function answered.")
    probes: int
    differences: list[Difference]
    bound: Bound
    coverage: Coverage
    noisy: list[str]
    noise: dict[str, int] = Field(description="In how many exchanges each noisy place varied.")
    tolerated: dict[str, int]
    reasons: list[str]
    recorded: int = Field(description="Exchanges of a tape whose recorded status is known.")
    as_recorded: int = Field(description="Those of them that the monolith answered alike.")
    calls: list[SeenCall] = Field(description="What the function called in AWS, each once.")
    bundle: str
    whole: str
    cases: str
    evidence: dict[str, str] = Field(description="Digests of all that the result hangs on.")
    not_tried: list[str]
    not_compared: list[str]


class Report(_Model):
    """The whole answer."""

    functions: list[Result]


def schema() -> dict[str, object]:
    """Give the JSON Schema."""
    made: dict[str, object] = Report.model_json_schema()
    return made
