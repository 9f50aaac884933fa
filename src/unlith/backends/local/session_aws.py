"""A local AWS for compared sides: what the setup made, copied for each session.

The processes are workers like those of the handlers, and pinned like them, so that ids and times
that AWS gives are the same on both sides.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from urllib.parse import urlsplit

from unlith.backends.local.hosts import WorkerHost, WorkerHosts, WorkerSession
from unlith.ports import FunctionSpec, Json, Moment

MODULE = "unlith.backends.local.moto_answers"


class LocalAws:
    """The process that sessions are copied from; it starts with the first request."""

    def __init__(self, hosts: WorkerHosts, folder: Path, epoch_ns: int | None) -> None:
        self.is_there = importlib.util.find_spec("moto") is not None
        spec = FunctionSpec("aws", f"{MODULE}:handler", (), folder, epoch_ns=epoch_ns)
        self._host: WorkerHost = hosts.host(spec)
        self._warm: set[str] = set()

    def seed(self, asked: Json) -> Json:
        """Answer a request for good: every session sees what it changed."""
        if not self.is_there:
            return {}
        return _answer(self._host.seed(asked))

    def session(self) -> AwsSession:
        """Give a copy for one session."""
        return AwsSession(self)

    def copy_for(self, asked: Json) -> WorkerSession:
        """Give a copy of the process in which what answers a request is imported already."""
        url = urlsplit(str(asked["url"]))
        if url.hostname and url.hostname not in self._warm:
            self._warm.add(url.hostname)
            self._host.seed({"warm": f"{url.scheme}://{url.hostname}{url.path}"})
        return self._host.session()


class AwsSession:
    """One session's AWS; a process only once it is asked."""

    def __init__(self, aws: LocalAws) -> None:
        self._aws = aws
        self._session: WorkerSession | None = None
        self._last: Moment | None = None

    def ask(self, asked: Json, moment: Moment) -> Json:
        """Answer a request of an exchange."""
        if not self._aws.is_there:
            return {}
        if self._session is None:
            self._session = self._aws.copy_for(asked)
        # Within one exchange each answer goes on from the one before.
        is_new, self._last = moment != self._last, moment
        return _answer(self._session.invoke(asked, moment if is_new else None).answer)

    def close(self) -> None:
        """End the copy."""
        if self._session is not None:
            self._session.close()


def _answer(answer: object) -> Json:
    return answer if isinstance(answer, dict) else {}
