"""May this route move? The same sessions in the same state on both sides, every difference named.

The written sessions come first; each request that reached the function then gives probes, which
are compared in the state in which that request was sent.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

from unlith.domain.cases import CaseFile, SessionCase
from unlith.domain.coverage import Coverage
from unlith.domain.probes import VERSION
from unlith.domain.reads import Reads
from unlith.domain.reproduction import as_test
from unlith.domain.route import Route
from unlith.domain.verdict import ParityResult, Verdict, verdict_of
from unlith.errors import FunctionFailed, OutsideError
from unlith.ports import ParitySide, Reporter
from unlith.usecases.engine import Engine
from unlith.usecases.parts import compare_parts
from unlith.usecases.plan import Asked, Plan
from unlith.usecases.steer import measure, rounds

LAST_LINES = 8
"""How many lines of a traceback say why a function does not import."""

HEAD = 100
"""How many sessions give probes and are measured for coverage; more are compared as they are."""


@dataclass(frozen=True, slots=True)
class Subject:
    """The function under test: its routes, and the digests of what runs."""

    function: str
    routes: tuple[Route, ...]
    bundle: str = ""
    whole: str = ""


def parity(
    subject: Subject,
    cases: CaseFile,
    control: ParitySide,
    candidate: ParitySide,
    *,
    reporter: Reporter,
    asked: Asked | None = None,
) -> ParityResult:
    """Compare both sides over the written sessions and the probes derived from them."""
    asked = asked or Asked()
    head = tuple(itertools.islice(cases.sessions, HEAD))
    rest = len(cases.sessions) - len(head)
    engine, plan = Engine(control, candidate), Plan(asked, head)
    coverage = Coverage()
    try:
        for case in reporter.progress(head, total=len(head), label="sessions"):
            assert isinstance(case, SessionCase)
            plan.take(case, engine.compare(case))
        if rest > 0:
            others = itertools.islice(cases.sessions, HEAD, None)
            compare_parts(engine, others, asked.way, reporter, total=rest)
        if not engine.tally.served:
            engine.tally.reasons["no request of the cases reached the function"] = None
        _compare(engine, plan.probes(), reporter, "probes")
        coverage = _by_coverage(engine, plan, head, asked, reporter)
        count = len(engine.differences)
        for _ in reporter.progress(engine.shrink(), total=count, label="shortening"):
            pass
        if asked.way.journal:
            asked.way.journal.finish()
    except (FunctionFailed, OutsideError) as error:
        engine.tally.reasons[f"{error}\n{error.detail}".rstrip()] = None
    finally:
        control.end()
        candidate.end()
    made = _result(subject, cases, engine, plan.count)
    return replace(made, coverage=coverage, not_tried=tuple(plan.not_tried))


def unanswered(function: str, cases: CaseFile, failed: FunctionFailed) -> ParityResult:
    """Give the result of a function that does not import, with the end of its traceback."""
    lines = failed.detail.splitlines()[-LAST_LINES:]
    return ParityResult(
        function=function,
        verdict=Verdict.NOT_COMPARABLE,
        sessions=len(cases.sessions),
        exchanges=0,
        served=0,
        probes=0,
        reasons=("\n".join([failed.message, *lines]),),
        cases=cases.digest,
    )


# Private


def _compare(
    engine: Engine, probes: Sequence[SessionCase], reporter: Reporter, label: str
) -> None:
    compared = engine.compare_probes(probes)
    for _ in reporter.progress(compared, total=len(probes), label=label):
        pass


def _by_coverage(
    engine: Engine,
    plan: Plan,
    sessions: Sequence[SessionCase],
    asked: Asked,
    reporter: Reporter,
) -> Coverage:
    """Compare what the code's reads suggest; measure all. Failing to measure is no difference."""
    meter, coverage, ran = None, Coverage(), [*sessions, *plan.derived]
    try:
        for _ in reporter.progress(["coverage"], total=1, label="coverage") if asked.meter else ():
            meter = asked.meter() if asked.meter else None
        if meter is not None:
            measure(meter.sides[0], ran)
        reads = asked.reads() if asked.reads and asked.with_probes else Reads()
        for batch in rounds(plan, reads, meter):
            _compare(engine, batch, reporter, "from the code")
            ran += batch
        if meter is not None:
            # The monolith ran the batches already, to see what was new.
            measure(meter.sides[1], ran)
            coverage = meter.report()
    except FunctionFailed as error:
        if meter is not None:
            meter.close()
        return Coverage(reason=str(error))
    if meter is not None:
        meter.close()
    return coverage


def _result(
    subject: Subject,
    cases: CaseFile,
    engine: Engine,
    probes: int,
) -> ParityResult:
    tally = engine.tally
    digest = hashlib.sha256(f"{cases.digest} probes {VERSION} {probes}".encode()).hexdigest()
    return ParityResult(
        function=subject.function,
        verdict=verdict_of(engine.differences, tally.reasons),
        sessions=len(cases.sessions),
        exchanges=tally.exchanges,
        served=tally.served,
        probes=probes,
        differences=tuple(
            replace(one, test=as_test(subject.function, one.sent, name=one.path))
            for one in engine.differences
        ),
        bound=tally.distinct.bound,
        noisy=tuple(tally.noisy),
        noise=dict(tally.noisy),
        tolerated=dict(tally.tolerated),
        reasons=tuple(tally.reasons),
        bundle=subject.bundle,
        whole=subject.whole,
        cases=digest,
        recorded=tally.as_recorded.total(),
        as_recorded=tally.as_recorded["same"],
        calls=tuple(sorted(tally.calls)),
    )
