"""What stands in front of both sides on this machine: one decision a request, one answer.

Each request becomes the event a gateway would send; the whole monolith says which rule Flask
itself would choose; the routing table says who serves that rule. Any doubt is answered by the
monolith. A request is never tried again on the other side: it may have written something.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from unlith.domain.cohort import cohort_key
from unlith.domain.exchange import HttpAnswer, HttpRequest
from unlith.domain.routing import Decision, RoutingTable, Side
from unlith.errors import FunctionFailed
from unlith.ports import FunctionHost, Invocation, Json, Match, Reporter

SIDE_HEADER = "X-Unlith-Side"
TABLE_HEADER = "X-Unlith-Table"
SAFE = frozenset({"GET", "HEAD"})


class EventShape(Protocol):
    """How one kind of gateway puts a request into an event and takes the answer out."""

    def event(self, request: HttpRequest, *, client_address: str) -> Json:
        """Give the event for a request."""
        ...

    def answer(self, result: object) -> HttpAnswer:
        """Give what the client gets for a handler's result."""
        ...


class Tables(Protocol):
    """Gives the routing table in force."""

    def current(self) -> RoutingTable:
        """Give the table that decides this request."""
        ...


@dataclass(frozen=True, slots=True)
class ShadowCopy:
    """A request that the monolith has answered and that a function is to answer too."""

    function: str
    version: int
    rule: str
    request: HttpRequest
    event: Json
    answer: HttpAnswer


class Shadow(Protocol):
    """Takes copies; never waits, never fails."""

    def offer(self, copy: ShadowCopy) -> None:
        """Take a copy, or drop it when there are too many."""
        ...


@dataclass(frozen=True, slots=True)
class Sides:
    """The whole monolith and the functions by name."""

    monolith: FunctionHost
    functions: Mapping[str, FunctionHost]


class Facade:
    """Answers requests by the routing table; any number of threads may ask."""

    def __init__(
        self,
        sides: Sides,
        tables: Tables,
        shape: EventShape,
        reporter: Reporter,
        *,
        shadow: Shadow | None = None,
        is_debugging: bool = False,
    ) -> None:
        self._sides, self._tables, self._shape = sides, tables, shape
        self._reporter, self._shadow, self._is_debugging = reporter, shadow, is_debugging
        self._said: set[tuple[str, int]] = set()
        self._lock = threading.Lock()

    def answer(self, request: HttpRequest, client_address: str) -> HttpAnswer:
        """Give the answer of the side that the table says; never raises."""
        table = self._tables.current()
        match = self._match(request)
        decision = self._decide(table, match, request, client_address)
        host, served_by = self._host(decision)
        event = self._shape.event(request, client_address=client_address)
        done = host.invoke(event)
        answer = self._answer(done, served_by, request)
        if decision.is_shadowed and self._shadow and request.method in SAFE and not done.error:
            copy = ShadowCopy(
                decision.function, decision.version, match.rule, request, event, answer
            )
            self._shadow.offer(copy)
        if not self._is_debugging:
            return answer
        said = ((SIDE_HEADER, served_by), (TABLE_HEADER, str(table.version)))
        return HttpAnswer(answer.status, (*answer.headers, *said), answer.body)

    # Private

    def _match(self, request: HttpRequest) -> Match:
        try:
            return self._sides.monolith.match(
                request.method, request.path, request.query, request.header("host")
            )
        except FunctionFailed as failed:
            self._reporter.warn(f"the monolith could not say its rule: {failed.message}")
            return Match("unknown")

    def _decide(
        self, table: RoutingTable, match: Match, request: HttpRequest, client_address: str
    ) -> Decision:
        method = match.method or request.method
        group = table.serving(method, match.rule) if match.rule else None
        key = cohort_key(group.cohort, request, client_address) if group else ""
        return table.decide(method, match.rule, key)

    def _host(self, decision: Decision) -> tuple[FunctionHost, str]:
        if decision.side is Side.FUNCTION:
            function = self._sides.functions.get(decision.function)
            reason = "there is no such function in extracted/"
            if function is not None:
                try:
                    function.start()
                except FunctionFailed as failed:
                    reason = f"{failed.message}\n{failed.detail}".rstrip()
                else:
                    return function, f"function:{decision.function}"
            self._warn_once(decision, reason)
        return self._sides.monolith, "monolith"

    def _warn_once(self, decision: Decision, reason: str) -> None:
        mark = (decision.function, decision.version)
        with self._lock:
            is_new = mark not in self._said
            self._said.add(mark)
        if is_new:
            self._reporter.warn(
                f"the monolith serves what {decision.function} should serve: {reason}"
            )

    def _answer(self, done: Invocation, served_by: str, request: HttpRequest) -> HttpAnswer:
        if done.error is None:
            return self._shape.answer(done.answer)
        error = done.error
        lines = "".join(error.trace) + done.log
        where = f"{request.method} {request.path}"
        self._reporter.warn(f"{served_by} failed on {where}: {error.type}: {error.message}")
        if lines:
            self._reporter.step(lines.rstrip())
        return failed_answer(error.type)


def failed_answer(error_type: str) -> HttpAnswer:
    """Give what a gateway answers for an invocation that failed."""
    too_large = error_type == "RequestTooLarge"
    body = (
        b'{"message":"Request Too Long"}' if too_large else b'{"message":"Internal Server Error"}'
    )
    return HttpAnswer(413 if too_large else 502, (("Content-Type", "application/json"),), body)
