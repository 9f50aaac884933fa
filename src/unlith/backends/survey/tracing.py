"""Runs the app traced, under its own tests or with made-up requests, and keeps what was seen.

What ran is kept in the work folder until a traced run comes again. The app runs in children.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from unlith.backends.flask_inspector import run_child
from unlith.backends.source_tree import SourceTree
from unlith.backends.survey.closures import Key
from unlith.errors import AppImportFailed
from unlith.files.settings import Settings
from unlith.ports import Reporter
from unlith.usecases.survey import Asked

SAFE = ("GET", "HEAD", "OPTIONS")
"""What made-up requests ask: methods that promise to change nothing (RFC 9110, 9.2.1)."""

_LIMIT_S = 900.0
_CHILD = "unlith.backends.survey.trace_child"
_SOME_FAILED = 1
_BODY = "<module>"


class Tracing:
    """Traced runs of one workspace's app."""

    def __init__(self, settings: Settings, file: Path, reporter: Reporter) -> None:
        self._settings = settings
        self._file = file
        self._reporter = reporter

    def run(self, asked: Asked, doing: Callable[[str, Callable[[], Any]], Any]) -> None:
        """Do the traced runs that were asked for and keep what they saw; *doing* shows a bar.

        Raises:
            AppImportFailed: if the app does not import, or its tests serve no route.
        """
        seen: list[Any] = []
        if asked.tests is not None:
            tests = list(asked.tests)
            answer = doing("running the tests traced", lambda: self._child({"tests": tests}))
            self._tell(answer)
            seen += answer["ok"]
        if asked.requests:
            job = {"tests": None, "methods": SAFE}
            seen += doing("tracing requests", lambda: self._child(job))["ok"]
        if asked.tests is not None or asked.requests:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._file.write_text(json.dumps(seen), "utf-8")

    def seen(self, tree: SourceTree) -> dict[Key, Iterable[str]]:
        """Give the project modules that ran for each endpoint, by method and for all together."""
        if not self._file.is_file():
            return {}
        found: dict[Key, set[str]] = {}
        for endpoint, method, modules in json.loads(self._file.read_text("utf-8")):
            # Where only the body ran, the module was imported and not used.
            ran = [module for module, functions in modules if functions != [_BODY]]
            names = {module for module in ran if tree.find(module) is not None}
            for key in ((endpoint, method), (endpoint, "")):
                found.setdefault(key, set()).update(names)
        return dict(found)

    # Private

    def _child(self, wanted: dict[str, Any]) -> dict[str, Any]:
        paths = [str(path) for path in self._settings.sources]
        job = {"target": self._settings.app, "paths": paths, "roots": paths, **wanted}
        patient = replace(self._settings, timeout_s=_LIMIT_S)
        answer = run_child(_CHILD, job, patient)
        if "error" in answer:
            raise AppImportFailed(
                f"the traced run failed: {answer['message']}",
                hint="the tests run in this environment: pytest and all they import must be in it"
                if wanted["tests"] is not None
                else "",
                detail=str(answer.get("traceback", "")),
            )
        return answer

    def _tell(self, answer: dict[str, Any]) -> None:
        ended, said = answer["ended"], str(answer["said"])
        if not answer["ok"]:
            raise AppImportFailed(
                f"the traced tests served no route (pytest ended with {ended})",
                hint="the arguments are pytest's, from the project's folder on; the tests must "
                "send requests to the app in their own process",
                detail=said,
            )
        if ended > _SOME_FAILED:
            self._reporter.warn(f"pytest ended with {ended}: what ran before is joined\n{said}")
        elif ended:
            self._reporter.warn("some of the tests failed: what ran is joined all the same")
        served = {endpoint for endpoint, _, _ in answer["ok"]}
        self._reporter.step(f"the tests served {len(served)} endpoints")
