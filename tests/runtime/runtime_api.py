"""A small Lambda Runtime API on loopback, and AWS's own client running a handler against it.

Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html (read 2026-11-21).
"""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any

ROOT = Path(__file__).parents[2]
TIMEOUT_S = 60


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the runtime posted for one invocation: ``response`` or ``error``, and its JSON."""

    kind: str
    payload: Any
    raw: bytes
    request_id: str = ""


@dataclass
class RuntimeApi:
    """Hands out events, collects what comes back; ends the runtime it started."""

    handler: str
    environ: dict[str, str] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)

    def __enter__(self) -> RuntimeApi:
        """Start the API and awslambdaric."""
        self._events: queue.Queue[tuple[str, bytes] | None] = queue.Queue()
        self._outcomes: queue.Queue[Outcome] = queue.Queue()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._routes())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        paths = [str(ROOT / name) for name in ("adapters", "tests")]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "awslambdaric", self.handler],
            env={
                "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self._server.server_port}",
                "AWS_LAMBDA_FUNCTION_NAME": "shop",
                "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
                "LAMBDA_TASK_ROOT": str(ROOT / "tests"),
                "PYTHONPATH": os.pathsep.join(paths),
                "PATH": os.environ["PATH"],
                **self.environ,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop both."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self.log = self._process.communicate()[0].decode()
        self._events.put(None)
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def invoke(self, event: Any) -> Outcome:
        """Give the outcome of one invocation."""
        self._events.put(("id-1", json.dumps(event).encode()))
        return self._outcomes.get(timeout=TIMEOUT_S)

    def invoke_all(self, events: list[Any]) -> list[Outcome]:
        """Give the outcomes of invocations that any worker may take at any time, in order."""
        for number, event in enumerate(events):
            self._events.put((f"id-{number}", json.dumps(event).encode()))
        found = [self._outcomes.get(timeout=TIMEOUT_S) for _ in events]
        return sorted(found, key=lambda outcome: int(outcome.request_id.removeprefix("id-")))

    def _routes(self) -> type[BaseHTTPRequestHandler]:
        api = self

        class Routes(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

            def do_GET(self) -> None:
                api.calls.append(self.path.rpartition("runtime/")[2])
                found = None
                if self.path.endswith("/invocation/next"):
                    found = api._events.get()
                    if found is None:
                        api._events.put(None)  # for the other workers
                        self.close_connection = True
                        return
                self.send_response(200)
                body = b""
                if found is not None:
                    self.send_header("Lambda-Runtime-Aws-Request-Id", found[0])
                    self.send_header("Lambda-Runtime-Deadline-Ms", "9999999999999")
                    self.send_header("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:x")
                    self.send_header("Content-Type", "application/json")
                    body = found[1]
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self) -> None:
                if self.headers.get("Transfer-Encoding") == "chunked":
                    raw = b""
                    while size := int(self.rfile.readline(), 16):
                        raw += self.rfile.read(size)
                        self.rfile.readline()
                    self.rfile.readline()
                else:
                    raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                request_id, kind = self.path.split("/")[-2:]
                api.calls.append(self.path.rpartition("runtime/")[2])
                outcome = Outcome(kind, json.loads(raw or b"null"), raw, request_id)
                api._outcomes.put(outcome)
                self.send_response(202)
                self.send_header("Content-Length", "0")
                self.end_headers()

        return Routes
