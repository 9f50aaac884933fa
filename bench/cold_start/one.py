"""Builds what bench.py starts: bundles of one workspace, unpacked. Runs in the app's environment.

Standard input: ``{"root", "out", "routes"}``. The last line printed is JSON: sizes, and what each
start is: folder, handler, module paths.
"""

from __future__ import annotations

import dataclasses
import json
import shutil
import sys
from pathlib import Path
from typing import Any

from unlith.backends.bundler import ZipBundler
from unlith.backends.carrier.carrier import FileCarrier
from unlith.backends.flask_inspector import FlaskInspector
from unlith.backends.function_shelf import FolderShelf, example_target
from unlith.backends.lazy.kept_plan import lazy_plan
from unlith.backends.zips import extract_all
from unlith.domain.function import Level
from unlith.domain.route import Route
from unlith.errors import ExtractionRefused
from unlith.files.settings import read_settings
from unlith.usecases.extract import ExtractRequest, extract


def main() -> None:
    """Build everything."""
    job = json.load(sys.stdin)
    settings = read_settings(Path(job["root"]))
    shutil.rmtree(settings.extracted, ignore_errors=True)
    survey = FlaskInspector(settings).inspect()
    made: dict[str, Any] = {}

    def add(name: str, bundle: Any, request: list[str]) -> None:
        folder = Path(job["out"], "".join(c if c.isalnum() else "_" for c in name))
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        extract_all(bundle.path, folder)
        made[name] = {"folder": str(folder), "handler": bundle.handler, "request": request,
                      "zip_bytes": bundle.size_bytes}  # fmt: skip

    shelf = FolderShelf(settings)
    functions = []
    for text in job["routes"]:
        route = Route.parse(text)
        try:
            done = extract(
                ExtractRequest((route,), Level.SLIM), survey, FileCarrier(settings), shelf
            )
        except ExtractionRefused as error:
            made[f"slim {text}"] = {"refused": str(error)}
            continue
        functions.append((text, done.function.name, [route.method, example_target(route.rule)]))
    for is_lazy in (False, True):
        bundler = ZipBundler(dataclasses.replace(settings, lazy=is_lazy), lambda: survey)
        add("whole, lazy" if is_lazy else "whole", bundler.build_whole(), functions[0][2])
    for text, name, request in functions:
        add(f"slim {text}", bundler.build_function(name), request)
    plan = lazy_plan(settings, settings.app)
    told = {"made": made, "loads": survey.facts.load_target, "reason": plan.reason,
            "modules": len(plan.files), "unloaded": list(plan.unloaded),
            "eager": plan.eager}  # fmt: skip
    print("\n" + json.dumps(told))


main()
