"""The values that cross the ports: what is asked for and what comes back. Plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from unlith.domain.exchange import Effect
from unlith.domain.routing import RoutingTable

Json = Mapping[str, object]

Moment = tuple[int, int]
"""Which run of a session, and which of its exchanges: what pinned clocks and dice follow."""


@dataclass(frozen=True, slots=True)
class FunctionError:
    """How an invocation failed, as Lambda reports it: error type, message and stack lines."""

    type: str
    message: str
    trace: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Invocation:
    """What one invocation gave: the handler's JSON answer or its error, its output and time.

    ``effects`` are what it did outside its state, in order, where that is recorded.
    """

    answer: object = None
    error: FunctionError | None = None
    log: str = ""
    duration_ms: float = 0.0
    effects: tuple[Effect, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """What Flask itself would do with a request.

    ``outcome`` is ``match``, or why no rule answers: ``404``, ``405`` or another code,
    ``redirect``, ``middleware`` (it answers before Flask is asked) or ``unknown`` (no Flask app);
    ``endpoint`` and ``rule`` are empty then. ``method`` is the method as Flask sees it, which
    middleware may have changed.
    """

    outcome: str
    endpoint: str = ""
    rule: str = ""
    method: str = ""


@dataclass(frozen=True, slots=True)
class FunctionSpec:
    """One handler to run: ``handler`` is ``module.name`` or ``module:name``, as Lambda has it.

    ``paths`` go first on ``sys.path``, in order. ``cwd`` is the process's working directory.
    ``environ`` is added to a minimal environment. With ``isolated`` the process sees neither
    site-packages nor the user's environment: what it needs must be in *paths* (a bundle).
    ``timeout_s`` bounds the import and each invocation, ``exchange_s`` each invocation where it
    is set. After an invocation the process waits
    up to ``settle_s`` for threads that it started. With ``offline`` connections beyond this
    machine are refused. Where ``epoch_ns`` is set clocks and randomness are pinned: it is when
    the process begins, in nanoseconds since 1970. With ``records`` what the handler does to the
    world outside is recorded and does not happen.
    """

    name: str
    handler: str
    paths: tuple[Path, ...]
    cwd: Path
    environ: Mapping[str, str] = field(default_factory=dict)
    isolated: bool = False
    timeout_s: float = 60.0
    settle_s: float = 0.0
    offline: bool = False
    exchange_s: float | None = None
    epoch_ns: int | None = None
    records: bool = False


@dataclass(frozen=True, slots=True)
class Bundle:
    """A function's zip: ``sha256`` is of the whole zip, base64 as Lambda's CodeSha256.

    ``missing`` names imports that nothing installed provides (optional ones, often).
    """

    name: str
    path: Path
    handler: str
    sha256: str
    size_bytes: int
    unzipped_bytes: int
    files: int
    modules: tuple[str, ...] = ()
    distributions: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Deployed:
    """One function as it is in the cloud."""

    name: str
    code_sha256: str
    version: str
    handler: str = ""
    modified: str = ""


@dataclass(frozen=True, slots=True)
class StoredTable:
    """A routing table as it was read, with the digest of its text."""

    table: RoutingTable
    digest: str


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One change of the routing table: who did what, when and why.

    ``when`` is UTC in ISO 8601, ``before`` and ``after`` say who served, in words.
    """

    version: int
    when: str
    who: str
    group: str
    before: str
    after: str
    reason: str = ""
    commit: str = ""

    def as_dict(self) -> dict[str, object]:
        """Give the fields as JSON values."""
        return asdict(self)
