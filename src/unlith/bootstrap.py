"""The one place where ports meet backends: a workspace and everything made for it, on demand."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from unlith.backends import report_page, stages
from unlith.backends.bundler import WHOLE, ZipBundler
from unlith.backends.carrier.carrier import FileCarrier
from unlith.backends.case_files import CaseFiles
from unlith.backends.clock import SystemClock
from unlith.backends.flask_inspector import FlaskInspector
from unlith.backends.function_shelf import FolderShelf
from unlith.backends.local.lab import Lab
from unlith.backends.local.server import HttpServer
from unlith.backends.local.serving import SHADOW_FILE, Served, Serving, facade_server
from unlith.backends.local.shadow import shadow_counts
from unlith.backends.local.stage import LOCAL, LocalStage
from unlith.backends.local.tap import Tap
from unlith.backends.parity_pool import ParityEngine
from unlith.backends.parity_records import ParityRecords
from unlith.backends.readiness.rules import all_rules
from unlith.backends.remote_stage import Here, RemoteStage
from unlith.backends.skeleton import FileSkeleton, guess_app
from unlith.backends.survey import picture
from unlith.backends.surveyor import Surveyor
from unlith.backends.table_store import FileTableStore
from unlith.domain.function import FunctionInfo
from unlith.domain.gateways import GATEWAYS
from unlith.domain.route import Route
from unlith.domain.survey import Survey
from unlith.domain.survey_report import FullSurvey
from unlith.domain.survey_route import RouteFacts
from unlith.domain.verdict import ParityResult
from unlith.errors import UsageError
from unlith.files.settings import Settings, find_root, given_target, has_settings, read_settings
from unlith.files.survey_json import full_to_file
from unlith.ports import Bundle, Deployed, Reporter, TableStore
from unlith.usecases import deploy as deploy_usecase
from unlith.usecases import extract as extract_usecase
from unlith.usecases import init as init_usecase
from unlith.usecases import report as report_usecase
from unlith.usecases import routing as routing_usecase
from unlith.usecases import status as status_usecase
from unlith.usecases import survey as survey_usecase
from unlith.usecases.survey import Asked


def init(root: Path, app: str | None, sources: Sequence[str]) -> init_usecase.Made:
    """Make a workspace in a folder, guessing the app and its source root where not told."""
    if has_settings(root):
        there = read_settings(root).app
        if app is not None and app != there:
            raise UsageError(
                f"the app of this workspace is {there!r} already",
                hint="change app in [tool.unlith] of pyproject.toml",
            )
        app = there
    guessed_sources: tuple[str, ...] = ()
    if app is None:
        app, guessed = guess_app(root)
        guessed_sources = (guessed,)
    return init_usecase.init(
        given_target(app), tuple(sources) or guessed_sources or (".",), FileSkeleton(root)
    )


def rule_titles() -> dict[str, str]:
    """Give the title of each readiness rule by its id."""
    return {rule.id: rule.title for rule in all_rules()}


def drawn(facts: RouteFacts) -> str:
    """Give a route's closure as SVG."""
    return picture.draw(facts)


