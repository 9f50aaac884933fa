"""May this route move? The same sessions in the same state on both sides, every difference named.

The written sessions come first; each request that reached the function then gives probes, which
are compared in the state in which that request was sent.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from unlith.domain.cases import CaseFile, RequestCase, SessionCase
from unlith.domain.coverage import Coverage
from unlith.domain.probes import VERSION, probes_of
from unlith.domain.reproduction import as_test
from unlith.domain.route import Route
from unlith.domain.verdict import ParityResult, verdict_of
from unlith.errors import FunctionFailed, OutsideError
from unlith.ports import CoverageMeter, ParitySide, Reporter
from unlith.usecases.engine import Engine
from unlith.usecases.sessions import Step, run_each


@dataclass(frozen=True, slots=True)
class Subject:
    """The function under test: its routes, and the digests of what runs."""

    function: str
    routes: tuple[Route, ...]
    bundle: str = ""
    whole: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """How to compare: with probes or without; *meter* makes what measures coverage."""

    with_probes: bool = True
    meter: Callable[[], CoverageMeter | None] | None = None


def parity(
    subject: Subject,
    cases: CaseFile,
    control: ParitySide,
    candidate: ParitySide,
    *,
    reporter: Reporter,
    asked: Asked = Asked(),
) -> ParityResult:
    """Compare both sides over the written sessions and the probes derived from them."""
    engine = Engine(control, candidate)
    derived: dict[tuple[RequestCase, ...], SessionCase] = {}
    made: set[tuple[Route, str]] = set()
    coverage = Coverage()
    try:
        for case in cases.sessions:
            steps = engine.compare(case)
            for index in range(len(steps)) if asked.with_probes else ():
                for probe in _probes(case, index, steps[index], made):
                    derived.setdefault(probe.requests, probe)
        if not engine.served:
            engine.reasons["no request of the cases reached the function"] = None
        compared = engine.compare_probes(derived.values())
        for _ in reporter.progress(compared, total=len(derived), label="probes"):
            pass
        count = len(engine.differences)
        for _ in reporter.progress(engine.shrink(), total=count, label="shortening"):
            pass
        coverage = _coverage(asked, [*cases.sessions, *derived.values()], reporter)
    except (FunctionFailed, OutsideError) as error:
        engine.reasons[f"{error}\n{error.detail}".rstrip()] = None
    finally:
        control.end()
        candidate.end()
    return replace(_result(subject, cases, engine, len(derived)), coverage=coverage)


def measure(meter: CoverageMeter, sessions: Iterable[SessionCase]) -> None:
    """Run sessions on watched sides; those that differ in their last request share a process."""
    groups: dict[tuple[RequestCase, ...], list[RequestCase]] = {}
    for session in sessions:
        groups.setdefault(session.requests[:-1], []).append(session.requests[-1])
    for side in meter.sides:
        for prefix, last in groups.items():
            run_each(side, prefix, last)


# Private


def _coverage(asked: Asked, sessions: Sequence[SessionCase], reporter: Reporter) -> Coverage:
    """Run the sessions again on watched sides; that it cannot be done is no difference."""
    if asked.meter is None:
        return Coverage()
    report = [Coverage()]
    for _ in reporter.progress(["coverage"], total=1, label="coverage"):
        try:
            meter = asked.meter()
            if meter is not None:
                measure(meter, sessions)
                report.append(meter.report())
        except (FunctionFailed, OutsideError) as error:
            report.append(Coverage(reason=str(error)))
    return report[-1]


def _probes(
    case: SessionCase, index: int, step: Step, made: set[tuple[Route, str]]
) -> Iterable[SessionCase]:
    served_by, _, route = step.observation.served_by.partition(" ")
    if served_by == "monolith":
        return ()
    return probes_of(case, index, step.observation.answer, Route.parse(route), made)


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
    )
