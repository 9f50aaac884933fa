"""The parent's end of a worker: starts it, asks it for copies, talks to each copy.

Nothing here is shared between threads without a lock: an environment does one thing at a time,
and commands to the process that forks are serialised. Ends of sockets and pipes that children
must not have are never inherited (Python's default), so that cutting a lifeline is seen at once.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from unlith.backends.local.launch import environ_of, pins_of
from unlith.backends.local.wire import Gone, Log, Wire
from unlith.domain.exchange import Effect
from unlith.errors import FunctionFailed
from unlith.ports import FunctionError, FunctionSpec, Invocation, Json, Moment

Outside = Callable[[Any], Json]
"""Answers what a process asks for while it carries out a command."""

SCRIPT = Path(__file__).with_name("worker.py")
PAYLOAD_LIMIT = 6_291_556
"""The most bytes an event or an answer may have as JSON (AWS: 6 MB for synchronous calls)."""

HUNG_S = 2.0
"""How long a handler that hung before is waited for, at least, where exchanges are bounded."""

PATIENCE = 3
"""How many invocations may leave threads running before they are no longer waited for."""


class Patience:
    """How long the invocations of one handler are waited for; less after one hung.

    A handler that hangs once mostly hangs again: a comparison has its difference by then, and
    must not wait the whole time limit for each of its other requests.
    """

    def __init__(self, spec: FunctionSpec) -> None:
        self.limit_s = spec.exchange_s or spec.timeout_s
        self._is_bounded = spec.exchange_s is not None
        self._longest_s = 0.0

    def took(self, seconds: float) -> None:
        """Note how long an answer took."""
        self._longest_s = max(self._longest_s, seconds)

    def ran_out(self) -> None:
        """Note that there was no answer in time."""
        if self._is_bounded:
            self.limit_s = min(self.limit_s, max(HUNG_S, 10 * self._longest_s))


class Worker:
    """The process that imported the handler."""

    def __init__(self, spec: FunctionSpec) -> None:
        self._spec, self._lock = spec, threading.Lock()
        self.log, self._wire = Log(), Wire()
        self.unforkable = ""
        self.settle_s, self._left = spec.settle_s, 0
        self._process = self._spawn()
        self._wire.handed_over()
        try:
            self._import()
        except BaseException:
            self.close()
            raise

    def unsettled(self) -> None:
        """Note that threads outlived the wait; those that never end are not waited for again."""
        self._left += 1
        if self._left >= PATIENCE:
            self.settle_s = 0.0

    def fork(self, wire: Wire, log: Log) -> int:
        """Make a copy that talks over another wire; give its process id. Raises: Gone."""
        descriptors = (*wire.descriptors, log.descriptor)
        with self._lock:
            answer = self._wire.ask(b'{"do":"fork"}', self._spec.timeout_s, descriptors)
        return int(str(answer["pid"]))

    def reap(self, pid: int) -> int | None:
        """Wait for a copy that has ended; give its exit code, negative for a signal."""
        with self._lock, contextlib.suppress(Gone, TimeoutError):
            answer = self._wire.ask(json.dumps({"do": "reap", "pid": pid}).encode(), 10.0)
            return int(str(answer["status"]))
        return None

    def ask(self, data: bytes, timeout_s: float) -> Json:
        """Let the process itself do something. Raises: Gone; TimeoutError."""
        return self._wire.ask(data, timeout_s)

    def close(self) -> int:
        """End the process; give its exit code."""
        self._wire.cut()
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        status = self._process.wait()
        with contextlib.suppress(OSError):
            self.log.close()
        return status

    # Private

    def _spawn(self) -> subprocess.Popen[bytes]:
        spec, (connection, lifeline) = self._spec, self._wire.descriptors
        # -P: the script's folder must not be importable. -S, -s: neither must site-packages.
        flags = ["-P", "-S", "-s"] if spec.isolated else ["-P"]
        try:
            return subprocess.Popen(
                [sys.executable, *flags, "-u", str(SCRIPT), str(connection), str(lifeline)],
                cwd=spec.cwd,
                env=environ_of(spec),
                stdin=subprocess.DEVNULL,
                stdout=self.log.descriptor,
                stderr=self.log.descriptor,
                pass_fds=(connection, lifeline),
                start_new_session=True,
            )
        except OSError as error:
            raise FunctionFailed(f"cannot start a process for {spec.name}: {error}") from None

    def _import(self) -> None:
        spec = self._spec
        job = {
            "name": spec.name,
            "handler": spec.handler,
            "paths": [str(path) for path in spec.paths],
            "timeout_s": spec.timeout_s,
            "offline": spec.offline,
            "pins": pins_of(spec),
            "records": spec.records,
        }
        try:
            answer = self._wire.ask(json.dumps(job).encode(), spec.timeout_s)
        except TimeoutError:
            raise FunctionFailed(
                f"{spec.name} did not import within {spec.timeout_s:g} s", detail=self.log.take()
            ) from None
        except Gone:
            output = self.log.take()
            raise FunctionFailed(
                f"{spec.name} ended its process at import", detail=output.rstrip()
            ) from None
        if "error" in answer:
            error = error_of(answer["error"])
            raise FunctionFailed(
                f"{spec.name} does not import: {error.type}: {error.message}",
                hint="the output below is the handler's own",
                detail=("".join(error.trace) + self.log.take()).rstrip(),
            )
        self.unforkable = str(answer["unforkable"])


class Environment:
    """One execution environment: a copy of a worker, or a worker of its own.

    It does one thing at a time. After ``is_alive`` turned false it must only be closed.
    """

    def __init__(
        self, worker: Worker, spec: FunctionSpec, patience: Patience, *, is_own: bool
    ) -> None:
        self._worker, self._spec, self._is_own = worker, spec, is_own
        self._patience = patience
        self.outside: Outside = nobody
        self.is_alive = True
        self._ask = worker.ask
        self._log, self._pid = worker.log, 0
        if not is_own:
            self._wire, self._log = Wire(), Log()
            try:
                self._pid = worker.fork(self._wire, self._log)
            except BaseException:
                self._wire.cut()
                self._log.close()
                raise
            finally:
                self._wire.handed_over()
            self._ask = self._ask_copy

    def invoke(self, event: Json, moment: Moment | None = (0, 0)) -> Invocation:
        """Call the handler with an event, at a moment of the pinned clock."""
        settle_s = self._worker.settle_s
        asked = {"do": "invoke", "event": event, "settle_s": settle_s, "moment": moment}
        data = json.dumps(asked).encode()
        if len(data) > PAYLOAD_LIMIT:
            message = f"Request must be smaller than {PAYLOAD_LIMIT} bytes"
            return Invocation(error=FunctionError("RequestTooLarge", message))
        return self.do(data)

    def do(self, data: bytes) -> Invocation:
        """Carry out a command whose answer is an invocation's."""
        started, limit_s = time.monotonic(), self._patience.limit_s
        try:
            answer = self._ask(data, limit_s)
            while "ask" in answer:
                reply = json.dumps(self.outside(answer["ask"])).encode()
                answer = self._ask(reply, max(limit_s - (time.monotonic() - started), 0.1))
        except (TimeoutError, Gone) as error:
            return self._failed(error, limit_s, (time.monotonic() - started) * 1000)
        self._patience.took(time.monotonic() - started)
        if answer.get("left"):
            self._worker.unsettled()
        return Invocation(
            answer=answer.get("answer"),
            error=error_of(answer["error"]) if "error" in answer else None,
            log=self._log.take(),
            duration_ms=float(str(answer.get("ms", 0.0))),
            effects=effects_of(answer.get("effects")),
        )

    def ask(self, data: bytes) -> Json:
        """Carry out a command of another kind. Raises: FunctionFailed."""
        try:
            return self._ask(data, self._spec.timeout_s)
        except (TimeoutError, Gone) as error:
            failed = self._failed(error, self._spec.timeout_s, 0.0)
            said = failed.error.message if failed.error else ""
            raise FunctionFailed(f"{self._spec.name}: {said}", detail=failed.log) from None

    def close(self) -> int | None:
        """End the copy; give its exit code, or None where nobody knows it."""
        if not self.is_alive:
            return None
        self.is_alive = False
        if self._is_own:
            return self._worker.close()
        self._wire.cut()
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._pid, signal.SIGKILL)
        status = self._worker.reap(self._pid)
        self._log.close()
        return status

    # Private

    def _ask_copy(self, data: bytes, timeout_s: float) -> Json:
        return self._wire.ask(data, timeout_s)

    def _failed(self, error: Exception, limit_s: float, took_ms: float) -> Invocation:
        log = self._log.take()
        if isinstance(error, TimeoutError):
            self.close()
            self._patience.ran_out()
            message = f"Task timed out after {limit_s:.2f} seconds"
            return Invocation(
                error=FunctionError("Sandbox.Timedout", message), log=log, duration_ms=took_ms
            )
        status = self.close()
        if status is None or status == 0:
            message = "Runtime exited without providing a reason"
        elif status < 0:
            message = f"Runtime exited with error: signal: {_signal_name(-status)}"
        else:
            message = f"Runtime exited with error: exit status {status}"
        return Invocation(
            error=FunctionError("Runtime.ExitError", message), log=log, duration_ms=took_ms
        )


def nobody(asked: object) -> Json:
    """Answer nothing to what a process asks."""
    return {}


def effects_of(told: object) -> tuple[Effect, ...]:
    """Give effects as a worker told them."""
    assert told is None or isinstance(told, list)
    return tuple(Effect(one["kind"], one["where"], one["data"]) for one in told or ())


def error_of(told: object) -> FunctionError:
    """Give an error as a worker told it."""
    assert isinstance(told, Mapping)
    trace = tuple(str(line) for line in told.get("trace", ()))
    return FunctionError(str(told["type"]), str(told["message"]), trace)


def _signal_name(number: int) -> str:
    return (signal.strsignal(number) or str(number)).lower()
