"""The ``FunctionHost`` port over worker processes, with Lambda's concurrency.

An environment serves one invocation at a time; when all are busy another one is made, as a copy
of the process as it was after import. Where copies would not be independent (threads, open files
or connections after import) each environment imports the handler anew.
"""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from dataclasses import replace

from unlith.backends.local.environments import Environment, Outside, Patience, Worker, nobody
from unlith.backends.local.wire import Gone
from unlith.errors import FunctionFailed
from unlith.ports import FunctionError, FunctionSpec, Invocation, Json, Match, Moment

LIMIT = 64
"""How many environments one host has at most; further calls wait for one of them."""


class WorkerHost:
    """Runs one handler; any number of threads may use it at once."""

    def __init__(self, spec: FunctionSpec) -> None:
        self.spec = spec
        self._worker: Worker | None = None
        self._patience = Patience(spec)
        self._starting = threading.Lock()
        self._idle: list[Environment] = []
        self._all: set[Environment] = set()
        self._changed = threading.Lock()
        self._slots = threading.BoundedSemaphore(LIMIT)
        self._is_closed = False

    def start(self) -> None:
        """Import the handler.

        Raises:
            FunctionFailed: with the handler's own traceback in *detail*.
        """
        with self._starting:
            if self._is_closed:
                raise FunctionFailed(f"{self.spec.name} is shut down")
            if self._worker is None:
                self._worker = Worker(self.spec)

    @property
    def unforkable(self) -> str:
        """Say why environments are not made by copying, or nothing."""
        return self._worker.unforkable if self._worker else ""

    def invoke(self, event: Json) -> Invocation:
        """Call the handler with an event; its errors and its end are in the answer."""
        try:
            with self._environment() as environment:
                return environment.invoke(event)
        except FunctionFailed as failed:
            trace = tuple(failed.detail.splitlines(keepends=True))
            return Invocation(error=FunctionError("Runtime.InitError", failed.message, trace))

    def match(self, event: Json) -> Match:
        """Say which rule Flask would choose.

        Raises:
            FunctionFailed: if the process cannot start or died.
        """
        with self._environment() as environment:
            return matched(environment, event)

    def call(self, outside: Outside | None = None) -> Invocation:
        """Call the handler without arguments, in a copy that ends afterwards."""
        environment = self._new()
        environment.outside = outside or nobody
        try:
            return environment.do(b'{"do":"call"}')
        finally:
            self._end(environment)

    def session(self, *, is_anew: bool = False, outside: Outside | None = None) -> WorkerSession:
        """Give a fresh copy for one session of exchanges, or an import of its own.

        Raises:
            FunctionFailed: if the handler does not import.
        """
        outside = outside or nobody
        if not is_anew:
            return WorkerSession(self, self._new(), outside)
        spec = replace(self.spec, environ={**self.spec.environ, "PYTHONHASHSEED": "1"})
        made = Environment(Worker(spec), spec, self._patience, is_own=True)
        return WorkerSession(self, self._kept(made), outside)

    def seed(self, event: Json) -> object:
        """Call the handler in the process that copies are made of; give its answer or None.

        Raises:
            FunctionFailed: if the handler does not import or the process ended.
        """
        self.start()
        assert self._worker is not None
        data = json.dumps({"do": "invoke", "event": event}).encode()
        try:
            return self._worker.ask(data, self.spec.timeout_s).get("answer")
        except (Gone, TimeoutError):
            raise FunctionFailed(f"{self.spec.name}: its process ended") from None

    def environment(self) -> Environment:
        """Give a fresh environment, which the caller ends.

        Raises:
            FunctionFailed: if the handler does not import.
        """
        return self._new()

    def end(self, environment: Environment) -> None:
        """End one environment."""
        self._end(environment)

    def close(self) -> None:
        """End every process; never raises, may be called twice."""
        with self._starting:
            self._is_closed = True
        with self._changed:
            environments, self._all, self._idle = self._all, set(), []
        for environment in environments:
            environment.close()
        if self._worker is not None:
            self._worker.close()
            self._worker = None

    # Private

    @contextlib.contextmanager
    def _environment(self) -> Iterator[Environment]:
        with self._slots:
            with self._changed:
                environment = self._idle.pop() if self._idle else None
            environment = environment or self._new()
            try:
                yield environment
            finally:
                with self._changed:
                    is_kept = environment.is_alive and environment in self._all
                    if is_kept:
                        self._idle.append(environment)
                if not is_kept:
                    self._end(environment)

    def _new(self) -> Environment:
        self.start()
        return self._kept(self._made())

    def _kept(self, environment: Environment) -> Environment:
        with self._changed:
            if not self._is_closed:
                self._all.add(environment)
                return environment
        environment.close()
        raise FunctionFailed(f"{self.spec.name} is shut down")

    def _made(self) -> Environment:
        for _ in range(2):
            worker = self._worker
            if worker is None:
                break
            if worker.unforkable:
                return Environment(Worker(self.spec), self.spec, self._patience, is_own=True)
            try:
                return Environment(worker, self.spec, self._patience, is_own=False)
            except (Gone, TimeoutError):
                # The process that forks is gone, e.g. killed for its memory: import anew.
                with self._starting:
                    if self._worker is worker and not self._is_closed:
                        worker.close()
                        self._worker = Worker(self.spec)
        raise FunctionFailed(f"{self.spec.name}: its process cannot be copied")

    def _end(self, environment: Environment) -> None:
        with self._changed:
            self._all.discard(environment)
        environment.close()


class WorkerSession:
    """The ``Session`` port: one environment that nobody else uses.

    Where a request ended its environment, the next one gets another, as on Lambda.
    """

    def __init__(self, host: WorkerHost, environment: Environment, outside: Outside) -> None:
        self._host, self._environment, self._outside = host, environment, outside
        environment.outside = outside

    def invoke(self, event: Json, moment: Moment | None = (0, 0)) -> Invocation:
        """Call the handler with an event, at a moment of the pinned clock."""
        return self._alive().invoke(event, moment)

    def match(self, event: Json) -> Match:
        """Say which rule Flask would choose."""
        return matched(self._alive(), event)

    def _alive(self) -> Environment:
        if not self._environment.is_alive:
            self._host.end(self._environment)
            self._environment = self._host.environment()
            self._environment.outside = self._outside
        return self._environment

    def close(self) -> None:
        """End the copy."""
        self._host.end(self._environment)


class WorkerHosts:
    """The ``HostFactory`` port: makes hosts and ends all of them together."""

    def __init__(self) -> None:
        self._made: list[WorkerHost] = []

    def host(self, spec: FunctionSpec) -> WorkerHost:
        """Give a host for a handler; nothing is started yet."""
        made = WorkerHost(spec)
        self._made.append(made)
        return made

    def close(self) -> None:
        """End every process of every host."""
        for host in self._made:
            host.close()
        self._made.clear()


def matched(environment: Environment, event: Json) -> Match:
    """Ask an environment which rule Flask would choose."""
    answer = environment.ask(json.dumps({"do": "match", "event": event}).encode())["match"]
    assert isinstance(answer, dict)
    return Match(**answer)
