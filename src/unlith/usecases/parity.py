"""May this route move? The same sessions in the same state on both sides, every difference named.

The candidate runs between two runs of the control: what a clock changes from the first run to
the candidate it also changes to the last, so that noise is seen as noise. Where a difference is
left the control runs some more times before anything is called a difference.
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from unlith.domain.cases import CaseFile, Cookies, MissingValue, SessionCase, take_out
from unlith.domain.comparison import Comparison, expect
from unlith.domain.cookies import CookieJar
from unlith.domain.exchange import HttpRequest, Observation
from unlith.domain.observed import observed
from unlith.domain.probes import VERSION, probes_of
from unlith.domain.reproduction import as_curl
from unlith.domain.route import Route
from unlith.domain.verdict import FoundDifference, ParityResult, verdict_of
from unlith.errors import FunctionFailed, OutsideError
from unlith.ports import ParitySide, Reporter

MORE_CONTROLS = 12
"""How many further runs of the control a difference must survive."""

SAMPLES = 32
"""How many values are kept of a place that varies."""


@dataclass(frozen=True, slots=True)
class Subject:
    """The function under test: its routes, and the digests of what runs."""

    function: str
    routes: tuple[Route, ...]
    bundle: str = ""
    whole: str = ""


@dataclass(frozen=True, slots=True)
class _Step:
    request: HttpRequest
    observation: Observation


class Engine:
    """Runs sessions on both sides and keeps what was found."""

    def __init__(self, control: ParitySide, candidate: ParitySide) -> None:
        self._control, self._candidate = control, candidate
        self.exchanges = self.served = 0
        self.noisy: dict[str, None] = {}
        self._samples: dict[tuple[str, str], dict[str, list[object]]] = {}
        self.tolerated: Counter[str] = Counter()
        self.reasons: dict[str, None] = {}

    def compare(self, case: SessionCase) -> tuple[list[_Step], list[tuple[int, Comparison]]]:
        """Run a session on both sides; give the candidate's steps and each step's comparison.

        Raises:
            FunctionFailed: if a side's process cannot start.
            OutsideError: if the state cannot be read.
        """
        control = _run(self._control, case)
        candidate = _run(self._candidate, case)
        if len(control) < len(case.requests):
            self.reasons[f"{case.name}: a later request needs a value no answer gave"] = None
        self.exchanges += len(candidate)
        self.served += sum(step.observation.served_by != "monolith" for step in candidate)
        runs = [control]
        found = self._checked(runs, candidate)
        for _ in range(1 + MORE_CONTROLS):
            if not any(comparison.differences for _, comparison in found):
                break
            runs.append(_run(self._control, case))
            found = self._checked(runs, candidate)
        for index, comparison in found:
            self.tolerated.update(comparison.tolerated)
            samples = self._samples.setdefault(_place_of(candidate[index].request), {})
            for path, values in comparison.noisy.items():
                self.noisy[path] = None
                samples[path] = [*samples.get(path, ()), *values][-SAMPLES:]
        return candidate, found

    # Private

    def _checked(
        self, runs: Sequence[Sequence[_Step]], candidate: Sequence[_Step]
    ) -> list[tuple[int, Comparison]]:
        found = []
        for index, step in enumerate(candidate):
            controls = [run[index].observation for run in runs if index < len(run)]
            if not controls:
                continue
            expectation, seen = expect(controls), observed(step.observation)
            comparison = expectation.check(seen)
            known = self._samples.get(_place_of(step.request))
            if comparison.differences and len(runs) > 1 and known:
                # What varied in other sessions may have stood still in this one.
                helped = expectation.check(seen, known)
                comparison = comparison if helped.differences else helped
            found.append((index, comparison))
        return found


def parity(
    subject: Subject,
    cases: CaseFile,
    control: ParitySide,
    candidate: ParitySide,
    *,
    reporter: Reporter,
    with_probes: bool = True,
) -> ParityResult:
    """Compare both sides over the written sessions and the probes derived from them."""
    engine = Engine(control, candidate)
    seen: dict[tuple[str, ...], FoundDifference] = {}
    derived: dict[tuple[object, ...], SessionCase] = {}
    try:
        for case in cases.sessions:
            steps, found = engine.compare(case)
            _collect(seen, case, steps, found)
            for index in range(len(steps)) if with_probes else ():
                for probe in _probes(case, index, steps[index], subject):
                    derived.setdefault(probe.requests, probe)
        if not engine.served:
            engine.reasons["no request of the cases reached the function"] = None
        for item in reporter.progress(derived.values(), total=len(derived), label="probes"):
            assert isinstance(item, SessionCase)
            steps, found = engine.compare(item)
            _collect(seen, item, steps, found)
    except (FunctionFailed, OutsideError) as error:
        engine.reasons[f"{error}\n{error.detail}".rstrip()] = None
    finally:
        control.end()
        candidate.end()
    return _result(subject, cases, engine, seen, len(derived))


# Private


def _place_of(request: HttpRequest) -> tuple[str, str]:
    return request.method, request.path


def _run(side: ParitySide, case: SessionCase) -> list[_Step]:
    side.begin()
    jar, saved = CookieJar(), dict[str, object]()
    steps: list[_Step] = []
    for asked in case.requests:
        sent = CookieJar()
        if asked.cookies is Cookies.KEEP:
            sent = jar
        elif asked.cookies is Cookies.TAMPER:
            sent = jar.copy()
            sent.tamper()
        try:
            request = asked.filled(saved, sent)
        except MissingValue:
            break
        observation = side.exchange(request)
        steps.append(_Step(request, observation))
        if observation.answer is not None:
            jar.take(observation.answer.all("set-cookie"), request.path)
            for name, source in asked.save:
                try:
                    saved[name] = take_out(source, observation.answer)
                except MissingValue:
                    saved.pop(name, None)
    side.end()
    return steps


def _probes(case: SessionCase, index: int, step: _Step, subject: Subject) -> Iterable[SessionCase]:
    if step.observation.served_by == "monolith":
        return ()
    route = next((r for r in subject.routes if r.method == step.request.method), subject.routes[0])
    return probes_of(case, index, step.observation.answer, route)


def _collect(
    seen: dict[tuple[str, ...], FoundDifference],
    case: SessionCase,
    steps: Sequence[_Step],
    found: Iterable[tuple[int, Comparison]],
) -> None:
    for index, comparison in found:
        for one in comparison.differences:
            request = steps[index].request
            # One defect shows in many probes: keep its shortest session, count the rest.
            values = (one.control, one.candidate) if one.path == "status" else ()
            place = re.sub(r"/\d+(?=/|$)", "/*", one.path)
            key = (place, one.kind, request.method, *values)
            new = FoundDifference(
                path=one.path,
                kind=one.kind,
                control=one.control,
                candidate=one.candidate,
                session=case.name,
                step=index + 1,
                request=f"{request.method} {request.target}",
                curl=as_curl(case.requests[: index + 1]),
            )
            old = seen.get(key)
            best = new if old is None or new.step < old.step else old
            seen[key] = dataclasses.replace(best, count=(old.count if old else 0) + 1)


def _result(
    subject: Subject,
    cases: CaseFile,
    engine: Engine,
    seen: Mapping[tuple[str, ...], FoundDifference],
    probes: int,
) -> ParityResult:
    digest = hashlib.sha256(f"{cases.digest} probes {VERSION} {probes}".encode()).hexdigest()
    return ParityResult(
        function=subject.function,
        verdict=verdict_of(seen, engine.reasons),
        sessions=len(cases.sessions),
        exchanges=engine.exchanges,
        served=engine.served,
        probes=probes,
        differences=tuple(seen.values()),
        noisy=tuple(engine.noisy),
        tolerated=dict(engine.tolerated),
        reasons=tuple(engine.reasons),
        bundle=subject.bundle,
        whole=subject.whole,
        cases=digest,
    )
