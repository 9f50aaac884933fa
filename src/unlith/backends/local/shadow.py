"""Shadow copies on this machine: the function answers too, later, and is compared.

The caller has its answer already. Copies wait in a bounded queue and are dropped when it is
full; nothing here reaches the caller. Where the answers differ, the monolith is asked again: only
what it says the same each time can differ (copies are of safe methods, which may be repeated).
Bodies and secrets are never written: the file says where answers differ, with short redacted
values.
"""

from __future__ import annotations

import json
import os
import queue
import threading
import time
from collections import Counter
from pathlib import Path

from unlith.backends.local.facade import ShadowCopy, Sides
from unlith.domain.comparison import expect
from unlith.domain.difference import Difference
from unlith.domain.exchange import Observation
from unlith.domain.gateways import Gateway
from unlith.domain.observed import observed
from unlith.domain.redaction import redacted_target
from unlith.ports import FunctionHost, Json, Reporter

QUEUE_LIMIT = 100
MORE_CONTROLS = 3
"""How many further answers of the monolith a difference must survive."""

FILE_LIMIT = 20 * 1024 * 1024
"""The file starts anew, keeping one older part, when it is larger than this many bytes."""


class ShadowQueue:
    """Runs functions on copies in one background thread."""

    def __init__(
        self,
        sides: Sides,
        gateway: Gateway,
        file: Path,
        reporter: Reporter,
    ) -> None:
        self._sides, self._gateway = sides, gateway
        self._file, self._reporter = file, reporter
        self._waiting: queue.Queue[ShadowCopy | None] = queue.Queue(QUEUE_LIMIT)
        self._dropped = 0
        self._thread = threading.Thread(target=self._work, daemon=True, name="shadow")
        self._thread.start()

    def offer(self, copy: ShadowCopy) -> None:
        """Take a copy, or drop it when too many wait."""
        try:
            self._waiting.put_nowait(copy)
        except queue.Full:
            self._dropped += 1

    def close(self) -> None:
        """Finish what waits, for a moment, and stop."""
        try:
            self._waiting.put(None, timeout=1)
            self._thread.join(timeout=5)
        except queue.Full:
            pass

    # Private

    def _work(self) -> None:
        while (copy := self._waiting.get()) is not None:
            try:
                self._one(copy)
            except Exception as error:
                # A shadow must not hurt: whatever went wrong is said and forgotten.
                self._reporter.warn(f"shadow of {copy.function}: {type(error).__name__}: {error}")

    def _one(self, copy: ShadowCopy) -> None:
        host = self._sides.functions.get(copy.function)
        if host is None:
            self._reporter.warn(f"shadow of {copy.function}: no such function")
            return
        candidate = observed(self._run(host, copy.event))
        controls = [Observation(copy.answer)]
        found = expect(controls).check(candidate).differences
        for _ in range(MORE_CONTROLS):
            if not found:
                break
            controls.append(self._run(self._sides.monolith, copy.event))
            found = expect(controls).check(candidate).differences
        self._append(copy, found)

    def _run(self, host: FunctionHost, event: Json) -> Observation:
        done = host.invoke(event)
        error = f"{done.error.type}: {done.error.message}" if done.error else ""
        answer = self._gateway.failure() if done.error else self._gateway.answer(done.answer)
        return Observation(answer, error=error)

    def _append(self, copy: ShadowCopy, found: tuple[Difference, ...]) -> None:
        line = {
            "when": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "function": copy.function,
            "version": copy.version,
            "method": copy.request.method,
            "rule": copy.rule,
            "target": redacted_target(copy.request.target),
            "dropped_before": self._dropped,
            "differences": [
                {"path": d.path, "kind": d.kind, "monolith": d.control, "function": d.candidate}
                for d in found[:20]
            ],
        }
        self._file.parent.mkdir(parents=True, exist_ok=True)
        if self._file.exists() and self._file.stat().st_size > FILE_LIMIT:
            os.replace(self._file, self._file.with_suffix(".old.jsonl"))
        handle = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(handle, "a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


def shadow_counts(file: Path) -> dict[str, dict[str, int]]:
    """Count compared and differing copies by function, from the file that is there."""
    compared: Counter[str] = Counter()
    different: Counter[str] = Counter()
    try:
        lines = file.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return {}
    for line in lines:
        try:
            read = json.loads(line)
            name, found = str(read["function"]), read["differences"]
        except (ValueError, TypeError, KeyError):
            continue  # the line being written while we read
        compared[name] += 1
        different[name] += bool(found)
    return {n: {"compared": compared[n], "different": different[n]} for n in sorted(compared)}
