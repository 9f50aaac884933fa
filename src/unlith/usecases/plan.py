"""Which probes a comparison sends: derived from served requests, from who asks, from the code."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from unlith.domain.cases import RequestCase, SessionCase
from unlith.domain.cookies import session_payload
from unlith.domain.identities import Identities, expired
from unlith.domain.probes import probes_of
from unlith.domain.reads import Reads
from unlith.domain.route import Route
from unlith.ports import CoverageMeter
from unlith.usecases.parts import Way
from unlith.usecases.sessions import Step

BASES = 4
"""How many requests of a route are tried as other people, or changed by what the code reads."""

MOST = 4000
"""How many probes one function gets."""

Expire = Callable[[Sequence[str]], Sequence[str | None]]
"""Gives session cookies of the same content that are over, or None for those it cannot sign."""


@dataclass(frozen=True, slots=True)
class Asked:
    """How to compare.

    ``meter`` makes what measures coverage; ``expire`` ages session cookies; ``reads`` gives what
    the routes' code reads. ``others`` are sessions of other functions, for their logins. ``way``
    says how many sessions are compared: where, and what remembers them.
    """

    with_probes: bool = True
    meter: Callable[[], CoverageMeter | None] | None = None
    expire: Expire | None = None
    reads: Callable[[], Reads] | None = None
    others: tuple[SessionCase, ...] = ()
    way: Way = field(default_factory=Way)


@dataclass(frozen=True, slots=True)
class Base:
    """A written request that the function served."""

    case: SessionCase
    index: int
    rule: str
    cookie: str

    @property
    def request(self) -> RequestCase:
        """Give the request."""
        return self.case.requests[self.index]

    @property
    def prefix(self) -> tuple[RequestCase, ...]:
        """Give the requests before it."""
        return self.case.requests[: self.index]


class Plan:
    """Collects what was served, and gives the probes."""

    def __init__(self, asked: Asked, cases: Iterable[SessionCase]) -> None:
        self._asked = asked
        self._derived: dict[tuple[RequestCase, ...], SessionCase] = {}
        self._made: set[tuple[Route, str]] = set()
        self._bases: dict[Route, list[Base]] = {}
        self._identities = Identities()
        self._identities.learn(cases)
        self._identities.learn(asked.others)
        self._not_tried: list[str] = []
        self._left_out = 0

    @property
    def not_tried(self) -> tuple[str, ...]:
        """Say which probes there were not."""
        more = f"{self._left_out} more probes: the first {MOST} were sent"
        return (*self._not_tried, *([more] if self._left_out else []))

    def take(self, case: SessionCase, steps: Sequence[Step]) -> None:
        """Note which requests of a session the function served, and derive probes of them."""
        if not self._asked.with_probes:
            return
        for index, step in enumerate(steps):
            served_by, _, route = step.observation.served_by.partition(" ")
            if served_by != "monolith":
                self._serve(case, index, step, Route.parse(route))

    def probes(self) -> tuple[SessionCase, ...]:
        """Give every probe that does not depend on what code runs, each once."""
        if self._asked.with_probes:
            self._as_others()
            self._as_expired()
        return tuple(self._derived.values())

    def bases(self) -> Iterator[Base]:
        """Yield requests to change further: the first few of each route."""
        for bases in self._bases.values():
            yield from bases

    def add(self, probe: SessionCase) -> bool:
        """Keep a probe; say whether it is a new one and there is room."""
        is_new = probe.requests not in self._derived
        if is_new and self.count >= MOST:
            self._left_out += 1
            return False
        self._derived.setdefault(probe.requests, probe)
        return is_new

    @property
    def derived(self) -> tuple[SessionCase, ...]:
        """Give every probe so far."""
        return tuple(self._derived.values())

    @property
    def count(self) -> int:
        """Count the probes."""
        return len(self._derived)

    # Private

    def _serve(self, case: SessionCase, index: int, step: Step, route: Route) -> None:
        for probe in probes_of(case, index, step.observation.answer, route, self._made):
            self.add(probe)
        bases = self._bases.setdefault(route, [])
        cookie = step.request.header("Cookie")
        is_other = all(bool(base.cookie) != bool(cookie) for base in bases)
        if len(bases) < BASES or (is_other and len(bases) < 2 * BASES):
            bases.append(Base(case, index, route.rule, cookie))

    def _as_others(self) -> None:
        count = self.count
        for base in self.bases():
            for probe in self._identities.others(base.case, base.index):
                self.add(probe)
        if self._bases and self.count == count:
            self._not_tried.append("as somebody else: the cases hold no second login or key")

    def _as_expired(self) -> None:
        if self._asked.expire is None:
            return
        values = {value for base in self.bases() for _, value in _sessions(base.cookie)}
        ordered = sorted(values)
        aged = dict(zip(ordered, self._asked.expire(ordered) if ordered else (), strict=False))
        count = self.count
        for base in self.bases():
            cookies = base.cookie
            for name, value in _sessions(cookies):
                over = aged.get(value)
                cookies = cookies.replace(f"{name}={value}", f"{name}={over}") if over else cookies
            if cookies != base.cookie:
                self.add(expired(base.case, base.index, cookies))
        if self._bases and self.count == count:
            self._not_tried.append("with an expired session: no request sent one of Flask's")


def _sessions(cookie: str) -> list[tuple[str, str]]:
    """Give name and value of each cookie that looks like Flask's session."""
    pairs = [pair.strip().partition("=") for pair in cookie.split(";")]
    return [(name, value) for name, _, value in pairs if session_payload(value) is not None]
