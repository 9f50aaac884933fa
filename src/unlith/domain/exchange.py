"""What goes to a side and what comes back: requests, answers, effects, sessions.

Pure values; no I/O. Header names keep the case they were sent in; compare them lower-cased.
"""

from __future__ import annotations

from dataclasses import dataclass

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One HTTP/1.1 request as it stands on the wire.

    ``target`` is the raw request target in origin form: percent-encoded path, and the query
    string as sent after the first ``?`` (RFC 9112, 3.2.1). ``headers`` keep order and repeats.
    """

    method: str
    target: str
    headers: Headers = ()
    body: bytes = b""

    @property
    def path(self) -> str:
        """Give the raw, still percent-encoded path."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        """Give the raw query string, without its question mark."""
        return self.target.partition("?")[2]

    def header(self, name: str, default: str = "") -> str:
        """Give the first value of a header, whatever the case of its name."""
        wanted = name.lower()
        return next((v for n, v in self.headers if n.lower() == wanted), default)


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """One HTTP response as a client gets it; ``headers`` keep order and repeats."""

    status: int
    headers: Headers = ()
    body: bytes = b""

    def header(self, name: str, default: str = "") -> str:
        """Give the first value of a header, whatever the case of its name."""
        wanted = name.lower()
        return next((v for n, v in self.headers if n.lower() == wanted), default)

    def all(self, name: str) -> tuple[str, ...]:
        """Give every value of a header in order, whatever the case of its name."""
        wanted = name.lower()
        return tuple(v for n, v in self.headers if n.lower() == wanted)


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing a run did to the world: a row, a file, a call, a mail, a request, a log line.

    ``where`` names the store and the table or path, e.g. ``shop.sqlite3:orders``; ``kind`` is
    ``insert``, ``delete``, ``file``, an operation of AWS, ``mail``, a method of HTTP or a level of
    logging; ``data`` is JSON-able: a row as a mapping, a file's digest, a call's parameters.
    """

    kind: str
    where: str
    data: object


@dataclass(frozen=True, slots=True)
class Observation:
    """What one side did with one request: the answer, the effects, or the error it died of.

    ``served_by`` is ``monolith``, or ``function`` with the route it served.
    """

    answer: HttpAnswer | None
    effects: tuple[Effect, ...] = ()
    error: str = ""
    duration_ms: float = 0.0
    served_by: str = "monolith"
