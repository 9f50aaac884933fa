"""What was compared and found: of one part of the sessions, or of all parts together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import cast

from unlith.domain.iam.seen import LIMIT, SeenCall, seen_calls
from unlith.usecases.distinct import Distinct
from unlith.usecases.findings import Findings


@dataclass(slots=True)
class Tally:
    """Counts and findings; parts that were compared apart are added up with ``merge``.

    ``as_recorded`` counts requests of tapes: the monolith's status was the ``same`` as recorded
    or an ``other``. ``calls`` are what the function called in AWS.
    """

    exchanges: int = 0
    served: int = 0
    noisy: Counter[str] = field(default_factory=Counter)
    tolerated: Counter[str] = field(default_factory=Counter)
    as_recorded: Counter[str] = field(default_factory=Counter)
    reasons: dict[str, None] = field(default_factory=dict)
    findings: Findings = field(default_factory=Findings)
    distinct: Distinct = field(default_factory=Distinct)
    calls: dict[SeenCall, None] = field(default_factory=dict)

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
        self.as_recorded.update(other.as_recorded)
        self.reasons.update(other.reasons)
        self.findings.merge(other.findings)
        self.distinct.merge(other.distinct)
        self.saw(other.calls)

    def saw(self, calls: Iterable[SeenCall]) -> None:
        """Keep calls to AWS, each once, and not without end."""
        for call in calls:
            if len(self.calls) < LIMIT:
                self.calls[call] = None

    def counts(self) -> dict[str, object]:
        """Give the counts as JSON values; findings and reasons are left out."""
        return {
            "exchanges": self.exchanges,
            "served": self.served,
            "noisy": dict(self.noisy),
            "tolerated": dict(self.tolerated),
            "as_recorded": dict(self.as_recorded),
            "seen": sorted(self.distinct.seen),
            "calls": [call.as_list() for call in self.calls],
        }

    @classmethod
    def of_counts(cls, counts: Mapping[str, object]) -> Tally:
        """Give the tally of what ``counts`` gave.

        Raises:
            ValueError: if it is not that.
        """
        tables = ("noisy", "tolerated", "as_recorded")
        try:
            counted = [counts[name] for name in tables]
            exchanges, served, seen = (counts[name] for name in ("exchanges", "served", "seen"))
        except KeyError as error:
            raise ValueError(f"no {error}") from None
        if not isinstance(exchanges, int) or not isinstance(served, int):
            raise ValueError("counts are whole numbers")
        if not all(isinstance(table, dict) for table in counted):
            raise ValueError(", ".join(tables) + " are tables")
        if not isinstance(seen, list) or not all(isinstance(mark, int) for mark in seen):
            raise ValueError("seen is a list of whole numbers")
        noisy, tolerated, as_recorded = (
            Counter(cast("dict[str, int]", table)) for table in counted
        )
        calls = seen_calls(counts.get("calls", []))
        made = cls(exchanges, served, noisy, tolerated, as_recorded, distinct=Distinct(seen))
        made.calls = calls
        return made
