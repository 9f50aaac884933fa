"""Runs an app in a sandbox and notes what it does that Lambda forbids, in a process of its own.

Run as ``python -m unlith.backends.readiness.probe_child ANSWER_FILE`` with ``{"target", "paths",
"roots", "twice", "salt"}`` on standard input. Writes outside the temporary folder fail as on a
read-only file system, and no connection leaves the process: an audit hook refuses both and notes
where in the project they came from; where the kernel has Landlock it refuses them to compiled code
and other processes too. Threads that outlive the import or an answer are noted, and what modules,
classes and the temporary folder keep. Never writes a secret: values are told by salted digests.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import sys
import tempfile
import threading
import time
from types import FrameType
from typing import Any

from unlith.backends.inspect_child import load_app, own_traceback
from unlith.backends.readiness.confine import confine
from unlith.backends.readiness.probe_state import containers, moments
from unlith.backends.survey.trace_child import made_up

_ENOUGH = 16 * 1024 * 1024
_PATIENCE_S = 20.0
_CHANGES = frozenset({"os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.link", "os.symlink"})


class Sandbox:
    """Refuses and notes; *phase* says what is going on."""

    def __init__(self, roots: list[str]) -> None:
        self.roots = tuple(os.path.realpath(root) + os.sep for root in roots)
        self._writable = (os.path.realpath(tempfile.gettempdir()) + os.sep, "/tmp/", "/dev/")  # noqa: S108  # what Lambda lets write
        self.phase = "import"
        self.seen: set[tuple[str, str, str, int, str]] = set()
        self.is_on = True

    def audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Look at what Python is about to do. Raises: OSError where Lambda would."""
        if not self.is_on:
            return
        if (event == "open" and self._writes(arguments)) or (
            event in _CHANGES and self._is_ours(arguments[0])
        ):
            self._refuse("write", str(arguments[0]))
        elif event == "socket.connect" and not isinstance(arguments[1], str | bytes):
            self._note("connect", str(arguments[1]))
            raise OSError(errno.ENETUNREACH, "no network in the sandbox")
        elif event == "socket.bind" and self.phase == "import" and _has_port(arguments[1]):
            self._note("bind", str(arguments[1]))

    def threads(self, before: set[int | None]) -> None:
        """Note the threads that are alive and were not before."""
        for thread in threading.enumerate():
            # A library that patches threads may give the main thread another number.
            is_main = thread is threading.main_thread() or thread.name == "MainThread"
            if thread.ident not in before and not is_main:
                self.seen.add(("thread", self.phase, "", 0, thread.name.split("-")[0]))

    # Private

    def _writes(self, arguments: tuple[Any, ...]) -> bool:
        path, mode, flags = arguments
        wants = any(letter in (mode or "") for letter in "wax+") or (
            mode is None and bool((flags or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
        )
        return wants and self._is_ours(path)

    def _is_ours(self, path: Any) -> bool:
        if not isinstance(path, str | bytes | os.PathLike):
            return False
        full = os.path.realpath(os.fsdecode(path))
        is_cache = full.endswith(".pyc") or "__pycache__" in full or ".pyc." in full
        return not is_cache and not full.startswith(self._writable)

    def _refuse(self, kind: str, what: str) -> None:
        self._note(kind, what)
        raise OSError(errno.EROFS, "the file system is read-only in the sandbox", what)

    def _note(self, kind: str, what: str) -> None:
        frame: FrameType | None = sys._getframe(1)
        while frame is not None:
            file = os.path.realpath(frame.f_code.co_filename)
            if file.startswith(self.roots) and "site-packages" not in file:
                self.seen.add((kind, self.phase, file, frame.f_lineno, what[:200]))
                return
            frame = frame.f_back
        if self.phase == "import":
            self.seen.add((kind, self.phase, "", 0, what[:200]))


def _has_port(address: Any) -> bool:
    # Port 0 is how libraries try whether there is IPv6.
    return isinstance(address, tuple) and len(address) > 1 and bool(address[1])


def digest(app: Any, salt: str) -> str:
    """Give a digest of the secret key that tells equal from different and nothing else."""
    key = app.secret_key or ""
    text = key if isinstance(key, bytes) else str(key).encode()
    return hashlib.sha256(salt.encode() + text).hexdigest()


def settings_of(app: Any) -> dict[str, str]:
    """Give the settings' digests, to see which a request changes."""
    return {
        str(k): hashlib.sha256(repr(v).encode("utf-8", "replace")).hexdigest()[:16]
        for k, v in app.config.items()
    }


def run(job: dict[str, Any], sandbox: Sandbox) -> dict[str, Any]:
    """Import the app and send it made-up requests, all in the sandbox; twice where asked to."""
    before: set[int | None] = {thread.ident for thread in threading.enumerate()}
    app, _ = load_app(job["target"])
    sandbox.threads(before)
    roots, salt = sandbox.roots, job["salt"]
    answer: dict[str, Any] = {
        "secret": digest(app, salt) if app.secret_key else "",
        "moments": [[*key, value] for key, value in moments(roots, salt).items()],
    }
    before = {thread.ident for thread in threading.enumerate()}
    kept = settings_of(app)
    answer["answers"] = [serve(app, sandbox)]
    if job.get("twice"):
        held = containers(roots, salt)
        answer["answers"].append(serve(app, sandbox))
        now = containers(roots, salt)
        answer["kept"] = [[*key] for key in now if key in held and held[key] != now[key]]
    sandbox.phase = "serving"
    sandbox.threads(before)
    answer["changed"] = sorted(k for k, v in settings_of(app).items() if kept.get(k) != v)
    answer["left"] = sorted(os.listdir(tempfile.gettempdir()))
    return answer


def serve(app: Any, sandbox: Sandbox) -> dict[str, list[Any]]:
    """Send one GET for each rule, none with a cookie of another; give what each answered.

    By path: the status, a digest of the body, its size in bytes and the seconds it took.
    """
    found: dict[str, list[Any]] = {}
    client = app.test_client(use_cookies=False)
    for method, path in made_up(app):
        if method != "GET":
            continue
        sandbox.phase = f"{method} {path}"
        started = time.perf_counter()
        with contextlib.suppress(Exception, SystemExit):
            response = client.open(path, method=method)
            size, made = 0, hashlib.sha256()
            for part in response.response:
                data = part.encode() if isinstance(part, str) else part
                size += len(data)
                made.update(data)
                if size > _ENOUGH or time.perf_counter() - started > _PATIENCE_S:
                    break
            response.close()
            took = round(time.perf_counter() - started, 1)
            found[path] = [response.status_code, made.hexdigest()[:24], size, took]
    return found


def main() -> None:
    """Read the job, run it in the sandbox, write what was seen."""
    job = json.load(sys.stdin)
    folder = os.path.dirname(os.path.abspath(sys.argv[1]))
    with open(sys.argv[1], "x", encoding="utf-8") as answer_file:
        sys.stdout = sys.stderr
        sys.argv = [job["target"]]
        sys.path[:0] = job["paths"]
        sys.dont_write_bytecode = True
        tempfile.tempdir = tempfile.mkdtemp(prefix="unlith-probe-", dir=folder)
        sandbox = Sandbox(job["roots"])
        refused = confine([tempfile.tempdir, "/tmp", "/dev"])  # noqa: S108  # what Lambda lets write
        sys.addaudithook(sandbox.audit)
        try:
            answer = {"ok": run(job, sandbox)}
        except BaseException as error:
            said = f"{type(error).__name__}: {error}"
            answer = {"ok": {"failed": said, "traceback": own_traceback(error)}}
        sandbox.is_on = False
        answer["ok"]["seen"] = sorted(sandbox.seen)
        answer["ok"]["refused"] = refused
        json.dump(answer, answer_file)
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
