"""The pytest plugin for users: ``--unlith-parity``, ``--unlith-record``, ``unlith_parity``.

pytest loads it in every run, so nothing of unlith is imported before it is asked for. With the
option each session in the workspace's parity cases is a test; the fixture compares sessions
that a test makes up. Processes end with the test run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from unlith.backends.local.lab import Lab
    from unlith.bootstrap import Workspace
    from unlith.domain.cases import CaseFile, SessionCase
    from unlith.domain.verdict import ParityResult

__all__ = ["ParityCheck", "unlith_parity"]

SHOWN = 10
"""How many differences a failure shows."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("unlith", "unlith: the monolith's answer and the function's")
    group.addoption(
        "--unlith-parity",
        action="store_true",
        help="collect parity cases (tests/parity/FUNCTION.toml): a test for each session",
    )
    group.addoption(
        "--unlith-no-probes",
        action="store_true",
        help="send the written requests only, not those derived from them",
    )
    group.addoption(
        "--unlith-record",
        metavar="FILE",
        help="write every request of the tests' clients to a tape: unlith parity --tape FILE",
    )
    group.addoption(
        "--unlith-record-redact",
        action="store_true",
        help="put pseudonyms for passwords, tokens, cookies, mail addresses on that tape",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Keep what this run opens, to close it at the end; begin to record where asked."""
    config.stash[_BENCH] = _Bench()
    if config.getoption("--unlith-record", None):
        from unlith.backends.suite_plugin import register
        from unlith.errors import UnlithError

        try:
            register(config)
        except UnlithError as error:
            raise pytest.UsageError(_said(error)) from None


def pytest_unconfigure(config: pytest.Config) -> None:
    """End every process that was started."""
    bench = config.stash.get(_BENCH, None)
    if bench is not None:
        bench.close()


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect the case files of a workspace."""
    config = parent.config
    if file_path.suffix != ".toml" or not config.getoption("--unlith-parity"):
        return None
    workspace = config.stash[_BENCH].workspace(file_path.parent)
    if workspace is None:
        return None
    cases = workspace.settings.root / workspace.settings.parity.cases
    if file_path.parent.resolve() != cases.resolve():
        return None
    file: ParityFile = ParityFile.from_parent(parent, path=file_path)
    return file


class ParityFile(pytest.File):
    """One case file; its function is its stem."""

    def collect(self) -> Iterator[ParityItem]:
        """Yield a test for each session."""
        from unlith.errors import UnlithError
        from unlith.files.parity_toml import read_cases

        try:
            (cases,) = read_cases([self.path], self.config.rootpath)
        except UnlithError as error:
            raise self.CollectError(_said(error)) from None
        for number, session in enumerate(cases.sessions):
            item: ParityItem = ParityItem.from_parent(self, name=f"{number + 1} {session.name}")
            item.cases, item.session_case = cases, session
            yield item


class ParityItem(pytest.Item):
    """One session on both sides, with the probes derived from it."""

    cases: CaseFile
    session_case: SessionCase

    def runtest(self) -> None:
        """Compare; fail on a difference, or where there is no answer."""
        config = self.config
        result = config.stash[_BENCH].compare(
            self.path.parent,
            self.cases.function,
            self.session_case,
            with_probes=not config.getoption("--unlith-no-probes"),
        )
        if result.exit_code:
            raise ParityFailure(readable(result))

    def repr_failure(
        self, excinfo: pytest.ExceptionInfo[BaseException], style: object = None
    ) -> str:
        """Give the differences, or the error, without a traceback of unlith."""
        from unlith.errors import UnlithError

        if isinstance(excinfo.value, UnlithError):
            return _said(excinfo.value)
        if isinstance(excinfo.value, ParityFailure):
            return str(excinfo.value)
        return str(super().repr_failure(excinfo))

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Say where this test is written."""
        return self.path, None, f"parity: {self.cases.function}: {self.session_case.name}"


class ParityFailure(AssertionError):
    """The sides differ, or could not be compared."""


class ParityCheck:
    """Compares one function with the monolith over sessions that a test makes up."""

    def __init__(self, bench: _Bench, folder: Path, function: str) -> None:
        self._bench, self._folder, self._function = bench, folder, function

    def session(
        self,
        requests: Iterable[Mapping[str, object]],
        *,
        name: str = "a test's session",
        with_probes: bool = False,
        check: bool = True,
    ) -> ParityResult:
        """Run a session on both sides; give the result and, unless told not to, assert sameness.

        A request is a mapping with the keys of a case file: ``target``, ``method``, ``headers``,
        ``json``, ``form``, ``body``, ``body_base64``, ``save``.

        Raises:
            ParityFailure: if the sides differ or cannot be compared.
        """
        __tracebackhide__ = True
        from unlith.files.parity_toml import session_from

        result = self._bench.compare(
            self._folder, self._function, session_from(requests, name), with_probes=with_probes
        )
        if check and result.exit_code:
            raise ParityFailure(readable(result))
        return result


class ParityMaker:
    """What the fixture gives: ``unlith_parity("function").session([...])``."""

    def __init__(self, bench: _Bench, folder: Path) -> None:
        self._bench, self._folder = bench, folder

    def __call__(self, function: str) -> ParityCheck:
        """Give what compares one function."""
        return ParityCheck(self._bench, self._folder, function)


@pytest.fixture
def unlith_parity(request: pytest.FixtureRequest) -> ParityMaker:
    """Compare sessions on both sides: ``unlith_parity("function").session([{...}, ...])``."""
    return ParityMaker(request.config.stash[_BENCH], request.path.parent)


def readable(result: ParityResult) -> str:
    """Give a result's differences as lines that a person can read in ten seconds each."""
    lines = [
        f"{result.function}: {result.verdict}: {len(result.differences)} differences in "
        f"{result.exchanges} exchanges ({result.served} by the function)"
    ]
    for one in result.differences[:SHOWN]:
        lines += [
            "",
            f"{one.kind} at {one.path} ({one.count} times), request {one.step} of “{one.session}”",
            f"  {one.request}",
            f"  monolith: {one.control}",
            f"  function: {one.candidate}",
            *(f"  $ {line}" for line in one.curl.splitlines()),
        ]
    if len(result.differences) > SHOWN:
        lines += ["", f"and {len(result.differences) - SHOWN} more"]
    lines += [f"not comparable: {reason}" for reason in result.reasons]
    return "\n".join(lines)


# Private


class _Bench:
    """Workspaces and labs of one test run, made when first needed."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._workspaces: dict[Path, Workspace] = {}
        self._labs: dict[Path, Lab] = {}

    def workspace(self, folder: Path) -> Workspace | None:
        """Give the workspace around a folder, or None where there is none."""
        from unlith.bootstrap import Workspace
        from unlith.errors import UsageError
        from unlith.files.settings import find_root

        try:
            root = find_root(folder)
        except UsageError:
            return None
        if root not in self._workspaces:
            self._workspaces[root] = Workspace.around(root, _Silent())
        return self._workspaces[root]

    def compare(
        self, folder: Path, function: str, session: SessionCase, *, with_probes: bool
    ) -> ParityResult:
        """Compare a function over one session."""
        from unlith.domain.cases import CaseFile
        from unlith.errors import UsageError

        workspace = self.workspace(folder)
        if workspace is None:
            raise UsageError(f"no [tool.unlith] in a pyproject.toml in {folder} or above")
        root = workspace.settings.root
        info = workspace.function(function)
        if root not in self._labs:
            self._labs[root] = self._stack.enter_context(workspace.lab())
        cases = CaseFile(function, str(folder), (session,))
        return self._labs[root].compare(info, cases, with_probes=with_probes)

    def close(self) -> None:
        """End every lab."""
        self._stack.close()


class _Silent:
    """The ``Reporter`` port under pytest, which reports by itself."""

    def step(self, message: str) -> None:
        """Say nothing."""

    def warn(self, message: str) -> None:
        """Say nothing."""

    def progress(self, items: Iterable[object], *, total: int, label: str) -> Iterable[object]:
        """Pass items through."""
        return items


_BENCH = pytest.StashKey[_Bench]()


def _said(error: object) -> str:
    parts = [f"error: {error}", *(str(getattr(error, n, "")) for n in ("detail", "hint"))]
    return "\n\n".join(part for part in parts if part)
