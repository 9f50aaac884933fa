"""What stands in front of both sides on this machine: one decision a request, one answer.

Each request becomes the event a gateway would send; the surveyed rules, or the whole monolith
where they cannot, say which rule Flask would choose; the routing table says who serves it. Any
doubt is answered by the monolith. A request is never tried again on the other side: it may have
written something.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from unlith.domain.cohort import cohort_key
from unlith.domain.exchange import HttpAnswer, HttpRequest
from unlith.domain.gateways import Arrival, Gateway
from unlith.domain.routing import Decision, RoutingTable, Side
from unlith.errors import FunctionFailed
from unlith.ports import FunctionHost, Invocation, Json, Match, Reporter

SIDE_HEADER = "X-Unlith-Side"
TABLE_HEADER = "X-Unlith-Table"
SAFE = frozenset({"GET", "HEAD"})


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
    """The whole monolith and the functions by name.

    ``known`` says which rule Flask would choose where that is sure without asking.
    """

    monolith: FunctionHost
    functions: Mapping[str, FunctionHost]
    known: Callable[[HttpRequest], Match | None] | None = None


class Facade:
    """Answers requests by the routing table; any number of threads may ask."""

    def __init__(
        self,
        sides: Sides,
        tables: Tables,
        gateway: Gateway,
        reporter: Reporter,
        *,
        shadow: Shadow | None = None,
        is_debugging: bool = False,
    ) -> None:
        self._sides, self._tables, self._gateway = sides, tables, gateway
        self._reporter, self._shadow, self._is_debugging = reporter, shadow, is_debugging
        self._out: set[tuple[str, int]] = set()
        self._lock = threading.Lock()

    def answer(self, request: HttpRequest, client_address: str) -> HttpAnswer:
        """Give the answer of the side that the table says; never raises."""
        table = self._tables.current()
        arrival = Arrival(client_address=client_address, scheme="http", port=port_of(request))
        event = self._gateway.event(request, arrival)
        match = self._match(request, arrival)
        decision = self._decide(table, match, request, client_address)
        host, served_by = self._host(decision)
        done = _within(self._gateway.limit_s, host, event)
        if done is None:
            return self._late(served_by, request)
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

    def _match(self, request: HttpRequest, arrival: Arrival) -> Match:
        known = self._sides.known(request) if self._sides.known is not None else None
        if known is not None:
            return known
        try:
            # Which rule it is does not depend on the body: do not send it twice.
            return self._sides.monolith.match(
                self._gateway.event(replace(request, body=b""), arrival)
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
        if decision.side is Side.FUNCTION and not self._is_out(decision):
            function = self._sides.functions.get(decision.function)
            if function is None:
                self._put_out(decision, "there is no such function in extracted/")
            else:
                try:
                    function.start()
                    return function, f"function:{decision.function}"
                except FunctionFailed as failed:
                    self._put_out(decision, f"{failed.message}\n{failed.detail}".rstrip())
        return self._sides.monolith, "monolith"

    def _is_out(self, decision: Decision) -> bool:
        return (decision.function, decision.version) in self._out

    def _put_out(self, decision: Decision, reason: str) -> None:
        mark = (decision.function, decision.version)
        with self._lock:
            is_new = mark not in self._out
            self._out.add(mark)
        if is_new:
            self._reporter.warn(
                f"until the table changes or this is started again, the monolith serves what "
                f"{decision.function} should serve: {reason}"
            )

    def _answer(self, done: Invocation, served_by: str, request: HttpRequest) -> HttpAnswer:
        if done.error is None:
            if done.log:
                self._reporter.step(done.log.rstrip())
            return self._gateway.answer(done.answer)
        error = done.error
        lines = "".join(error.trace) + done.log
        where = f"{request.method} {request.path}"
        self._reporter.warn(f"{served_by} failed on {where}: {error.type}: {error.message}")
        if lines:
            self._reporter.step(lines.rstrip())
        return self._too_large() if error.type == "RequestTooLarge" else self._gateway.failure()

    def _late(self, served_by: str, request: HttpRequest) -> HttpAnswer:
        self._reporter.warn(
            f"{served_by} gave no answer to {request.method} {request.path} within "
            f"{self._gateway.limit_s:g} s: the gateway gives up, the function runs on"
        )
        return self._gateway.late()

    def _too_large(self) -> HttpAnswer:
        headers = (("Content-Type", "application/json"),)
        return HttpAnswer(413, headers, b'{"message":"Request Too Long"}')


def _within(limit_s: float | None, host: FunctionHost, event: Json) -> Invocation | None:
    """Call a handler; give None where it takes longer than the gateway waits."""
    if limit_s is None:
        return host.invoke(event)
    given: list[Invocation] = []
    thread = threading.Thread(target=lambda: given.append(host.invoke(event)), daemon=True)
    thread.start()
    thread.join(limit_s)
    return given[0] if given else None


def port_of(request: HttpRequest) -> int:
    """Give the port that the client addressed."""
    port = request.header("host").rpartition(":")[2]
    return int(port) if port.isascii() and port.isdigit() and len(port) < 6 else 80
