"""What was compared and found: of one part of the sessions, or of all parts together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from unlith.usecases.distinct import Distinct
from unlith.usecases.findings import Findings


@dataclass(slots=True)
class Tally:
    """Counts and findings; parts that were compared apart are added up with ``merge``."""

    exchanges: int = 0
    served: int = 0
    noisy: Counter[str] = field(default_factory=Counter)
    tolerated: Counter[str] = field(default_factory=Counter)
    reasons: dict[str, None] = field(default_factory=dict)
    findings: Findings = field(default_factory=Findings)
    distinct: Distinct = field(default_factory=Distinct)

    @property
    def is_clean(self) -> bool:
        """Say whether there is nothing but counts."""
        return not self.reasons and not self.findings.count

    def merge(self, other: Tally) -> None:
        """Add another part."""
        self.exchanges += other.exchanges
        self.served += other.served
        self.noisy.update(other.noisy)
        self.tolerated.update(other.tolerated)
        self.reasons.update(other.reasons)
        self.findings.merge(other.findings)
        self.distinct.merge(other.distinct)

    def counts(self) -> dict[str, object]:
        """Give the counts as JSON values; findings and reasons are left out."""
        return {
            "exchanges": self.exchanges,
            "served": self.served,
            "noisy": dict(self.noisy),
            "tolerated": dict(self.tolerated),
            "seen": sorted(self.distinct.seen),
        }

    @classmethod
    def of_counts(cls, counts: Mapping[str, object]) -> Tally:
        """Give the tally of what ``counts`` gave.

        Raises:
            ValueError: if it is not that.
        """
        try:
            seen, noisy, tolerated = (counts[n] for n in ("seen", "noisy", "tolerated"))
            exchanges, served = counts["exchanges"], counts["served"]
        except KeyError as error:
            raise ValueError(f"no {error}") from None
        if not isinstance(exchanges, int) or not isinstance(served, int):
            raise ValueError("counts are whole numbers")
        if not isinstance(noisy, dict) or not isinstance(tolerated, dict):
            raise ValueError("noisy and tolerated are tables")
        if not isinstance(seen, list) or not all(isinstance(mark, int) for mark in seen):
            raise ValueError("seen is a list of whole numbers")
        return cls(exchanges, served, Counter(noisy), Counter(tolerated), distinct=Distinct(seen))
