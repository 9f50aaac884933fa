"""The errors of the toolkit, each with an exit code and a hint.

* UnlithError
  * UsageError          2  what was asked cannot be asked like this
  * ConfigError         2  a file of the user holds mistakes, all of them listed
  * RouteNotFound       2  the app has no such route
  * AppImportFailed     3  the user's app does not import or cannot be made
  * AlreadyExtracted    1  a folder of that name is there
  * EditedByHand        1  files of a function that cannot be merged
  * ExtractionRefused   1  blockers, each with file and line
  * IllegalTransition   1  the routing table does not allow that change
  * Conflict            1  a file changed underneath
  * PortInUse           3  another process listens there
  * FunctionFailed      3  a worker died or did not answer
  * OutsideError        3  AWS or the network said no

Exit codes: 0 done or yes; 1 the answer is no; 2 you; 3 the world.
A difference, a blocker, drift are values. An error means "could not answer".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a file: where it is and what is wrong."""

    file: str
    key: str
    message: str
    line: int | None = None

    def __str__(self) -> str:
        """Say the place first, as compilers do."""
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.key}: {self.message}" if self.key else f"{place}: {self.message}"


class UnlithError(Exception):
    """The root: everything unlith raises on purpose."""

    exit_code = 3

    def __init__(self, message: str, *, hint: str = "", detail: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.detail = detail


class UsageError(UnlithError):
    """What was asked cannot be asked like this."""

    exit_code = 2


class ConfigError(UnlithError):
    """One or more files of the user hold mistakes; all of them are in *problems*."""

    exit_code = 2

    def __init__(self, problems: Iterable[Problem], *, hint: str = "") -> None:
        self.problems = tuple(problems)
        first = self.problems[0]
        if len(self.problems) == 1:
            super().__init__(str(first), hint=hint)
        else:
            listed = "\n".join(f"  {problem}" for problem in self.problems)
            super().__init__(f"{len(self.problems)} problems in {first.file}", hint=hint)
            self.detail = listed


class RouteNotFound(UnlithError):
    """The app has no such route."""

    exit_code = 2


class AppImportFailed(UnlithError):
    """The user's app does not import or cannot be made; *detail* is the app's own traceback."""

    exit_code = 3


class AlreadyExtracted(UnlithError):
    """The route has a function already, or the folder is taken."""

    exit_code = 1


class EditedByHand(UnlithError):
    """Files of a function were edited, and writing it again would lose that; all are listed."""

    exit_code = 1

    def __init__(self, function: str, edits: Iterable[str], *, hint: str = "") -> None:
        self.edits = tuple(edits)
        detail = "\n".join(f"  {edit}" for edit in self.edits)
        super().__init__(
            f"cannot write {function} again: edits by hand would be lost", hint=hint, detail=detail
        )


class ExtractionRefused(UnlithError):
    """The route cannot be extracted as it is; *blockers* say why, each with file and line."""

    exit_code = 1

    def __init__(self, message: str, blockers: Iterable[str], *, hint: str = "") -> None:
        self.blockers = tuple(blockers)
        super().__init__(message, hint=hint, detail="\n".join(f"  {b}" for b in self.blockers))


class NothingToReplay(UnlithError):
    """What was recorded holds no request of the app; *detail* counts what was left out."""

    exit_code = 1


class IllegalTransition(UnlithError):
    """The routing table does not allow that change."""

    exit_code = 1


class Conflict(UnlithError):
    """A file changed underneath; nothing was written."""

    exit_code = 1


class PortInUse(UnlithError):
    """Another process listens on that port."""

    exit_code = 3


class FunctionFailed(UnlithError):
    """A function's worker could not start, died, or did not answer in time."""

    exit_code = 3


class OutsideError(UnlithError):
    """AWS, the network or the file system said no."""

    exit_code = 3

    def __init__(self, service: str, operation: str, code: str, message: str) -> None:
        self.service, self.operation, self.code = service, operation, code
        super().__init__(f"{service} {operation}: {code}: {message}")
