"""Keeps the differences that were found: each once, with its smallest reproduction so far."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from unlith.domain.cases import SessionCase
from unlith.domain.comparison import Comparison
from unlith.domain.difference import Difference
from unlith.domain.exchange import HttpRequest
from unlith.domain.reproduction import as_curl, as_text
from unlith.domain.shrinking import Requests, size_of
from unlith.domain.verdict import FoundDifference
from unlith.usecases.sessions import Step
from unlith.usecases.shrink import without_saves

Key = tuple[str, ...]
"""Kind and place of a difference, and the request's method: one defect, not one exchange."""


class Findings:
    """Differences by their keys."""

    def __init__(self) -> None:
        self._found: dict[Key, FoundDifference] = {}

    @property
    def all(self) -> tuple[FoundDifference, ...]:
        """Give every difference."""
        return tuple(self._found.values())

    @property
    def keys(self) -> tuple[Key, ...]:
        """Give every key."""
        return tuple(self._found)

    @property
    def count(self) -> int:
        """Count how often any difference was seen."""
        return sum(one.count for one in self._found.values())

    def __getitem__(self, key: Key) -> FoundDifference:
        """Give a difference by its key."""
        return self._found[key]

    def merge(self, other: Findings) -> None:
        """Add what another part found: of what both know the shorter reproduction is kept."""
        for key, new in other._found.items():
            old = self._found.get(key)
            if old is None:
                self._found[key] = new
            else:
                best = min(old, new, key=lambda one: size_of(one.sent))
                self._found[key] = replace(best, first=old.first, count=old.count + new.count)

    def has_new(self, found: Sequence[Comparison], candidate: Sequence[Step]) -> bool:
        """Say whether comparisons show a difference that is not known yet."""
        return any(
            key_of(step.request, one) not in self._found
            for step, comparison in zip(candidate, found, strict=False)
            for one in comparison.differences
        )

    def collect(
        self, case: SessionCase, index: int, steps: tuple[Step, Step], one: Difference
    ) -> None:
        """Keep a difference of a case's request *index*, given both sides' steps."""
        sent, step = case.requests[: index + 1], steps[1]
        new = FoundDifference(
            path=one.path,
            kind=one.kind,
            control=one.control,
            candidate=one.candidate,
            session=case.name,
            step=index + 1,
            request=f"{step.request.method} {step.request.target}",
            curl=as_curl(sent),
            first=as_curl(sent),
            control_answer=as_text(steps[0].observation),
            candidate_answer=as_text(step.observation),
            sent=sent,
        )
        # One defect shows in many probes: keep its shortest session, count the rest.
        key = key_of(step.request, one)
        old = self._found.get(key)
        best = new if old is None or new.step < old.step else old
        first = old.first if old else new.first
        count = (old.count if old else 0) + 1
        self._found[key] = replace(best, first=first, count=count)

    def again(self, request: HttpRequest, one: Difference) -> None:
        """Count a difference that is known already, and was seen in company of other probes."""
        key = key_of(request, one)
        self._found[key] = replace(self._found[key], count=self._found[key].count + 1)

    def offer(self, sent: Requests, steps: tuple[Step, Step], shown: Iterable[Difference]) -> None:
        """Keep a session as the reproduction of what its last request shows, where smaller."""
        for one in shown:
            key = key_of(steps[1].request, one)
            known = self._found.get(key)
            if known is not None and size_of(sent) < size_of(known.sent):
                self._found[key] = replace(
                    known,
                    sent=sent,
                    curl=as_curl(sent),
                    control=one.control,
                    candidate=one.candidate,
                    control_answer=as_text(steps[0].observation),
                    candidate_answer=as_text(steps[1].observation),
                )

    def finish(self, key: Key) -> FoundDifference:
        """Take out of a reproduction what it saves for nobody; give the difference."""
        known = self._found[key]
        self._found[key] = replace(known, sent=without_saves(known.sent))
        return self._found[key]


def key_of(request: HttpRequest, one: Difference) -> Key:
    """Give the key of a difference that a request shows."""
    values = (one.control, one.candidate) if one.path == "status" else ()
    return (re.sub(r"/\d+(?=/|$)", "/*", one.path), one.kind, request.method, *values)
