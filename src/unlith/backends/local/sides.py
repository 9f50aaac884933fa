"""The ``ParitySide`` port on this machine: worker processes over a state of their own.

The control is the whole monolith alone. The candidate is the facade in process: what Flask would
give to the routes under test goes to the function, everything else to a monolith that shares the
candidate's state.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from types import TracebackType

from unlith.backends.local.known_match import CheckedMatch
from unlith.backends.local.session_aws import LocalAws
from unlith.domain.exchange import HttpRequest, Observation
from unlith.domain.gateways import Arrival, Gateway
from unlith.domain.route import Route
from unlith.ports import FunctionHost, Invocation, Json, Match, Session, StateStore

ANEW = 7
"""The run in which a side's processes are imported anew: what each import makes up varies too."""

ARRIVAL = Arrival(client_address="127.0.0.1", scheme="http", port=80)


class MonolithSide:
    """The whole monolith alone."""

    def __init__(
        self,
        host: FunctionHost,
        state: StateStore,
        gateway: Gateway,
        aws: LocalAws | None = None,
    ) -> None:
        self._host, self._state, self._gateway = host, state, gateway
        self._aws, self._aws_session = aws, None if aws is None else aws.session()
        self._base: object = None
        self._run = self._exchanges = 0
        self._whole: Session | None = None

    @property
    def base(self) -> object:
        """Give the state in which every session begins."""
        return self._base

    def __enter__(self) -> MonolithSide:
        """Give itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the session's copies."""
        self.end()

    def prepare(self, base: object = None) -> None:
        """Import the handlers; sessions begin in *base* or in what the import leaves.

        Raises:
            FunctionFailed: if a handler does not import.
        """
        self._host.start()
        self._base = base if base is not None else self._state.snapshot()

    def begin(self, run: int = 0) -> None:
        """Put the state back and start fresh copies, at the moment at which a run begins."""
        self.end()
        self._run, self._exchanges = run, 0
        self._state.restore(self._base)
        self._start()
        # Where copies cannot be forked they import anew and may have written.
        self._state.changes()

    def exchange(self, request: HttpRequest) -> Observation:
        """Give what this side does with a request."""
        event = self._gateway.event(request, ARRIVAL)
        session, served_by = self._session(request)
        self._exchanges += 1
        done = session.invoke(event, (self._run, self._exchanges))
        return self._observed(done, served_by)

    def end(self) -> None:
        """End the session's copies."""
        if self._whole is not None:
            self._whole.close()
            self._whole = None
        if self._aws is not None and self._aws_session is not None:
            self._aws_session.close()
            self._aws_session = self._aws.session()

    # Private

    def _start(self) -> None:
        self._whole = self._host.session(is_anew=self._run == ANEW, outside=self._outside)

    def _outside(self, asked: Json) -> Json:
        if self._aws_session is None:
            return {}
        return self._aws_session.ask(asked, (self._run, self._exchanges))

    def _session(self, request: HttpRequest) -> tuple[Session, str]:
        assert self._whole is not None, "begin() comes first"
        return self._whole, "monolith"

    def _observed(self, done: Invocation, served_by: str) -> Observation:
        error = f"{done.error.type}: {done.error.message}" if done.error else ""
        answer = self._gateway.failure() if done.error else self._gateway.answer(done.answer)
        return Observation(
            answer=answer,
            effects=(*done.effects, *self._state.changes()),
            error=error,
            duration_ms=done.duration_ms,
            served_by=served_by,
        )


class FacadeSide(MonolithSide):
    """The function for its routes, a monolith for all others, over one state."""

    def __init__(
        self,
        host: FunctionHost,
        function: FunctionHost,
        routes: Iterable[Route],
        state: StateStore,
        gateway: Gateway,
        aws: LocalAws | None = None,
    ) -> None:
        super().__init__(host, state, gateway, aws)
        self._function_host, self._routes = function, frozenset(routes)
        self._function: Session | None = None
        self._matches = CheckedMatch(lambda _: None)

    def know(self, known: Callable[[HttpRequest], Match | None]) -> None:
        """Say who knows what Flask would do with a request, or gives None."""
        self._matches = CheckedMatch(known)

    def prepare(self, base: object = None) -> None:
        """Import the handlers; sessions begin in *base*."""
        super().prepare(base)
        self._function_host.start()

    def end(self) -> None:
        """End the session's copies."""
        super().end()
        if self._function is not None:
            with contextlib.suppress(OSError):
                self._function.close()
            self._function = None

    # Private

    def _start(self) -> None:
        super()._start()
        self._function = self._function_host.session(outside=self._outside)

    def _session(self, request: HttpRequest) -> tuple[Session, str]:
        whole, _ = super()._session(request)
        assert self._function is not None
        match = self._matches(
            request, lambda: whole.match(self._gateway.event(replace(request, body=b""), ARRIVAL))
        )
        if self._is_ours(match):
            return self._function, f"function {match.method} {match.rule}"
        return whole, "monolith"

    def _is_ours(self, match: Match) -> bool:
        if match.outcome != "match":
            return False
        if Route(match.method, match.rule) in self._routes:
            return True
        return match.method == "HEAD" and Route("GET", match.rule) in self._routes
