"""What the use cases need from outside, as Protocols. No implementation is named here.

``backends`` implements them, ``bootstrap`` brings both together, ``tests/fakes.py`` fakes them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Protocol

from unlith.domain.exchange import Effect
from unlith.domain.extraction import Carried
from unlith.domain.function import FunctionInfo, Level
from unlith.domain.routing import RoutingTable
from unlith.domain.survey import Survey, SurveyedRule

Json = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class FunctionError:
    """How an invocation failed, as Lambda reports it: error type, message and stack lines."""

    type: str
    message: str
    trace: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Invocation:
    """What one invocation gave: the handler's JSON answer or its error, its output and time."""

    answer: object = None
    error: FunctionError | None = None
    log: str = ""
    duration_ms: float = 0.0


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
    ``timeout_s`` bounds the import and each invocation. After an invocation the process waits
    up to ``settle_s`` for threads that it started.
    """

    name: str
    handler: str
    paths: tuple[Path, ...]
    cwd: Path
    environ: Mapping[str, str] = field(default_factory=dict)
    isolated: bool = False
    timeout_s: float = 60.0
    settle_s: float = 0.0


class AppInspector(Protocol):
    """Imports the user's app in a process of its own and says what it is made of."""

    def inspect(self) -> Survey:
        """Give the survey. Raises: AppImportFailed; UsageError for a wrong target."""
        ...


class Session(Protocol):
    """A run of exchanges in one fresh, warm copy of the function's process."""

    def invoke(self, event: Json) -> Invocation:
        """Call the handler with an event."""
        ...

    def match(self, method: str, path: str, query: str, host: str) -> Match:
        """Say which rule Flask would choose, in this copy (whole handlers only)."""
        ...

    def close(self) -> None:
        """End this copy; never raises, may be called twice."""
        ...


class FunctionHost(Protocol):
    """Runs one handler in a process of its own, kept warm between invocations."""

    def start(self) -> None:
        """Import the handler. Raises: FunctionFailed with the handler's own traceback."""
        ...

    def invoke(self, event: Json) -> Invocation:
        """Call the handler with an event; what it raises is in the Invocation, never raised."""
        ...

    def match(self, method: str, path: str, query: str, host: str) -> Match:
        """Say which rule Flask would choose (whole handlers only). *path* is percent-encoded.

        Raises: FunctionFailed if the process died.
        """
        ...

    def call(self) -> Invocation:
        """Call the handler without arguments, in a copy that ends afterwards."""
        ...

    def session(self) -> Session:
        """Give a copy of the process as it was after import, for one session of exchanges."""
        ...

    def close(self) -> None:
        """End the process; never raises, may be called twice."""
        ...


class HostFactory(Protocol):
    """Makes hosts."""

    def host(self, spec: FunctionSpec) -> FunctionHost:
        """Give a host for a handler; nothing is started yet."""
        ...


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


class Bundler(Protocol):
    """Builds reproducible zips."""

    def build_function(self, name: str) -> Bundle:
        """Build the zip of one function in ``extracted/``."""
        ...

    def build_whole(self) -> Bundle:
        """Build the zip of the whole monolith behind the adapter."""
        ...


@dataclass(frozen=True, slots=True)
class Deployed:
    """One function as it is in the cloud."""

    name: str
    code_sha256: str
    version: str
    handler: str = ""
    modified: str = ""


class Cloud(Protocol):
    """Where functions are deployed to."""

    def describe(self, name: str) -> Deployed | None:
        """Give the function as it is, or None. Raises: OutsideError."""
        ...

    def put(self, name: str, bundle: Bundle, environ: Mapping[str, str]) -> Deployed:
        """Create the function or update its code, and publish a version. Raises: OutsideError."""
        ...


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


class TableStore(Protocol):
    """Keeps the routing table and its journal."""

    def read(self) -> StoredTable:
        """Give the table. Raises: ConfigError."""
        ...

    def write(self, table: RoutingTable, *, expected: str, entry: JournalEntry) -> StoredTable:
        """Replace the table whose digest was *expected*. Raises: Conflict."""
        ...

    def journal(self) -> tuple[JournalEntry, ...]:
        """Give all entries, oldest first."""
        ...


class Clock(Protocol):
    """Knows the time, and who works here."""

    def now(self) -> str:
        """Give the time in UTC, ISO 8601 with seconds."""
        ...

    def who(self) -> str:
        """Give the user's name."""
        ...

    def commit(self) -> str:
        """Give the checked-out commit, or an empty text."""
        ...


class StateStore(Protocol):
    """The state a side writes to: SQLite files and other files below some paths.

    A *snapshot* is an opaque token for the state as it was.
    """

    def snapshot(self) -> object:
        """Remember the state as it is now."""
        ...

    def restore(self, snapshot: object) -> None:
        """Put the state back to a snapshot."""
        ...

    def effects_since(self, snapshot: object) -> tuple[Effect, ...]:
        """Give what was written since a snapshot: row and file deltas in a stable order."""
        ...


class Reporter(Protocol):
    """Tells the user what goes on, on standard error; never data."""

    def step(self, message: str) -> None:
        """Say that something was done or is being done."""
        ...

    def warn(self, message: str) -> None:
        """Say something the user should know."""
        ...

    def progress(self, items: Iterable[object], *, total: int, label: str) -> Iterable[object]:
        """Pass items through, showing how far it is on anything over a second."""
        ...


class Carrier(Protocol):
    """Turns a route of the app into the files of a function, or into reasons against it."""

    def carry(
        self, survey: Survey, rules: tuple[SurveyedRule, ...], name: str, level: Level
    ) -> Carried:
        """Give the files; with blockers there are none. Writes nothing."""
        ...


class FunctionShelf(Protocol):
    """Keeps the extracted functions."""

    def functions(self) -> tuple[FunctionInfo, ...]:
        """Give every function. Raises: ConfigError."""
        ...

    def names(self) -> tuple[str, ...]:
        """Give every name that is taken, be it by a function or by another folder."""
        ...

    def put(self, info: FunctionInfo, files: Mapping[str, str]) -> tuple[str, ...]:
        """Write a function, all or nothing, and give what was written, relative to the root.

        Raises: AlreadyExtracted; OutsideError.
        """
        ...
