"""Counts distinct exchanges: what was compared twice says no more than what was compared once.

Two exchanges are the same when their requests are written the same (method, target, headers,
body, which cookies are sent) and so are those earlier requests of their sessions that were felt:
that wrote something, or changed what the client's cookies say. Only exchanges that the function
answered count. Eight bytes are kept of each.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from unlith.domain.bound import Bound
from unlith.domain.cases import RequestCase
from unlith.domain.comparison import Comparison
from unlith.usecases.sessions import Step


class Distinct:
    """The exchanges that were compared, each once."""

    def __init__(self, seen: Iterable[int] = ()) -> None:
        self._seen: set[int] = set(seen)
        self._mismatched: set[int] = set()

    @property
    def seen(self) -> frozenset[int]:
        """Give a mark for each exchange."""
        return frozenset(self._seen)

    def merge(self, other: Distinct) -> None:
        """Add the exchanges of another part."""
        self._seen |= other._seen
        self._mismatched |= other._mismatched

    @property
    def bound(self) -> Bound:
        """Give the bound of the mismatch rate."""
        return Bound(len(self._mismatched), len(self._seen))

    def session(
        self,
        requests: Sequence[RequestCase],
        control: Sequence[Step],
        candidate: Sequence[Step],
        found: Sequence[Comparison],
    ) -> None:
        """Count the exchanges of a session."""
        felt = b""
        for request, step, answer, one in zip(requests, control, candidate, found, strict=False):
            written = _written(request)
            self._add(felt + written, answer, one)
            felt = felt + written if step.is_felt else felt

    def probes(
        self,
        before: Iterable[tuple[RequestCase, Step]],
        probes: Sequence[RequestCase],
        candidate: Sequence[Step],
        found: Sequence[Comparison],
    ) -> None:
        """Count probes, each sent as if it came right after the requests *before*."""
        felt = b"".join(_written(request) for request, step in before if step.is_felt)
        for request, step, comparison in zip(probes, candidate, found, strict=False):
            self._add(felt + _written(request), step, comparison)

    # Private

    def _add(self, text: bytes, step: Step, comparison: Comparison) -> None:
        if step.observation.served_by == "monolith":
            return
        mark = int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big")
        self._seen.add(mark)
        if comparison.differences:
            self._mismatched.add(mark)


def _written(request: RequestCase) -> bytes:
    parts = (request.method, request.target, request.headers, request.body, request.cookies.value)
    return hashlib.blake2b(repr(parts).encode(), digest_size=16).digest()
