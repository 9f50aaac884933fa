"""Makes a full survey, or gives the one that was made of the same files before.

The app is imported in child processes only. What is cached is keyed by the content of every source
and template, the settings, the installed distributions and the options.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from importlib.metadata import distributions
from pathlib import Path
from typing import TypeVar

from unlith.backends.flask_inspector import FlaskInspector
from unlith.backends.readiness.engine import findings
from unlith.backends.readiness.probe import probe
from unlith.backends.readiness.rules import all_rules
from unlith.backends.survey.analysis import Analysis
from unlith.backends.survey.closures import Key, with_trace
from unlith.backends.survey.import_time import measure
from unlith.backends.survey.predictions import load_prices, predictions, traffic_of
from unlith.backends.survey.static_routes import LIMITS, StaticRoutes
from unlith.backends.survey.store import Readings
from unlith.backends.survey.tracing import Tracing
from unlith.domain.profile import ImportProfile
from unlith.domain.readiness import Finding
from unlith.domain.survey import AppFacts, Survey
from unlith.domain.survey_report import FullSurvey
from unlith.domain.survey_route import RouteClosure, RouteFacts, Touch
from unlith.files.settings import Settings
from unlith.files.survey_json import full_from_json, full_to_json
from unlith.ports import Reporter
from unlith.usecases.survey import Asked

T = TypeVar("T")
_TRACE_S = 900.0
_KEPT = frozenset({"readings.json", "trace.json"})
_TRACER = "unlith.backends.survey.trace_child"
_READ = frozenset({".py", ".html", ".htm", ".j2", ".jinja", ".jinja2", ".txt", ".xml"})
_SKIPPED = frozenset({"node_modules", "__pycache__", "site-packages", "dist-packages"})


class Surveyor:
    """Surveys the app of one workspace."""

    def __init__(self, settings: Settings, reporter: Reporter) -> None:
        self._settings = settings
        self._reporter = reporter
        self._tracing = Tracing(settings, self._folder / "trace.json", reporter)

    def full(self, asked: Asked) -> FullSurvey:
        """Give the full survey.

        Raises:
            AppImportFailed, UsageError: as the inspector does; with ``static`` never.
        """
        kept = self._folder / f"{self._key(asked)}.json"
        if kept.is_file() and not asked.fresh and asked.tests is None and not asked.requests:
            return full_from_json(kept.read_bytes())
        made = self._make(asked)
        # A traced run changes what is known: the key is of what will be found next time.
        kept = self._folder / f"{self._key(asked)}.json"
        self._folder.mkdir(parents=True, exist_ok=True)
        for old in self._folder.glob("*.json"):
            if old.name not in _KEPT:
                old.unlink()
        kept.write_bytes(full_to_json(made))
        return made

    # Private

    @property
    def _folder(self) -> Path:
        return self._settings.work / "survey"

    def _make(self, asked: Asked) -> FullSurvey:
        kept = Readings(self._folder / "readings.json")
        if asked.static:
            survey = self._static(kept)
        else:
            survey = self._doing("importing the app", FlaskInspector(self._settings).inspect)
        analysis = Analysis(survey, self._settings.sources, self._settings.root, kept)
        modules = [*survey.modules]
        label = f"reading {len(modules)} modules"
        analysis.read_all(self._reporter.progress(modules, total=len(modules), label=label))
        closures = analysis.closures()
        kept.keep()
        if not asked.static:
            self._tracing.run(asked, self._doing)
            closures = with_trace(closures, self._tracing.seen(analysis.tree))
        routes = tuple(_facts(analysis, closures))
        profile = self._profile(asked)
        seen, limits = self._probed(analysis, asked)
        found = self._findings(analysis, profile, routes, seen)
        full = FullSurvey(survey, routes, found, profile, limits=limits)
        if asked.static:
            return replace(full, mode="static", limits=LIMITS)
        return self._with_predictions(full, asked)

    def _findings(
        self,
        analysis: Analysis,
        profile: ImportProfile | None,
        facts: tuple[RouteFacts, ...],
        seen: tuple[Finding, ...],
    ) -> tuple[Finding, ...]:
        rules = {rule.id: rule for rule in all_rules()}
        shown = self._reporter.progress(list(rules), total=len(rules), label="asking the rules")
        asked = (rules[str(name)] for name in shown)
        roots = (self._settings.root,)
        return findings(analysis, asked, roots, profile=profile, facts=facts, seen=seen)

    def _probed(
        self, analysis: Analysis, asked: Asked
    ) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
        if asked.static or not asked.probe:
            return (), ()
        return self._doing("running in a sandbox", lambda: probe(self._settings, analysis.tree))

    def _doing(self, label: str, do: Callable[[], T]) -> T:
        # One long step under the bar: silent where there is no terminal.
        found = [do() for _ in self._reporter.progress([label], total=1, label=label)]
        return found[0]

    def _static(self, kept: Readings) -> Survey:
        target = self._settings.app
        empty = Survey(target, AppFacts(), (), ())
        analysis = Analysis(empty, self._settings.sources, self._settings.root, kept)
        waiting = [target.partition(":")[0]]
        seen: set[str] = set()
        while waiting:
            name = waiting.pop()
            if name in seen or analysis.tree.find(name) is None:
                continue
            seen.add(name)
            analysis.index.reading(name)
            waiting += [found for found, _ in analysis.tree.imports_of(name)]
        return StaticRoutes(analysis.index, target).survey()

    def _profile(self, asked: Asked) -> ImportProfile | None:
        if asked.static or not asked.profile:
            return None
        return self._doing("measuring imports", lambda: measure(self._settings))

    def _with_predictions(self, full: FullSurvey, asked: Asked) -> FullSurvey:
        if full.profile is None:
            return full
        prices = load_prices(asked.prices)
        traffic = traffic_of(full.survey, asked.access_log, asked.traffic)
        made = predictions(full.routes, full.profile, full.findings, traffic, prices)
        return replace(full, predictions=made, prices_read=prices.read)

    def _key(self, asked: Asked) -> str:
        digest = hashlib.sha256()
        named = [_made_by(), sys.version, self._settings.app, repr(asked_key(asked))]
        named += [f"{name}={value}" for name, value in sorted(self._settings.environ.items())]
        named += sorted(f"{d.metadata['Name']} {d.version}" for d in distributions())
        for line in named:
            digest.update(line.encode() + b"\n")
        extra = [asked.access_log, asked.prices, self._folder / "trace.json"]
        extra.append(self._settings.root / "requirements.txt")
        for file in (*self._files(), *(file for file in extra if file is not None)):
            if file.is_file():
                digest.update(f"{file}\n".encode() + hashlib.sha256(file.read_bytes()).digest())
        return digest.hexdigest()[:32]

    def _files(self) -> Iterator[Path]:
        for root in self._settings.sources:
            for folder, folders, names in os.walk(root):
                folders[:] = sorted(f for f in folders if f not in _SKIPPED and f[:1] != ".")
                yield from (Path(folder, n) for n in sorted(names) if Path(n).suffix in _READ)


def asked_key(asked: Asked) -> tuple[object, ...]:
    """Give what of the options changes the survey."""
    return (asked.static, asked.traffic, asked.profile, asked.probe)


# Private


def _made_by() -> str:
    # Another unlith gives another survey of the same files.
    digest = hashlib.sha256()
    for file in sorted(Path(__file__).parents[1].rglob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _facts(analysis: Analysis, closures: dict[Key, RouteClosure]) -> Iterator[RouteFacts]:
    touched = analysis.touches()
    for route, rule in analysis.survey.routes():
        key = analysis.key_of(rule, route.method)
        closure = closures.get(key) or next(
            (c for (endpoint, _), c in closures.items() if endpoint == rule.endpoint),
            RouteClosure(),
        )
        own = set(closure.needed)
        kept = tuple(d for d in closure.definitions if d.partition(":")[0] in own)
        yield RouteFacts(
            str(route),
            rule.endpoint,
            replace(closure, definitions=kept),
            tuple(_once(touched.get(key, ()))),
        )


def _once(touches: Iterable[Touch]) -> Iterator[Touch]:
    # The first place of each thing touched: one line a thing is what a reader can use.
    seen = set()
    for touch in touches:
        mark = (touch.kind, touch.name, touch.access)
        if mark not in seen:
            seen.add(mark)
            yield touch
