"""Puts what an app is asked on a tape while it serves: ``app = Recorder(app, sink)``.

It never slows or fails the app: exchanges wait in a bounded queue for one background thread that
redacts and writes them; what does not fit is dropped and counted, what goes wrong is counted.
Nothing is read that the app does not read. On Lambda, which freezes the process the moment the
answer is given, each exchange is written before that instead.
The lines' form: docs/reference/tape.md. WSGI: PEP 3333 (https://peps.python.org/pep-3333/).
"""

from __future__ import annotations

import atexit
import contextlib
import os
import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import quote

from unlith_record.lines import Lines, to_file
from unlith_record.redact import Redactor

Sink = Callable[[str], object]


class Counts:
    """What became of the exchanges: ``taped``, ``skipped`` (not in the sample), and so on."""

    def __init__(self) -> None:
        self.taped = self.skipped = self.dropped = self.failed = self.too_large = 0


class Taping:
    """Takes exchanges from any thread and writes them from one; also without WSGI."""

    def __init__(
        self, lines: Lines, sink: Sink | str, *, waiting: int = 1000, is_inline: bool = False
    ) -> None:
        self.counts = Counts()
        self._lines, self._waiting, self._is_inline = lines, waiting, is_inline
        self._sink: Sink = to_file(sink) if isinstance(sink, str) else sink
        self._lock, self._pid = threading.Lock(), -1
        self._queue: queue.Queue[dict[str, Any] | None] = queue.Queue(waiting)
        self._writer: threading.Thread | None = None

    def offer(self, exchange: dict[str, Any]) -> None:
        """Take an exchange, or drop it where too many wait; never waits, never raises."""
        if self._is_inline:
            with self._lock:
                self._write(exchange)
            return
        try:
            if self._pid != os.getpid():
                self._start()
            self._queue.put_nowait(exchange)
        except queue.Full:
            self.counts.dropped += 1
        except Exception:
            self.counts.failed += 1

    def close(self, wait_s: float = 5.0) -> Counts:
        """Write what waits, for so long at most, and give the counts."""
        writer, self._writer, self._pid = self._writer, None, -1
        if writer is not None and writer.is_alive():
            with contextlib.suppress(queue.Full):
                self._queue.put(None, timeout=wait_s)
            writer.join(wait_s)
        return self.counts

    # Private

    def _start(self) -> None:
        with self._lock:
            if self._pid != os.getpid():  # a fork has the queue, but not the thread
                self._queue = queue.Queue(self._waiting)
                self._writer = threading.Thread(target=self._run, args=(self._queue,), daemon=True)
                self._writer.start()
                self._pid = os.getpid()
                atexit.register(self.close)

    def _run(self, waiting: queue.Queue[dict[str, Any] | None]) -> None:
        while (exchange := waiting.get()) is not None:
            self._write(exchange)

    def _write(self, exchange: dict[str, Any]) -> None:
        try:
            line = self._lines.line(exchange)
            if line:
                self._sink(line)
                self.counts.taped += 1
            else:
                self.counts.skipped += 1
        except Exception:  # a full disk is no reason to stop serving
            self.counts.failed += 1


