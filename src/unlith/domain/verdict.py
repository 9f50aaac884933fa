"""What a parity run says: the verdict, its differences, and what it was not able to compare."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from unlith.domain.bound import Bound
from unlith.domain.cases import RequestCase
from unlith.domain.coverage import Coverage
from unlith.domain.iam.seen import SeenCall

NOT_COMPARED = (
    "what other hosts would answer (requests are recorded and refused on both sides)",
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
    """One difference with how often it was seen, where first, and the smallest reproduction.

    ``step`` is the request's place in the session in which it was seen first, from 1; ``first``
    are the requests up to there and ``curl`` the smallest session that still shows it, as
    commands; ``test`` is the latter as a pytest case, the answers are what its last request got.
    ``sent`` holds that session as it is sent,
    secrets and all: it is never shown nor kept.
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
    first: str = ""
    test: str = ""
    control_answer: str = ""
    candidate_answer: str = ""
    sent: tuple[RequestCase, ...] = ()

    @property
    def requests(self) -> int:
        """Give how many requests the smallest reproduction has."""
        return len(self.sent)

    def as_dict(self) -> dict[str, object]:
        """Give the fields as JSON values, without what was sent."""
        fields = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        del fields["sent"]
        return {**fields, "requests": self.requests}


@dataclass(frozen=True, slots=True)
class ParityResult:
    """What a parity run of one function says, and of which bytes it says it.

    ``exchanges`` counts compared requests, ``served`` those of them that the function answered.
    ``bundle``, ``whole`` and ``cases`` are digests, ``evidence`` those of all that the result
    hangs on. ``noise`` counts in how many exchanges each noisy place varied. ``reasons`` says
    why there is no answer, ``not_tried`` which probes could not be made. Of the requests of
    tapes, ``recorded`` counts those whose answer's status is known, ``as_recorded`` those that
    the monolith answered with the same one. ``calls`` are what the function called in AWS.
    """

    function: str
    verdict: Verdict
    sessions: int
    exchanges: int
    served: int
    probes: int
    differences: tuple[FoundDifference, ...] = ()
    bound: Bound = field(default_factory=Bound)
    coverage: Coverage = field(default_factory=Coverage)
    noisy: tuple[str, ...] = ()
    noise: Mapping[str, int] = field(default_factory=dict)
    tolerated: Mapping[str, int] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()
    bundle: str = ""
    whole: str = ""
    cases: str = ""
    evidence: Mapping[str, str] = field(default_factory=dict)
    not_tried: tuple[str, ...] = ()
    recorded: int = 0
    as_recorded: int = 0
    calls: tuple[SeenCall, ...] = ()
    not_compared: tuple[str, ...] = NOT_COMPARED

    @property
    def exit_code(self) -> int:
        """Give 0 for same, 1 for different, 3 for no answer."""
        return {Verdict.SAME: 0, Verdict.DIFFERENT: 1, Verdict.NOT_COMPARABLE: 3}[self.verdict]

    @property
    def words(self) -> str:
        """Give the verdict in one sentence; what was not run is never called the same."""
        count = len(self.differences)
        if self.verdict is not Verdict.SAME:
            found = f"{count} difference{'s' * (count != 1)}"
            return f"{self.verdict}: {found}" if count else str(self.verdict)
        if self.coverage.gaps:
            return f"same so far: {self.coverage.words()}"
        return f"same: {self.coverage.words()}".removesuffix(": ")

    def as_dict(self) -> dict[str, object]:
        """Give the fields as JSON values."""
        rest = dataclasses.asdict(dataclasses.replace(self, differences=()))
        differences = [one.as_dict() for one in self.differences]
        return {
            **rest,
            "verdict": str(self.verdict),
            "differences": differences,
            "bound": self.bound.as_dict(),
            "coverage": self.coverage.as_dict(),
            "words": self.words,
        }


def verdict_of(differences: Iterable[object], reasons: Iterable[object]) -> Verdict:
    """Give the verdict: a difference is one, whatever else could not be compared."""
    if any(True for _ in differences):
        return Verdict.DIFFERENT
    return Verdict.NOT_COMPARABLE if any(True for _ in reasons) else Verdict.SAME
