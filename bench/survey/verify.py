"""Surveys real Flask apps and holds what is found against Flask itself and against what runs.

Usage: ``python bench/survey/verify.py [NAME …] [--all] [--work DIR]``. Without names it takes the
apps that are not marked ``long``. Makes an environment for each app of ``apps.toml`` with the
ordinary installer and writes ``results/<date>.json``: routes found against
``len(url_map)``, hooks found against Flask's registries, closure soundness under the app's own
tests and under made-up requests, tightness, findings by rule, and times.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

from places import HERE, LIMIT_S, ROOT, environment, workspace


def measured(name: str, app: dict[str, Any], work: Path) -> dict[str, Any]:
    """Survey one app and give its figures, or why it could not be done."""
    python = environment(work / "envs" / name, HERE / "locks" / f"{name}.lock")
    folder = work / "apps" / name
    workspace(folder, python, app)
    job = {
        "root": str(folder),
        "tests": app.get("tests"),
        "doubles": app.get("doubles", []),
        "trace": app.get("trace", True),
        "entry": app.get("entry", app["app"].partition(":")[0]),
    }
    found = _run(python, "one.py", job)
    if not app.get("no_package"):
        found["graphs"] = _run(python, "graphs.py", job)
    return found


def _run(python: Path, script: str, job: dict[str, Any]) -> dict[str, Any]:
    # An environment made by another checkout measures this one.
    paths = os.pathsep.join([str(ROOT / "src"), str(ROOT / "adapters")])
    done = subprocess.run(
        [str(python), str(HERE / script), json.dumps(job)],
        capture_output=True, text=True, timeout=2 * LIMIT_S, check=False, cwd=job["root"],
        env={**os.environ, "PYTHONPATH": paths},
    )  # fmt: skip
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if not lines:
        return {"failed": done.stderr.strip().splitlines()[-1:]}
    found: dict[str, Any] = json.loads(lines[-1])
    return found


def main() -> None:
    """Run all or some of the apps and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--all", action="store_true", help="those that take long too")
    parser.add_argument("--work", type=Path, default=ROOT / ".unlith" / "bench-survey")
    given = parser.parse_args()
    apps = tomllib.loads((HERE / "apps.toml").read_text("utf-8"))
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    file = HERE / "results" / f"{today}.json"
    file.parent.mkdir(exist_ok=True)
    known: dict[str, Any] = json.loads(file.read_text("utf-8")) if file.is_file() else {}
    usual = [name for name, app in apps.items() if given.all or not app.get("long")]
    done = []
    for name in given.names or usual:
        try:
            found = measured(name, apps[name], given.work.resolve())
        except (subprocess.SubprocessError, OSError) as error:
            found = {"failed": [type(error).__name__]}
        known[name] = found
        done.append(found)
        file.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", "utf-8")
        print(name, {k: v for k, v in found.items() if k not in ("rules", "missed")}, flush=True)
    sys.exit(any(not _is_whole(one) for one in done))


def _is_whole(found: dict[str, Any]) -> bool:
    return (
        not found.get("failed")
        and not found.get("missed")
        and found["rules_found"] == found["rules_in_url_map"]
        and found["hooks_found"] == found["hooks_in_registries"]
    )


if __name__ == "__main__":
    main()
