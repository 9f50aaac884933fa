"""The ``AppInspector`` port over a child process: the user's app is never imported here."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
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

_SOONER = 0.9
"""The part of the time limit after which the child says where the app is."""

_FRAME = re.compile(r'^ +File "([^"]+)", line (\d+) in ', re.MULTILINE)


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
            "until": time.time() + settings.timeout_s * _SOONER,
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
            raise _failed(settings.app, answer)
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
            place = _place(Path(f"{answer}.stack"), settings)
            raise AppImportFailed(
                f"the app {settings.app!r} did not import within {settings.timeout_s:g} s"
                + (f": it was at {place}" if place else ""),
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


def _failed(app: str, answer: Mapping[str, object]) -> AppImportFailed:
    detail = str(answer.get("traceback", ""))
    if answer["error"] == "serves":
        return AppImportFailed(
            f"the app {app!r} serves instead of being imported: {answer['message']}",
            hint='put that call below `if __name__ == "__main__":`',
            detail=detail,
        )
    variable = answer.get("variable")
    if variable:
        return AppImportFailed(
            f"the app {app!r} does not import: {answer['message']}: "
            f"it needs the environment variable {variable}",
            hint=f'set it in pyproject.toml, `[tool.unlith.environ]`: {variable} = "…"',
            detail=detail,
        )
    return AppImportFailed(
        f"the app {app!r} does not import: {answer['message']}",
        hint="make it import first: the same environment that runs it, and the variables "
        "it needs in [tool.unlith.environ]",
        detail=detail,
    )


def _place(file: Path, settings: Settings) -> str:
    # Where the app was: the innermost of its own lines in the stack that the child wrote.
    text = file.read_text("utf-8", "replace") if file.is_file() else ""
    _, _, main = text.rpartition("(most recent call first):")
    for path, line in _FRAME.findall(main):
        if any(Path(path).is_relative_to(source) for source in settings.sources):
            shown = Path(path)
            if shown.is_relative_to(settings.root):
                shown = shown.relative_to(settings.root)
            return f"{shown}:{line}"
    return ""


def _tail(output: bytes | None, lines: int = 15) -> str:
    return "\n".join((output or b"").decode("utf-8", "replace").splitlines()[-lines:])
