"""May this route move? The same sessions in the same state on both sides, every difference named.

The written sessions come first; each request that reached the function then gives probes, which
are compared in the state in which that request was sent.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from unlith.domain.cases import CaseFile, SessionCase
from unlith.domain.coverage import Coverage
from unlith.domain.probes import VERSION
from unlith.domain.reads import Reads
from unlith.domain.reproduction import as_test
from unlith.domain.route import Route
from unlith.domain.verdict import ParityResult, verdict_of
from unlith.errors import FunctionFailed, OutsideError
from unlith.ports import ParitySide, Reporter
from unlith.usecases.engine import Engine
from unlith.usecases.plan import Asked, Plan
from unlith.usecases.steer import measure, rounds


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
    engine, plan = Engine(control, candidate), Plan(asked, cases.sessions)
    coverage = Coverage()
    try:
        for case in cases.sessions:
            plan.take(case, engine.compare(case))
        if not engine.served:
            engine.reasons["no request of the cases reached the function"] = None
        _compare(engine, plan.probes(), reporter, "probes")
        coverage = _by_coverage(engine, plan, cases.sessions, asked, reporter)
        count = len(engine.differences)
        for _ in reporter.progress(engine.shrink(), total=count, label="shortening"):
            pass
    except (FunctionFailed, OutsideError) as error:
        engine.reasons[f"{error}\n{error.detail}".rstrip()] = None
    finally:
        control.end()
        candidate.end()
    made = _result(subject, cases, engine, plan.count)
    return replace(made, coverage=coverage, not_tried=tuple(plan.not_tried))


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
            measure(meter, ran, everywhere=False)
        reads = asked.reads() if asked.reads and asked.with_probes else Reads()
        for batch in rounds(plan, reads, meter):
            _compare(engine, batch, reporter, "from the code")
            ran += batch
        if meter is not None:
            measure(meter, ran, everywhere=True)
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
    digest = hashlib.sha256(f"{cases.digest} probes {VERSION} {probes}".encode()).hexdigest()
    return ParityResult(
        function=subject.function,
        verdict=verdict_of(engine.differences, engine.reasons),
        sessions=len(cases.sessions),
        exchanges=engine.exchanges,
        served=engine.served,
        probes=probes,
        differences=tuple(
            replace(one, test=as_test(subject.function, one.sent, name=one.path))
            for one in engine.differences
        ),
        bound=engine.distinct.bound,
        noisy=tuple(engine.noisy),
        noise=dict(engine.noisy),
        tolerated=dict(engine.tolerated),
        reasons=tuple(engine.reasons),
        bundle=subject.bundle,
        whole=subject.whole,
        cases=digest,
        recorded=engine.as_recorded.total(),
        as_recorded=engine.as_recorded[True],
    )
