"""Surveys real Flask apps and holds what is found against Flask itself and against what runs.

Usage: ``python bench/survey/verify.py [NAME …] [--work DIR]``. Makes an environment for each of
``apps.toml`` with the ordinary installer and writes ``results/<date>.json``: routes found against
``len(url_map)``, hooks found against Flask's registries, closure soundness under the app's own
tests and under made-up requests, tightness, findings by rule, and times.
"""

from __future__ import annotations

import argparse
import datetime
import json
import shutil
import subprocess
import sys
import tomllib
import venv
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
LIMIT_S = 900


def environment(folder: Path, requires: list[str]) -> Path:
    """Make an environment with the app and unlith in it and give its Python."""
    python = folder / "bin" / "python"
    if not (folder / ".ready").is_file():
        venv.create(folder, with_pip=True, clear=True)
        quiet = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*quiet, *requires, "pytest"], check=True)
        subprocess.run([*quiet, "--editable", str(ROOT)], check=True)
        (folder / ".ready").touch()
    return python


def workspace(folder: Path, python: Path, app: dict[str, Any]) -> None:
    """Lay the app's packages out as a project with [tool.unlith]."""
    source = folder / "src"
    shutil.rmtree(source, ignore_errors=True)
    source.mkdir(parents=True)
    site = subprocess.run(
        [str(python), "-c", "import sysconfig; print(sysconfig.get_paths()['purelib'])"],
        check=True, capture_output=True, text=True,
    ).stdout.strip()  # fmt: skip
    for package in app["packages"]:
        shutil.copytree(Path(site, package), source / package)
    if app.get("serve"):
        (source / "serve.py").write_text(app["serve"].replace("\\n", "\n"), "utf-8")
    environ = "".join(f"{k} = {json.dumps(v)}\n" for k, v in app.get("environ", {}).items())
    (folder / "pyproject.toml").write_text(
        f'[tool.unlith]\napp = "{app["app"]}"\nsources = ["src"]\ntimeout_s = {LIMIT_S}.0\n'
        f"[tool.unlith.environ]\n{environ}",
        "utf-8",
    )
    (folder / "infra").mkdir(exist_ok=True)


def measured(name: str, app: dict[str, Any], work: Path) -> dict[str, Any]:
    """Survey one app and give its figures, or why it could not be done."""
    python = environment(work / "envs" / name, app["requires"])
    folder = work / "apps" / name
    workspace(folder, python, app)
    job = {"root": str(folder), "tests": app.get("tests"), "trace": app.get("trace", True)}
    done = subprocess.run(
        [str(python), str(HERE / "one.py"), json.dumps(job)],
        capture_output=True, text=True, timeout=2 * LIMIT_S, check=False, cwd=folder,
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
    parser.add_argument("--work", type=Path, default=ROOT / ".unlith" / "bench-survey")
    given = parser.parse_args()
    apps = tomllib.loads((HERE / "apps.toml").read_text("utf-8"))
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    file = HERE / "results" / f"{today}.json"
    file.parent.mkdir(exist_ok=True)
    results = json.loads(file.read_text("utf-8")) if file.is_file() else {}
    for name in given.names or apps:
        try:
            results[name] = measured(name, apps[name], given.work.resolve())
        except (subprocess.SubprocessError, OSError) as error:
            results[name] = {"failed": [type(error).__name__]}
        results[name]["requires"] = apps[name]["requires"]
        file.write_text(json.dumps(results, indent=1, sort_keys=True) + "\n", "utf-8")
        print(name, {k: v for k, v in results[name].items() if k not in ("rules", "missed")})
    sys.exit(any(one.get("missed") or one.get("failed") for one in results.values()))


if __name__ == "__main__":
    main()
