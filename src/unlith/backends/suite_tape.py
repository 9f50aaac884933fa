"""Makes a tape of what an app's own pytest suite asks it, while the suite runs.

Every request that a Werkzeug or Flask test client makes becomes a line, each redirect it follows
too; one session a test and client. It runs in the user's test process and imports nothing of the
app. What the tests do without a client (rows they write, ``test_request_context``) is not seen.
Source: ``werkzeug.test.Client.run_wsgi_app``, ``flask.testing.FlaskClient`` (read 2026-11).
"""

from __future__ import annotations

import functools
import glob
import hashlib
import io
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from unlith.domain.redaction import is_secret_name
from unlith.files.tape import TapeWriter
from unlith_record.lines import body_of, kept_of, told, wired
from unlith_record.recorder import asked_of
from unlith_record.redact import Redactor

BODY_LIMIT = 8 * 1024 * 1024
"""Requests with bodies above so many bytes are left out."""

TRANSACTION = (
    "session_transaction: its session cookie is valid only where SECRET_KEY is the tests' own"
)
HTTPS = "asked over https: a replay asks over http"
_SHORT = 8


class SuiteTape:
    """Patches the test clients of Werkzeug and Flask for as long as the suite runs."""

    def __init__(self, file: Path, *, is_redacted: bool) -> None:
        """Raises: UsageError: if the file cannot be written."""
        worker = os.environ.get("PYTEST_XDIST_WORKER", "")
        self._file, self._is_worker = file, bool(worker)
        self._writer = TapeWriter(file.with_name(f"{file.name}.{worker}") if worker else file)
        self._redactor = Redactor(os.urandom(32))
        self._is_redacted = is_redacted
        self._hidden = _secrets_of_environment()
        self._numbers: WeakKeyDictionary[Any, dict[str, int]] = WeakKeyDictionary()
        self._notes: WeakKeyDictionary[Any, list[str]] = WeakKeyDictionary()
        self._clients: dict[str, int] = {}
        self._undo: list[Callable[[], None]] = []
        self._parts, self._is_stopped = f"{glob.escape(file.name)}.gw*", False
        self.sessions = self.left_out = 0

    @property
    def exchanges(self) -> int:
        """Count the lines written."""
        return self._writer.written

    def start(self) -> None:
        """Begin to listen."""
        from werkzeug.test import Client

        self._patch(Client, "run_wsgi_app", self._running(Client.run_wsgi_app))
        try:
            from flask.testing import FlaskClient
        except ImportError:
            return
        original = FlaskClient.session_transaction
        self._patch(FlaskClient, "session_transaction", self._transacting(original))

    def stop(self) -> None:
        """Give the clients back as they were, take in what xdist's workers wrote, close."""
        while self._undo:
            self._undo.pop()()
        if self._is_stopped:
            return
        self._is_stopped = True
        for part in [] if self._is_worker else sorted(self._file.parent.glob(self._parts)):
            with part.open(encoding="utf-8") as lines:
                sessions = set()
                for line in lines:
                    self._writer.add(line)
                    sessions.add(json.loads(line)["session"])
            self.sessions += len(sessions)
            part.unlink()
        self._writer.close()

    # Private

    def _patch(self, owner: Any, name: str, replacement: Any) -> None:
        original = getattr(owner, name)
        setattr(owner, name, replacement)
        self._undo.append(lambda: setattr(owner, name, original))

    def _running(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def run_wsgi_app(client: Any, environ: dict[str, Any], buffered: bool = False) -> Any:
            body = _read(environ)
            before = dict(environ)  # middleware changes the environ
            seen: dict[str, Any] = {"status": 500, "headers": [], "bytes": 0}
            try:
                result = original(client, environ, buffered)
                size = result[2].get("Content-Length", 0, int)
                seen.update(status=int(result[1][:3]), headers=list(result[2]), bytes=size)
                return result
            except Exception as error:
                seen.update(error=type(error).__name__)
                raise
            finally:
                if "HTTP_COOKIE" in environ:
                    before["HTTP_COOKIE"] = environ["HTTP_COOKIE"]
                self._write(client, before, body, seen)

        return run_wsgi_app

    def _transacting(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @contextmanager
        @functools.wraps(original)
        def session_transaction(client: Any, *args: Any, **kwargs: Any) -> Iterator[Any]:
            with original(client, *args, **kwargs) as session:
                yield session
            self._notes.setdefault(client, []).append(TRANSACTION)

        return session_transaction

    def _write(
        self, client: Any, environ: dict[str, Any], body: bytes, seen: dict[str, Any]
    ) -> None:
        if len(body) > BODY_LIMIT:
            self.left_out += 1
            return
        name = self._name(client)
        notes = self._notes.pop(client, [])
        if environ.get("wsgi.url_scheme") == "https":
            notes.append(HTTPS)
        line = {
            "tape": 1,
            "session": hashlib.sha256(name.encode()).hexdigest()[:16],
            "name": name[:2000],
            "source": "pytest",
            "app": str(getattr(client.application, "import_name", "")),
            "at": round(time.time(), 3),
            "notes": notes,
            "request": self._request(environ, body),
            "answer": told(seen),
        }
        text = json.dumps({key: value for key, value in line.items() if value})
        for secret, pseudonym in self._hidden.items():
            text = text.replace(secret, pseudonym)
        self._writer.add(text + "\n")

    def _request(self, environ: dict[str, Any], body: bytes) -> dict[str, Any]:
        asked = asked_of(environ)
        headers = kept_of(asked["headers"])
        host = str(environ.get("HTTP_HOST", ""))
        if host and host.partition(":")[0] != "localhost":
            headers.append(("Host", host))
        target = asked["target"]
        if self._is_redacted:
            kind = str(environ.get("CONTENT_TYPE", ""))
            target, body = self._redactor.target(target), self._redactor.body(body, kind)
            headers = [(name, self._redactor.header(name, value)) for name, value in headers]
        return {
            "method": asked["method"],
            "target": wired(target),
            "headers": headers,
            **body_of(body),
        }

    def _name(self, client: Any) -> str:
        test = os.environ.get("PYTEST_CURRENT_TEST", "outside of tests (-)").rpartition(" ")[0]
        numbers = self._numbers.setdefault(client, {})
        if test not in numbers:
            self._clients[test] = numbers[test] = self._clients.get(test, 0) + 1
            self.sessions += 1
        return f"{test} client {numbers[test]}"


# Private


def _read(environ: dict[str, Any]) -> bytes:
    stream = environ.get("wsgi.input")
    if stream is None:
        return b""
    body: bytes = stream.read()
    environ["wsgi.input"] = io.BytesIO(body)
    return body


def _secrets_of_environment() -> dict[str, str]:
    """Give what stands in the environment under a secret's name, with what takes its place."""
    redactor = Redactor(os.urandom(32))
    return {
        json.dumps(value)[1:-1]: redactor.pseudonym(value)
        for name, value in os.environ.items()
        if is_secret_name(name) and len(value) >= _SHORT and not os.path.exists(value)
    }
