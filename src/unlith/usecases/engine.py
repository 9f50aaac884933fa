"""Compares sessions on two sides: which differences are left when the control's own noise is out.

The candidate runs between two runs of the control: what a clock changes from the first run to
the candidate it also changes to the last, so that noise is seen as noise. Where a difference is
left the control runs some more times before anything is called a difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from unlith.domain.cases import RequestCase, SessionCase
from unlith.domain.comparison import Comparison, Samples, expect
from unlith.domain.exchange import HttpRequest
from unlith.domain.iam.seen import calls_in
from unlith.domain.observed import observed, tolerances_of
from unlith.domain.sameness import is_identical
from unlith.domain.shrinking import Requests
from unlith.domain.verdict import FoundDifference
from unlith.ports import ParitySide
from unlith.usecases.constancy import Constancy
from unlith.usecases.findings import Key, key_of
from unlith.usecases.sessions import Step, run, run_each
from unlith.usecases.shrink import ALL_TRIES, TRIES, saved_values, shrunk
from unlith.usecases.tally import Tally

MORE_CONTROLS = 12
"""How many further runs of the control a difference must survive."""

SAMPLES = 32
"""How many values are kept of a place that varies."""

PLACES = 1000
"""Of how many addresses the values that vary are kept."""

BATCH = 256
"""How many probes share a process and a state, as long as none of them writes."""

ENOUGH = 24
"""After so many probes with differences the rest are left out, and that is said."""


class Engine:
    """Runs sessions on both sides and keeps what was found."""

    def __init__(self, control: ParitySide, candidate: ParitySide) -> None:
        self._control, self._candidate = control, candidate
        self.tally = Tally()
        self._constancy = Constancy(control, candidate)
        self._samples: dict[tuple[str, str], dict[str, list[object]]] = {}
        self._heads: dict[str, list[object]] = {}

    @property
    def differences(self) -> tuple[FoundDifference, ...]:
        """Give every difference once, with its smallest reproduction so far."""
        return self.tally.findings.all

    def shrink(self) -> Iterator[FoundDifference]:
        """Look for a smaller reproduction of each difference; yield each when it is done.

        What one difference's search finds serves the others too.
        """
        left = ALL_TRIES
        for key in self.tally.findings.keys:
            one = self.tally.findings[key]
            saved = saved_values(one.sent, run(self._control, one.sent))
            tries = min(TRIES, left)
            left -= tries - shrunk(one.sent, saved, partial(self._shows, key), tries)[1]
            yield self.tally.findings.finish(key)

    def compare(self, case: SessionCase) -> list[Step]:
        """Run a session on both sides; give the candidate's steps.

        Raises:
            FunctionFailed: if a side's process cannot start.
            OutsideError: if the state cannot be read.
        """
        control = run(self._control, case.requests)
        candidate = run(self._candidate, case.requests)
        if len(control) < len(case.requests):
            self.tally.reasons[f"{case.name}: a later request needs a value no answer gave"] = None
        elif len(candidate) < len(control):
            self.tally.reasons[f"{case.name}: the function's side lacks a value for a request"] = (
                None
            )
        if not case.probe:
            self.tally.as_recorded.update(
                "same"
                if step.observation.answer and step.observation.answer.status == asked.recorded
                else "other"
                for asked, step in zip(case.requests, control, strict=False)
                if asked.recorded
            )
        runs, more = [control], MORE_CONTROLS + 1
        found = self._checked(runs, candidate)
        while more and _differs(found):
            runs.append(run(self._control, case.requests, len(runs)))
            found = self._checked(runs, candidate)
            # A difference that is known already needs no more than to be seen as no noise.
            more = more - 1 if self.tally.findings.has_new(found, candidate) else 0
        found = self._constancy.added(
            found, candidate, lambda side, number: run(side, case.requests, number)
        )
        self._keep(candidate, found)
        self.tally.distinct.session(case.requests, control, candidate, found)
        for index, comparison in enumerate(found):
            for one in comparison.differences:
                self.tally.findings.collect(case, index, (control[index], candidate[index]), one)
        return candidate

    def compare_probes(self, cases: Iterable[SessionCase]) -> Iterator[SessionCase]:
        """Compare the last request of each case in the state its earlier requests lead to.

        Probes that write nothing share a process; where a shared run differs the probe is run
        again on its own. Yields each case when it is done.
        """
        groups: dict[tuple[RequestCase, ...], list[SessionCase]] = {}
        for case in cases:
            groups.setdefault(case.requests[:-1], []).append(case)
        differing = 0
        for prefix, waiting in groups.items():
            while waiting:
                if differing >= ENOUGH:
                    self._cannot(f"{ENOUGH} probes differed: the rest were left out")
                    return
                done, differs = self._batch(prefix, waiting[:BATCH])
                differing += differs
                yield from waiting[:done]
                del waiting[:done]

    # Private

    def _cannot(self, reason: str) -> None:
        self.tally.reasons[reason] = None

    def _batch(
        self, prefix: tuple[RequestCase, ...], cases: Sequence[SessionCase]
    ) -> tuple[int, bool]:
        """Compare probes together; give how many are done, and whether the last differs."""
        probes = [case.requests[-1] for case in cases]
        before, first = run_each(self._control, prefix, probes, until_write=True)
        runs = [first]
        probes = probes[: len(runs[0])]
        if not probes:
            self.compare(cases[0])
            return 1, False
        _, candidate = run_each(self._candidate, prefix, probes)
        found = self._checked(runs, candidate)
        if _differs(found):
            runs.append(run_each(self._control, prefix, probes, number=1)[1])
            found = self._checked(runs, candidate)
        sent = list(zip(prefix, before, strict=False))

        def keep(count: int) -> int:
            self._keep(candidate[:count], found[:count])
            self.tally.distinct.probes(sent, probes[:count], candidate, found)
            return count

        for index, (step, comparison) in enumerate(zip(candidate, found, strict=False)):
            if self.tally.findings.has_new([comparison], [step]):
                return keep(index) + 1, self._alone(cases[index], prefix, probes[: index + 1])
            for one in comparison.differences:
                self.tally.findings.again(step.request, one)
            if any(one.path.startswith("effects") for one in comparison.differences):
                # From here on the states are not the same.
                return keep(index + 1), False
        pairs = list(zip(first, candidate, strict=False))
        found = self._still(prefix, probes, cases, pairs, found)
        return max(keep(len(found)), 1), False

    def _still(
        self,
        prefix: tuple[RequestCase, ...],
        probes: Sequence[RequestCase],
        cases: Sequence[SessionCase],
        pairs: Sequence[tuple[Step, Step]],
        found: list[Comparison],
    ) -> list[Comparison]:
        """Give comparisons with the values that stand still on the candidate only."""
        more = self._constancy.added(
            found,
            [step for _, step in pairs],
            lambda side, number: run_each(side, prefix, probes, number=number)[1],
        )
        for index, (old, new) in enumerate(zip(found, more, strict=True)):
            for one in new.differences[len(old.differences) :]:
                self.tally.findings.collect(cases[index], len(prefix), pairs[index], one)
        return more

    def _alone(
        self, case: SessionCase, prefix: tuple[RequestCase, ...], probes: Sequence[RequestCase]
    ) -> bool:
        """Compare a probe on its own, then after each of some others, then after all of them."""
        *others, probe = probes
        few = others if len(others) <= 6 else [*others[:3], *others[-3:]]
        before = self.tally.findings.count
        for earlier in ((), *((other,) for other in few), tuple(others)):
            name = f"{case.name}, after others" if earlier else case.name
            self.compare(SessionCase(name, (*prefix, *earlier, probe), case.probe))
            if self.tally.findings.count > before:
                return True
        return False

    def _checked(
        self, runs: Sequence[Sequence[Step]], candidate: Sequence[Step]
    ) -> list[Comparison]:
        found = []
        for index, step in enumerate(candidate):
            controls = [run[index].observation for run in runs if index < len(run)]
            if not controls:
                break
            if is_identical(controls[0], step.observation):
                found.append(Comparison((), {}, tolerances_of(controls[0])))
                continue
            expectation, seen = expect(controls), observed(step.observation)
            comparison = expectation.check(seen)
            known = self._known(step.request, is_last_resort=len(runs) > 1)
            if comparison.differences and known:
                # What varied in other sessions may have stood still in this one.
                helped = expectation.check(seen, known)
                comparison = comparison if helped.differences else helped
            found.append(comparison)
        return found

    def _known(self, request: HttpRequest, *, is_last_resort: bool) -> Samples:
        # Headers are made alike for every request; bodies are known by their own address only.
        if not is_last_resort:
            return self._heads
        return {**self._heads, **self._samples.get(_place_of(request), {})}

    def _keep(self, candidate: Sequence[Step], found: Sequence[Comparison]) -> None:
        self.tally.exchanges += len(candidate)
        self.tally.served += sum(step.observation.served_by != "monolith" for step in candidate)
        for step in candidate:
            if step.observation.served_by != "monolith":
                self.tally.saw(calls_in(step.observation.effects))
        for step, comparison in zip(candidate, found, strict=False):
            self.tally.tolerated.update(comparison.tolerated)
            samples = self._samples.pop(_place_of(step.request), {})
            if comparison.noisy or samples:
                # The places seen last are kept: memory stays flat however long the tape.
                self._samples[_place_of(step.request)] = samples
                if len(self._samples) > PLACES:
                    del self._samples[next(iter(self._samples))]
            for path, values in comparison.noisy.items():
                self.tally.noisy[path] += 1
                samples[path] = [*samples.get(path, ()), *values][-SAMPLES:]
                if path.startswith(("headers/", "cookies/")):
                    self._heads[path] = [*self._heads.get(path, ()), *values][-SAMPLES:]

    def _shown(self, requests: Requests) -> set[Key]:
        """Give the differences of a session's last request, known noise aside."""
        runs = [run(self._control, requests)]
        candidate = run(self._candidate, requests)
        if len(candidate) < len(requests) or len(runs[0]) < len(requests):
            return set()
        found = self._checked(runs, candidate)
        if found[-1].differences:
            runs.append(run(self._control, requests, 1))
            found = self._checked(runs, candidate)
        shown = found[-1].differences
        self.tally.findings.offer(requests, (runs[0][-1], candidate[-1]), shown)
        return {key_of(candidate[-1].request, one) for one in shown}

    def _shows(self, key: Key, requests: Requests) -> bool:
        return key in self._shown(requests)


def _differs(found: Sequence[Comparison]) -> bool:
    return any(comparison.differences for comparison in found)


def _place_of(request: HttpRequest) -> tuple[str, str]:
    return request.method, request.path
