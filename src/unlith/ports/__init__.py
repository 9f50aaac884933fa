"""What the use cases need from outside, as Protocols. No implementation is named here.

``backends`` implements them and ``bootstrap`` brings both together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

from unlith.domain.coverage import Coverage
from unlith.domain.exchange import Effect, HttpRequest, Observation
from unlith.domain.extraction import Carried
from unlith.domain.function import FunctionInfo, Level
from unlith.domain.routing import RoutingTable
from unlith.domain.survey import Survey, SurveyedRule
from unlith.domain.targets.proof import Truth
from unlith.ports.values import (
    Bundle,
    Deployed,
    FunctionError,
    FunctionSpec,
    Invocation,
    JournalEntry,
    Json,
    Match,
    Moment,
    StoredTable,
)

__all__ = [
    "AppInspector",
    "Bundle",
    "Bundler",
    "Carrier",
    "Clock",
    "Cloud",
    "CoverageMeter",
    "Deployed",
    "FlaskMatcher",
    "FunctionError",
    "FunctionHost",
    "FunctionShelf",
    "FunctionSpec",
    "HostFactory",
    "Invocation",
    "JournalEntry",
    "Json",
    "Match",
    "Moment",
    "ParitySide",
    "Reporter",
    "Session",
    "StateStore",
    "StoredTable",
    "TableStore",
]


class AppInspector(Protocol):
    """Imports the user's app in a process of its own and says what it is made of."""

    def inspect(self) -> Survey:
        """Give the survey. Raises: AppImportFailed; UsageError for a wrong target."""
        ...


class FlaskMatcher(Protocol):
    """Asks the app itself how it matches, in a process of its own."""

    def match(self, requests: Sequence[tuple[str, str]]) -> tuple[str, tuple[Truth, ...]]:
        """Give the subdomain or host, and how matching each method and decoded path ends.

        Raises: AppImportFailed; UsageError for a wrong target.
        """
        ...


class Session(Protocol):
    """A run of exchanges in one fresh, warm copy of the function's process."""

    def invoke(self, event: Json, moment: Moment = (0, 0)) -> Invocation:
        """Call the handler with an event, at a moment of the pinned clock."""
        ...

    def match(self, event: Json) -> Match:
        """Say which rule Flask would choose for an event, in this copy (whole handlers only)."""
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

    def match(self, event: Json) -> Match:
        """Say which rule Flask would choose for an event (whole handlers only).

        Raises: FunctionFailed if the process died.
        """
        ...

    def call(self) -> Invocation:
        """Call the handler without arguments, in a copy that ends afterwards."""
        ...

    def session(
        self, *, is_anew: bool = False, outside: Callable[[Json], Json] | None = None
    ) -> Session:
        """Give a copy of the process as it was after import, for one session of exchanges.

        With *is_anew* the handler is imported once more, under another hash seed. *outside*
        answers what the handler asks of AWS.
        """
        ...

    def close(self) -> None:
        """End the process; never raises, may be called twice."""
        ...


class HostFactory(Protocol):
    """Makes hosts."""

    def host(self, spec: FunctionSpec) -> FunctionHost:
        """Give a host for a handler; nothing is started yet."""
        ...


class Bundler(Protocol):
    """Builds reproducible zips."""

    def build_function(self, name: str) -> Bundle:
        """Build the zip of one function in ``extracted/``."""
        ...

    def build_whole(self) -> Bundle:
        """Build the zip of the whole monolith behind the adapter."""
        ...


class Cloud(Protocol):
    """Where functions are deployed to."""

    def describe(self, name: str) -> Deployed | None:
        """Give the function as it is, or None. Raises: OutsideError."""
        ...

    def put(self, name: str, bundle: Bundle, environ: Mapping[str, str]) -> Deployed:
        """Create the function or update its code, and publish a version. Raises: OutsideError."""
        ...


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


class CoverageMeter(Protocol):
    """Says which branches of a route's code ran when sessions are run on its sides."""

    @property
    def sides(self) -> tuple[ParitySide, ...]:
        """Give the sides to run sessions on; the monolith's is the first."""
        ...

    def seen(self) -> int:
        """Give a number that grows when the monolith runs what it did not run before."""
        ...

    def report(self) -> Coverage:
        """Give what ran so far."""
        ...

    def close(self) -> None:
        """End the sides' processes; never raises."""
        ...


class StateStore(Protocol):
    """The state a side writes to: SQLite files and other files below some paths.

    A *snapshot* is an opaque token for the state as it was; another store of the same paths can
    be restored to it too.
    """

    def snapshot(self) -> object:
        """Remember the state as it is now."""
        ...

    def restore(self, snapshot: object) -> None:
        """Put the state back to a snapshot; nobody may have its files open."""
        ...

    def changes(self) -> tuple[Effect, ...]:
        """Give what was written since the last restore or the last call, in a stable order.

        Raises: OutsideError if the state cannot be read.
        """
        ...


class ParitySide(Protocol):
    """One side of a comparison: the same state before each session, fresh processes."""

    def begin(self, run: int = 0) -> None:
        """Put the state back and start fresh copies. Raises: FunctionFailed; OutsideError."""
        ...

    def exchange(self, request: HttpRequest) -> Observation:
        """Give what this side does with a request. Raises: OutsideError; FunctionFailed."""
        ...

    def end(self) -> None:
        """End the session's copies; never raises."""
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

    def put(
        self, info: FunctionInfo, files: Mapping[str, str], old: FunctionInfo | None = None
    ) -> tuple[str, ...]:
        """Write a function, all or nothing, in *old*'s place with its edits, and give the files.

        Raises: AlreadyExtracted; EditedByHand; OutsideError.
        """
        ...