@dataclass(frozen=True)
class Workspace:
    """A user's project as unlith sees it."""

    settings: Settings
    reporter: Reporter

    @classmethod
    def around(cls, folder: Path, reporter: Reporter) -> Workspace:
        """Give the workspace that a folder lies in.

        Raises:
            UsageError: if there is none.
            ConfigError: if its settings are malformed.
        """
        settings = read_settings(find_root(folder))
        if settings.work.exists() and not settings.work.is_dir():
            raise UsageError(
                f"{settings.work} is a file",
                hint="move it away: unlith keeps there what can be made again",
            )
        return cls(settings, reporter)

    @functools.cached_property
    def clock(self) -> SystemClock:
        """Give the clock."""
        return SystemClock(self.settings.root)

    @functools.cached_property
    def table_store(self) -> FileTableStore:
        """Give the routing table's store."""
        return FileTableStore(self.settings.table)

    @functools.cached_property
    def bundler(self) -> ZipBundler:
        """Give the maker of bundles."""
        return ZipBundler(self.settings, self.survey, self.reporter.step)

    def survey(self) -> Survey:
        """Import the app once, in a child process, and give its survey."""
        return self._survey

    @functools.cached_property
    def _survey(self) -> Survey:
        return FlaskInspector(self.settings).inspect()

    def check_routing(self) -> routing_usecase.Checked:
        """Hold every routing decision against Flask's own."""
        matcher, table = FlaskInspector(self.settings), self.table_store.read().table
        return routing_usecase.check(self.survey(), table, matcher, self.reporter)

    def full_survey(self, asked: Asked, route: Route | None = None) -> FullSurvey:
        """Survey everything, and keep it as ``survey.json`` in the infra folder."""

        def keep(full: FullSurvey) -> None:
            file = self.settings.infra / "survey.json"
            text = full_to_file(full, self.settings.root)
            if not file.is_file() or file.read_bytes() != text:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(text)

        return survey_usecase.survey(
            asked, Surveyor(self.settings, self.reporter).full, keep, route
        )

    @functools.cached_property
    def shelf(self) -> FolderShelf:
        """Give where functions are kept."""
        return FolderShelf(self.settings)

    def functions(self) -> tuple[FunctionInfo, ...]:
        """Give every function in ``extracted/``."""
        return self.shelf.functions()

    def extract(self, request: extract_usecase.ExtractRequest) -> extract_usecase.Extracted:
        """Write a function for some routes."""
        carrier = FileCarrier(self.settings)
        return extract_usecase.extract(request, self.survey(), carrier, self.shelf)

    def serve(
        self, port: int, gateway: str, *, is_debugging: bool = False, tap: Tap | None = None
    ) -> AbstractContextManager[HttpServer]:
        """Give the facade, bound to its port, for the length of a block."""
        served = Served(self.survey(), self.functions, self.table_store)
        serving = Serving(port, gateway, is_debugging, tap)
        return facade_server(self.settings, served, serving, self.reporter)

    def parity(
        self,
        names: Sequence[str],
        *,
        gateway: str,
        with_probes: bool,
        with_coverage: bool = False,
        tapes: Sequence[Path] = (),
        engine: ParityEngine = ParityEngine(),  # noqa: B008  # a frozen value
    ) -> tuple[ParityResult, ...]:
        """Compare functions (all, where none is named) and record what was found."""
        wanted = [self.function(name) for name in names] or list(self.functions())
        files = CaseFiles(self.settings, self.survey, self.reporter)
        cases = (
            files.taped(wanted, tapes, all_named=bool(names))
            if tapes and wanted
            else files.written(wanted)
        )
        results = []
        if cases:
            with self.lab(gateway, with_code=True, with_coverage=with_coverage) as lab:
                lab.others = tuple(s for _, case in cases for s in islice(case.sessions, 50))
                for function, case in cases:
                    self.reporter.step(f"comparing {function.name}")
                    way = self.parity_records.way(function, case, gateway, engine)
                    result = lab.compare(function, case, with_probes=with_probes, way=way)
                    results.append(self.parity_records.keep(function, result))
        return tuple(results)

    def lab(
        self, gateway: str = "http-v2", *, with_code: bool = False, with_coverage: bool = False
    ) -> Lab:
        """Give what compares functions with the monolith; to be entered.

        *with_code* probes are made from what the code reads, too.
        """
        survey = self.survey if with_code else None
        parts = (self.settings, self.bundler, GATEWAYS[gateway], self.reporter)
        return Lab(*parts, survey, watches=with_coverage)

    def function(self, name: str) -> FunctionInfo:
        """Give one function.

        Raises:
            UsageError: if there is none of that name.
        """
        known = {function.name: function for function in self.functions()}
        if name not in known:
            raise UsageError(
                f"no function {name!r} in {self.settings.extracted.name}/",
                hint="it has " + ", ".join(known) if known else "extract one: unlith extract",
            )
        return known[name]

    def bundles(self) -> dict[str, Bundle]:
        """Build every bundle, the whole first."""
        built = {WHOLE: self.bundler.build_whole()}
        for function in self.functions():
            built[function.name] = self.bundler.build_function(function.name)
        return built

    def deploy(
        self, *, only_plan: bool
    ) -> tuple[tuple[deploy_usecase.Step, ...], tuple[Deployed, ...]]:
        """Plan, and unless told otherwise carry out, a deploy to the local stage."""
        return self.local_stage.deploy(self.bundles(), only_plan=only_plan)

    @property
    def local_stage(self) -> LocalStage:
        """Give the stage that is always there."""
        return LocalStage(self.settings, self.reporter)

    def remote(self, stage: str) -> RemoteStage:
        """Give a stage in an AWS account. Raises: UsageError; ConfigError."""
        made = (self.bundles, self.functions, self.survey, self.clock, self.reporter)
        return stages.remote(Here(self.settings, *made), stage)

    def store(self, stage: str) -> TableStore:
        """Give the routing table of a stage; its changes reach the stage's gateway at once."""
        return self.table_store if stage == LOCAL else self.remote(stage).toggles

    def status(self, stage: str) -> tuple[status_usecase.Status, ...]:
        """Give the three facts about the whole and each function."""
        table = self.store(stage).read().table
        functions = self.functions()
        names = {WHOLE, *(f.name for f in functions), *(g.function for g in table.groups)}
        deployed = self._deployed(stage, names)
        bundles = self.bundles() if any(deployed.values()) else {}
        return status_usecase.status(functions, table, bundles, deployed, self.shelf.remarks())

    def report(self, stage: str, file: Path | None) -> Path:
        """Write the report page and give its path."""
        target = (file or self.settings.work / "report.html").absolute()
        stored = self.table_store.read()
        moment = report_usecase.Moment(self.clock.now(), self.clock.commit())
        page = report_usecase.report(
            self.survey(),
            stored.table,
            self.status(stage),
            self.parity_runs(),
            self.table_store.journal(),
            moment=moment,
        )
        report_page.write(page, target)
        return target

    def parity_runs(self) -> dict[str, dict[str, object]]:
        """Give the last parity run of each function, as it was recorded."""
        return self.parity_records.runs()

    def doubts(self, name: str) -> tuple[str, ...]:
        """Say what speaks against giving traffic to a function, in words for the user."""
        known = [function for function in self.functions() if function.name == name]
        return self.parity_records.doubts(known[0]) if known else ()

    @functools.cached_property
    def parity_records(self) -> ParityRecords:
        """Give where parity results are kept."""
        return ParityRecords(self.settings, self.bundler)

    def shadow_counts(self) -> dict[str, dict[str, int]]:
        """Count what the facade compared in shadow phases, by function."""
        return shadow_counts(self.settings.work / SHADOW_FILE)

    # Private

    def _deployed(self, stage: str, names: Iterable[str]) -> dict[str, Deployed | None]:
        if stage != LOCAL:
            return self.remote(stage).deployed(names)
        return self.local_stage.deployed(names)
