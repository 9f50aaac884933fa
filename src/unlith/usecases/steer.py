"""Sends what the code asks for, and more of what ran something new, until nothing new runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from unlith.domain.cases import MissingValue, RequestCase, SessionCase
from unlith.domain.reads import Reads
from unlith.domain.steered import steered
from unlith.ports import CoverageMeter, ParitySide
from unlith.usecases.plan import Base, Plan
from unlith.usecases.sessions import Client, run_each

BUDGET = 320
"""How many requests are made from what the code reads, for one function."""

ROUNDS = 4
"""How often requests that ran something new are changed again."""

A_BASE = 60
"""How many changes of one request are tried in a round."""


def rounds(plan: Plan, reads: Reads, meter: CoverageMeter | None) -> Iterator[list[SessionCase]]:
    """Yield batches of new probes; the next is made of those that ran something new.

    Without a *meter* nobody knows what is new: there is one batch.
    """
    bases, left = list(plan.bases()), BUDGET
    for _ in range(ROUNDS if meter is not None else 1):
        batch: dict[SessionCase, Base] = {}
        for base, probe in _turns(bases, reads):
            if len(batch) >= left:
                break
            if plan.add(probe):
                batch[probe] = base
        left -= len(batch)
        if not batch:
            return
        yield list(batch)
        if meter is None:
            return
        bases = [
            Base(probe, len(probe.requests) - 1, batch[probe].rule, batch[probe].cookie)
            for probe in discoverers(meter, batch)
        ]


def measure(side: ParitySide, sessions: Iterable[SessionCase]) -> None:
    """Run sessions on a watched side; those that differ in their last request share a process."""
    for prefix, last in _by_prefix(sessions).items():
        run_each(side, prefix, [case.requests[-1] for case in last])


def discoverers(meter: CoverageMeter, sessions: Iterable[SessionCase]) -> Iterator[SessionCase]:
    """Yield the sessions whose last request ran something new on the monolith's side."""
    side = meter.sides[0]
    for prefix, last in _by_prefix(sessions).items():
        side.begin()
        client = Client(side)
        try:
            for asked in prefix:
                client.send(asked)
            for case in last:
                if _grew(meter, client, case):
                    yield case
        except MissingValue:
            pass
        side.end()


# Private


def _grew(meter: CoverageMeter, client: Client, case: SessionCase) -> bool:
    before = meter.seen()
    client.copy().send(case.requests[-1])
    return meter.seen() > before


def _turns(bases: Iterable[Base], reads: Reads) -> Iterator[tuple[Base, SessionCase]]:
    """Yield changes of each base in turn, so that a budget serves all."""
    waiting = [(base, steered(base.request, base.rule, reads)) for base in bases]
    for _ in range(A_BASE):
        for base, changes in list(waiting):
            change = next(changes, None)
            if change is None:
                waiting.remove((base, changes))
                continue
            name, request = change
            probe = f"{name} of {request.method} {request.target}"
            made = SessionCase(f"{base.case.name} · {name}", (*base.prefix, request), probe)
            yield base, made


def _by_prefix(
    sessions: Iterable[SessionCase],
) -> dict[tuple[RequestCase, ...], list[SessionCase]]:
    groups: dict[tuple[RequestCase, ...], list[SessionCase]] = {}
    for session in sessions:
        groups.setdefault(session.requests[:-1], []).append(session)
    return groups
