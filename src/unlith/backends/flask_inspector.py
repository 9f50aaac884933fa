"""The ``AppInspector`` port over a child process: the user's app is never imported here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from unlith.domain.survey import Survey
from unlith.domain.targets.proof import Truth
from unlith.errors import AppImportFailed, UsageError
from unlith.files.settings import Settings
from unlith.files.survey_json import survey_from_json

CHILD = "unlith.backends.inspect_child"
MATCH_CHILD = "unlith.backends.match_child"


class FlaskInspector:
    """Inspects the app of a workspace, with a time limit."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def inspect(self) -> Survey:
        """Import the app in a child process and give its survey.

        Raises:
            AppImportFailed: if it does not import, exits or hangs; with its own traceback.
            UsageError: if there is no Flask app at the target.
        """
        settings = self._settings
        job = {
            "target": settings.app,
            "paths": [str(path) for path in settings.sources],
            "roots": [str(path) for path in settings.sources],
        }
        return survey_from_json(self._answer(CHILD, job))

    def match(self, requests: Sequence[tuple[str, str]]) -> tuple[str, tuple[Truth, ...]]:
        """Give the subdomain or host, and how Flask matches each method and decoded path.

        Raises:
            AppImportFailed, UsageError: as ``inspect`` does.
        """
        paths = [str(path) for path in self._settings.sources]
        job = {"target": self._settings.app, "paths": paths, "requests": list(requests)}
        answer: Any = self._answer(MATCH_CHILD, job)
        truths = (Truth(ends, place, frozenset(some)) for ends, place, some in answer["found"])
        return answer["domain"], tuple(truths)

    # Private

    def _answer(self, child: str, job: Mapping[str, object]) -> object:
        settings = self._settings
        answer = run_child(child, job, settings)
        if answer.get("error") == "target":
            raise UsageError(
                f"cannot use {settings.app!r} as the app: {answer['message']}",
                hint="[tool.unlith] app is `module:app` or `module:factory()`",
            )
        if "error" in answer:
            raise AppImportFailed(
                f"the app {settings.app!r} does not import: {answer['message']}",
                hint="make it import first: the same environment that runs it, and the variables "
                "it needs in [tool.unlith.environ]",
                detail=str(answer.get("traceback", "")),
            )
        return answer["ok"]


def run_child(module: str, job: Mapping[str, object], settings: Settings) -> dict[str, object]:
    """Run one of our modules on a job and give its JSON answer.

    Raises:
        AppImportFailed: if it hangs or dies without an answer.
    """
    with tempfile.TemporaryDirectory(prefix="unlith-") as folder:
        answer = Path(folder, "answer.json")
        try:
            done = subprocess.run(
                # -P: the working folder comes from the sources only, as on Lambda.
                [sys.executable, "-P", "-m", module, str(answer)],
                input=json.dumps(job).encode(),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                cwd=settings.root,
                env={**os.environ, **settings.environ},
                timeout=settings.timeout_s,
                check=False,
            )
        except subprocess.TimeoutExpired as expired:
            raise AppImportFailed(
                f"the app {settings.app!r} did not import within {settings.timeout_s:g} s",
                hint="does it start a server or wait for something at import? "
                "[tool.unlith] timeout_s allows more time",
                detail=_tail(expired.stdout),
            ) from None
        try:
            loaded: dict[str, object] = json.loads(answer.read_text("utf-8"))
        except (FileNotFoundError, json.JSONDecodeError):
            raise AppImportFailed(
                f"the app {settings.app!r} ended its process at import (exit {done.returncode})",
                hint="does it call os._exit or crash at import?",
                detail=_tail(done.stdout),
            ) from None
        return loaded


def _tail(output: bytes | None, lines: int = 15) -> str:
    return "\n".join((output or b"").decode("utf-8", "replace").splitlines()[-lines:])
