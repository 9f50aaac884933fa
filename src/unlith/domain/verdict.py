"""What a parity run says: the verdict, its differences, and what it was not able to compare."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

NOT_COMPARED = (
    "calls through boto3",
    "requests to other hosts (refused on both sides)",
    "mail",
    "state outside the settings' parity.state",
    "time taken",
)


class Verdict(StrEnum):
    """The answer; ``not comparable`` means that there is none."""

    SAME = "same"
    DIFFERENT = "different"
    NOT_COMPARABLE = "not comparable"


@dataclass(frozen=True, slots=True)
class FoundDifference:
    """One difference with how often it was seen and its shortest reproduction.

    ``step`` is the request's place in the session, from 1.
    """

    path: str
    kind: str
    control: str
    candidate: str
    session: str
    step: int
    request: str
    curl: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class ParityResult:
    """What a parity run of one function says, and of which bytes it says it.

    ``exchanges`` counts compared requests, ``served`` those of them that the function answered.
    ``bundle``, ``whole`` and ``cases`` are digests. ``reasons`` says why there is no answer.
    """

    function: str
    verdict: Verdict
    sessions: int
    exchanges: int
    served: int
    probes: int
    differences: tuple[FoundDifference, ...] = ()
    noisy: tuple[str, ...] = ()
    tolerated: Mapping[str, int] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()
    bundle: str = ""
    whole: str = ""
    cases: str = ""
    not_compared: tuple[str, ...] = NOT_COMPARED

    @property
    def exit_code(self) -> int:
        """Give 0 for same, 1 for different, 3 for no answer."""
        return {Verdict.SAME: 0, Verdict.DIFFERENT: 1, Verdict.NOT_COMPARABLE: 3}[self.verdict]

    def as_dict(self) -> dict[str, object]:
        """Give the fields as JSON values."""
        return {**dataclasses.asdict(self), "verdict": str(self.verdict)}


def verdict_of(differences: Iterable[object], reasons: Iterable[object]) -> Verdict:
    """Give the verdict: a difference is one, whatever else could not be compared."""
    if any(True for _ in differences):
        return Verdict.DIFFERENT
    return Verdict.NOT_COMPARABLE if any(True for _ in reasons) else Verdict.SAME
