"""Brings bundles, state and worker processes together to compare functions of a workspace.

Everything happens in one temporary folder below ``.unlith``; the user's files are read only.
Sides run from unpacked bundles without site-packages, so that what is compared is what ships.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import TracebackType

from unlith.backends.code_map import CodeMap, aged_cookies
from unlith.backends.local.code_tree import linked_tree, make_places, state_links, unpacked
from unlith.backends.local.hosts import WorkerHost, WorkerHosts
from unlith.backends.local.known_match import KnownMatch
from unlith.backends.local.launch import epoch_ns
from unlith.backends.local.sandbox import FileState, Snapshot, copy_file
from unlith.backends.local.scratch import scratch
from unlith.backends.local.seeding import Place, set_up
from unlith.backends.local.session_aws import LocalAws
from unlith.backends.local.sides import FacadeSide, MonolithSide
from unlith.backends.local.watching import Kit, watched_sides
from unlith.domain.cases import CaseFile, SessionCase
from unlith.domain.function import FunctionInfo
from unlith.domain.gateways import Gateway
from unlith.domain.survey import Survey
from unlith.domain.verdict import ParityResult
from unlith.errors import FunctionFailed
from unlith.files.settings import Settings
from unlith.ports import Bundle, Bundler, FunctionSpec, Reporter
from unlith.usecases.engine import Engine
from unlith.usecases.parity import Subject, parity, unanswered
from unlith.usecases.parts import Way
from unlith.usecases.plan import Asked

SETTLE_S = 2.0
"""How long threads that a request started are waited for before effects are read."""


@dataclass(frozen=True, slots=True)
class _Bench:
    """The candidate that is set up: a function with its processes and its folder."""

    function: str
    bundle: Bundle
    side: FacadeSide
    hosts: tuple[WorkerHost, ...]
    folder: Path


class Lab:
    """Compares functions with the monolith; a context manager that leaves nothing behind."""

    def __init__(
        self,
        settings: Settings,
        bundler: Bundler,
        gateway: Gateway,
        reporter: Reporter,
        survey: Callable[[], Survey] | None = None,
        *,
        watches: bool = False,
    ) -> None:
        self._watches = watches
        self._settings, self._bundler, self._survey = settings, bundler, survey
        self._gateway, self._reporter = gateway, reporter
        self._paths = settings.parity.state or (".",)
        self._hosts = WorkerHosts()
        self._epoch_ns = epoch_ns() if settings.parity.pinned else None
        self._aws = LocalAws(self._hosts, settings.root, self._epoch_ns)
        self._folder = self._states = Path()
        self._whole: Bundle | None = None
        self._control: MonolithSide | None = None
        self._bench: _Bench | None = None
        self._code: CodeMap | None = None
        self.others: tuple[SessionCase, ...] = ()
        """Sessions of other functions' cases: whose logins may be tried too."""

    def __enter__(self) -> Lab:
        """Make the folder, the seed and the control.

        Raises:
            FunctionFailed: if the app or the setup does not run.
        """
        self._settings.work.mkdir(parents=True, exist_ok=True)
        # Code beside the unpacked bundles, so that links can be made; state in memory.
        self._folder = Path(tempfile.mkdtemp(prefix="lab-", dir=self._settings.work)).resolve()
        self._states = scratch(self._folder)
        try:
            seed = self._seed()
            self._whole = self._bundler.build_whole()
            state = self._state("control")
            state.restore(seed)
            host = self._host("control", self._whole)
            self._control = MonolithSide(host, state, self._gateway, self._aws)
            self._control.prepare()
            if host.unforkable:
                self._reporter.step(f"slower: every session imports anew ({host.unforkable})")
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End every process and remove the folder."""
        self._close()

    def compare(
        self,
        function: FunctionInfo,
        cases: CaseFile,
        *,
        with_probes: bool = True,
        way: Way | None = None,
    ) -> ParityResult:
        """Compare one function over its cases; its processes stay until another's turn.

        A function that does not import is not comparable, and others are compared all the same.
        """
        assert self._control is not None
        assert self._whole is not None
        try:
            bench = self._on_bench(function)
        except FunctionFailed as failed:
            return unanswered(function.name, cases, failed)
        subject = Subject(function.name, function.routes, bench.bundle.sha256, self._whole.sha256)
        asked = self._asked(function, bench.bundle, with_probes=with_probes)
        return parity(
            subject,
            cases,
            self._control,
            bench.side,
            reporter=self._reporter,
            asked=replace(asked, way=way or Way()),
        )

    def engine(self, function: FunctionInfo) -> Engine:
        """Give what compares single sessions of a function.

        Raises:
            FunctionFailed: if the function does not import.
        """
        assert self._control is not None
        return Engine(self._control, self._on_bench(function).side)

    # Private

    def _on_bench(self, function: FunctionInfo) -> _Bench:
        if self._bench is None or self._bench.function != function.name:
            self._clear_bench()
            self._bench = self._candidate(function)
        return self._bench

    def _asked(self, function: FunctionInfo, bundle: Bundle, *, with_probes: bool) -> Asked:
        if self._survey is None:
            return Asked(with_probes, others=self.others)
        assert self._control is not None
        assert self._whole is not None
        # One for all functions: the app's code is read once.
        self._code = code = self._code or CodeMap(self._settings, self._survey())
        kit = Kit(
            self._state,
            self._host,
            self._control.base,
            self._whole,
            self._gateway,
            self._folder / "coverage",
            self._aws,
        )
        return Asked(
            with_probes,
            meter=partial(watched_sides, kit, function, bundle, code) if self._watches else None,
            expire=lambda cookies: aged_cookies(self._settings, list(cookies)),
            reads=partial(code.reads, function),
            others=self.others,
        )

    def _candidate(self, function: FunctionInfo) -> _Bench:
        assert self._control is not None
        assert self._whole is not None
        bundle = self._bundler.build_function(function.name)
        name = f"candidate-{function.name}"
        state = self._state(name)
        monolith, host = self._host(name, self._whole), self._host(name, bundle)
        try:
            state.restore(self._control.base)
            side = FacadeSide(monolith, host, function.routes, state, self._gateway, self._aws)
            if self._survey is not None:
                side.know(KnownMatch(self._survey()))
            side.prepare(self._control.base)
        except BaseException:
            monolith.close()
            host.close()
            shutil.rmtree(self._folder / name, ignore_errors=True)
            raise
        return _Bench(function.name, bundle, side, (monolith, host), self._folder / name)

    def _clear_bench(self) -> None:
        if self._bench is not None:
            self._bench.side.end()
            for host in self._bench.hosts:
                host.close()
            shutil.rmtree(self._bench.folder, ignore_errors=True)
            self._bench = None

    def _close(self) -> None:
        self._clear_bench()
        self._hosts.close()
        for folder in (self._folder, self._states):
            shutil.rmtree(folder, ignore_errors=True)

    def _state(self, side: str) -> FileState:
        folder = self._states / side / "state"
        make_places(self._paths, folder, self._settings.root)
        return FileState(folder, self._paths)

    def _host(self, side: str, bundle: Bundle) -> WorkerHost:
        settings, folder = self._settings, self._folder / side
        state = self._states / side / "state"
        code = linked_tree(
            unpacked(bundle.path, settings.work / "unpacked"),
            folder / bundle.name,
            self._links(state),
        )
        spec = replace(
            self._spec(state),
            name=bundle.name,
            handler=bundle.handler,
            paths=(code,),
            isolated=True,
            settle_s=SETTLE_S,
            exchange_s=settings.parity.exchange_s,
        )
        return self._hosts.host(spec)

    def _spec(self, state: Path) -> FunctionSpec:
        """Give what all processes have in common."""
        return FunctionSpec(
            name="setup",
            handler=self._settings.parity.setup,
            paths=(),
            cwd=state,
            environ=self._environ(state),
            timeout_s=self._settings.timeout_s,
            offline=True,
            epoch_ns=self._epoch_ns,
            records=True,
        )

    def _links(self, state: Path) -> dict[str, Path]:
        settings = self._settings
        paths = [path for path in self._paths if path != "."]
        return state_links(paths, state, settings.root, settings.sources)

    def _environ(self, state: Path) -> dict[str, str]:
        # A path into the workspace must lead to the side's state instead.
        root = str(self._settings.root)
        return {k: v.replace(root, str(state)) for k, v in self._settings.environ.items()}

    def _seed(self) -> Snapshot:
        """Give the state in which sessions begin: made by the setup, or copied."""
        settings = self._settings
        seed = self._state("seed")
        folder = self._folder / "seed"
        if settings.parity.setup:
            where = Place(folder, self._states / "seed" / "state", self._paths)
            set_up(settings, where, self._spec(where.state), self._hosts, self._aws)
        else:
            for name in FileState(settings.root, settings.parity.state).names():
                target = self._states / "seed" / "state" / name
                target.parent.mkdir(parents=True, exist_ok=True)
                copy_file(settings.root / name, target)
        return seed.snapshot()
