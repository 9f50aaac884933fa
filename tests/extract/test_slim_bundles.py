"""The whole app from its zip answers with deferred imports as without, and starts lighter."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest

from extract.test_apps import ENVIRON, HERE, LIBRARIES, SESSIONS, probes, tried, without_noise
from unlith.backends.bundler import ZipBundler
from unlith.backends.lazy.kept_plan import lazy_plan
from unlith.backends.lazy.plan import LazyPlan
from unlith.backends.zips import extract_all
from unlith.domain.function import Level

START = """
import importlib, json, sys
sys.path.insert(0, sys.argv[1])
importlib.import_module(sys.argv[2]).handler
print(json.dumps(sorted(sys.modules)))
"""


@cache
def unpacked(app: str, *, is_lazy: bool) -> tuple[Path, str]:
    found = tried(app, Level.SLIM)
    settings = dataclasses.replace(found.settings, lazy=is_lazy)
    bundle = ZipBundler(settings, lambda: found.survey).build_whole()
    folder = Path(mkdtemp(prefix="unlith-test-"))
    extract_all(bundle.path, folder)
    return folder, bundle.sha256


def plan(app: str) -> LazyPlan:
    return lazy_plan(tried(app, Level.SLIM).settings, tried(app, Level.SLIM).settings.app)


def answers(app: str, *, is_lazy: bool, requests: list[Any], state: Path) -> list[Any]:
    state.mkdir()
    settings = tried(app, Level.SLIM).settings
    code = str(unpacked(app, is_lazy=is_lazy)[0])
    module, _, name = settings.parity.setup.partition(":")
    environ = {**os.environ, **ENVIRON, "PYTHONPATH": os.pathsep.join([code, *LIBRARIES])}
    sources = {**environ, "PYTHONPATH": os.pathsep.join(map(str, settings.sources))}
    setup = f"import {module}; {module}.{name}()"
    subprocess.run([sys.executable, "-c", setup], cwd=state, env=sources, check=True)
    target = tried(app, Level.SLIM).survey.facts.load_target
    job = {"paths": [code], "target": target, "functions": {}, "requests": requests}
    done = subprocess.run(
        [sys.executable, str(HERE / "one_side.py")],
        input=json.dumps(job),
        cwd=state,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: list[Any] = json.loads(done.stdout)
    return found


def started(app: str, *, is_lazy: bool, cwd: Path) -> set[str]:
    folder, _ = unpacked(app, is_lazy=is_lazy)
    done = subprocess.run(
        [sys.executable, "-S", "-P", "-c", START, str(folder), "unlith_whole"],
        cwd=cwd,
        env={**ENVIRON, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("app", sorted(SESSIONS))
def test_deferred_imports_change_no_answer(app: str, tmp_path: Path) -> None:
    requests = [*SESSIONS[app], *probes(tried(app, Level.SLIM))]

    plain = answers(app, is_lazy=False, requests=requests, state=tmp_path / "plain")
    lazy = answers(app, is_lazy=True, requests=requests, state=tmp_path / "lazy")

    for asked, ours, theirs in zip(requests, lazy, plain, strict=True):
        assert without_noise(ours[1:]) == without_noise(theirs[1:]), asked


@pytest.mark.parametrize("app", sorted(SESSIONS))
def test_what_the_start_does_not_need_is_not_loaded(app: str, tmp_path: Path) -> None:
    assert plan(app).reason == ""
    plain = started(app, is_lazy=False, cwd=tmp_path)
    lazy = started(app, is_lazy=True, cwd=tmp_path)

    assert len(plain - lazy) > 60
    assert {"ssl", "http.server", "werkzeug.serving", "werkzeug.test"} & lazy == set()
    assert lazy - plain == {"unlith_lazy", "unlith_lazy.binding"}