class Recorder:
    """A WSGI app that serves another one and offers each exchange to the tape.

    Args:
        app: the WSGI callable.
        sink: a file's path, or what takes a line (with its line feed): ``print``, a client.
        key: what pseudonyms are made with, 16 bytes or more; a random one where not given.
        share_pct: how many percent of the clients are recorded, each with all it asks.
        paths: what else is private in JSON, forms and queries: ``/user/*/name``.
        max_body: bodies above so many bytes are not kept; the exchange is left out and counted.
    """

    def __init__(
        self,
        app: Callable[..., Iterable[bytes]],
        sink: Sink | str,
        *,
        key: bytes = b"",
        share_pct: float = 100.0,
        paths: Iterable[str] = (),
        max_body: int = 64 * 1024,
    ) -> None:
        is_frozen = "AWS_LAMBDA_FUNCTION_NAME" in os.environ
        self._app, self._max_body = app, max_body
        redactor = Redactor(key or os.urandom(32), paths)
        self.taping = Taping(Lines(redactor, share_pct), sink, is_inline=is_frozen)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Serve; the app sees the same environ but for an input that remembers."""
        asked = asked_of(environ)
        seen: dict[str, Any] = {"status": 0, "headers": [], "bytes": 0}
        environ["wsgi.input"] = heard = _Input(environ["wsgi.input"], self._max_body)

        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            seen.update(status=int(status[:3]), headers=list(headers))
            return start_response(status, headers, *error)

        def done() -> None:
            if heard.size > self._max_body:
                self.taping.counts.too_large += 1
            else:
                self.taping.offer({**asked, "body": b"".join(heard.parts), "answer": seen})

        try:
            result = self._app(environ, start)
        except BaseException as error:
            seen.update(status=500, error=type(error).__name__)
            done()
            raise
        if isinstance(result, list | tuple):
            seen["bytes"] = sum(map(len, result))
        if isinstance(result, list | tuple | environ.get("wsgi.file_wrapper", tuple)):
            done()  # handed on as it is: servers treat these in ways of their own
            return result
        return _Output(result, seen, done)


def asked_of(environ: dict[str, Any]) -> dict[str, Any]:
    """Give what an environ asks, without its body: method, target, headers, who, when."""
    prefix = environ.get("SCRIPT_NAME", "")
    target = environ.get("RAW_URI") or environ.get("REQUEST_URI") or ""
    if not target.startswith("/"):
        path = prefix + environ.get("PATH_INFO", "")
        query = environ.get("QUERY_STRING", "")
        target = quote(path.encode("latin-1"), safe="/:@!$&'()*+,;=~") or "/"
        target += f"?{query}" if query else ""
    headers = [
        (name[5:].replace("_", "-").title(), str(value))
        for name, value in environ.items()
        if name.startswith("HTTP_")
    ]
    if environ.get("CONTENT_TYPE"):
        headers.append(("Content-Type", environ["CONTENT_TYPE"]))
    return {
        "method": environ["REQUEST_METHOD"],
        "target": target.removeprefix(prefix) if target.startswith(f"{prefix}/") else target,
        "headers": headers,
        "who": f"{environ.get('REMOTE_ADDR')} {environ.get('HTTP_USER_AGENT')}",
        "at": time.time(),
    }


# Private


class _Input:
    """The request's body, remembered as far as the app reads it and as it may be kept."""

    def __init__(self, stream: Any, limit: int) -> None:
        self._stream, self._limit = stream, limit
        self.parts: list[bytes] = []
        self.size = 0

    def read(self, *size: int) -> bytes:
        return self._heard(self._stream.read(*size))

    def readinto(self, buffer: Any) -> int:  # what Werkzeug asks for, where there is one
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def readline(self, *size: int) -> bytes:
        return self._heard(self._stream.readline(*size))

    def readlines(self, *hint: int) -> list[bytes]:
        return [self._heard(line) for line in self._stream.readlines(*hint)]

    def __iter__(self) -> Iterator[bytes]:
        return map(self._heard, self._stream)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def _heard(self, data: bytes) -> bytes:
        self.size += len(data)
        if self.size <= self._limit:
            self.parts.append(data)
        return data


class _Output:
    """The answer's body as the app gives it; the exchange is over when the server closes it."""

    def __init__(self, result: Iterable[bytes], seen: dict[str, Any], done: Any) -> None:
        self._result, self._parts, self._seen, self._done = result, iter(result), seen, done

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            part = next(self._parts)
        except StopIteration:
            self._finish()
            raise
        self._seen["bytes"] += len(part)
        return part

    def close(self) -> None:
        try:
            if hasattr(self._result, "close"):
                self._result.close()
        finally:
            self._finish()

    def _finish(self) -> None:
        done, self._done = self._done, lambda: None
        done()
