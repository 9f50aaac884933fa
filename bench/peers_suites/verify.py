"""Flask's and Werkzeug's own test suites, every request through the adapter, for each shape.

Lets pip fetch the two source distributions that ``bench/requirements.lock`` names by hash, runs
each suite as it is and then once a shape, and compares test by test. A test that passes plainly
and not through a shape must be explained in ``explained.json`` (a test id's beginning -> reason);
anything else fails the run. Writes ``results.json`` and ``results.md``.
"""

from __future__ import annotations

import datetime
import importlib.metadata
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

from unlith.domain.gateways import GATEWAYS

HERE = Path(__file__).resolve().parent
LOCK = HERE.parent / "requirements.lock"
SUITES = ("flask", "werkzeug")
# These start servers or read the clock; no request of theirs comes from the test client.
LEFT_OUT = ["--ignore=tests/test_serving.py", "--ignore=tests/live_apps"]


def fetched(name: str, where: Path) -> Path:
    """Give the unpacked source distribution that the lock names by hash."""
    lines = LOCK.read_text("utf-8").splitlines()
    start = next(at for at, line in enumerate(lines) if line.startswith(f"{name}=="))
    end = next(at for at in range(start + 1, len(lines)) if "--hash" not in lines[at])
    wanted = where / f"{name}.txt"
    wanted.write_text("\n".join(lines[start:end]) + "\n", "utf-8")
    subprocess.run(
        [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes",
         "--no-binary", ":all:", "--no-build-isolation", "--dest", where, "-r", wanted],
        check=True,
    )  # fmt: skip
    packed = next(where.glob(f"{name}-*.tar.gz"))
    with tarfile.open(packed) as archive:
        archive.extractall(where, filter="data")
    return where / packed.name.removesuffix(".tar.gz")


def run(suite: Path, shape: str) -> tuple[dict[str, str], int]:
    """Give each test's outcome, and how many requests went through the gateway."""
    with tempfile.TemporaryDirectory() as folder:
        report, count = Path(folder) / "report.xml", Path(folder) / "count"
        environ = {**os.environ, "UNLITH_SHAPE": shape, "UNLITH_COUNT": str(count)}
        environ["PYTHONPATH"] = os.pathsep.join([str(HERE), environ.get("PYTHONPATH", "")])
        subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "through_gateway", "-W", "ignore",
             "-p", "no:cacheprovider", f"--junitxml={report}", *LEFT_OUT, "tests"],
            cwd=suite, env=environ, capture_output=True, check=False, timeout=900,
        )  # fmt: skip
        outcomes = {}
        for case in ET.parse(report).iter("testcase"):  # noqa: S314 - pytest's own report
            bad = {child.tag for child in case} & {"failure", "error", "skipped"}
            name = f"{case.get('classname', '').replace('.', '/')}::{case.get('name')}"
            outcomes[name] = next(iter(sorted(bad)), "passed")
        return outcomes, int(count.read_text("utf-8"))


def explained(test: str, shape: str, reasons: dict[str, Any]) -> str:
    """Give the reason for a difference, or nothing."""
    for start, why in reasons.items():
        if test.startswith(start) and shape in why.get("shapes", list(GATEWAYS)):
            return str(why["because"])
    return ""


def main() -> int:
    """Run all and give 1 if a difference has no explanation."""
    reasons = json.loads((HERE / "explained.json").read_text("utf-8"))
    results: dict[str, Any] = {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "engine": os.environ.get("UNLITH_ENGINE", "awsgi"),
        "versions": {name: importlib.metadata.version(name) for name in SUITES},
        "suites": {},
    }
    rows, unexplained = [], 0
    with tempfile.TemporaryDirectory() as folder:
        for name in SUITES:
            suite = fetched(name, Path(folder))
            plain, _ = run(suite, "")
            passing = {test for test, outcome in plain.items() if outcome == "passed"}
            told: dict[str, Any] = {"plain": len(passing), "shapes": {}}
            for shape in GATEWAYS:
                outcomes, requests = run(suite, shape)
                different = sorted(test for test in passing if outcomes.get(test) != "passed")
                why = {test: explained(test, shape, reasons[name]) for test in different}
                unexplained += sum(not reason for reason in why.values())
                passed = len(passing) - len(different)
                told["shapes"][shape] = {
                    "passed": passed,
                    "requests": requests,
                    "different": why,
                }
                row = (
                    f"| {name} {results['versions'][name]} | {shape} | {passed} of {len(passing)} "
                    f"| {requests} | {len(different)} | {sum(not one for one in why.values())} |"
                )
                rows.append(row)
                print(row, flush=True)
                for test, reason in why.items():
                    print(f"    {test}: {reason or 'NOT EXPLAINED'}", flush=True)
            results["suites"][name] = told
    (HERE / "results.json").write_text(json.dumps(results, indent=1) + "\n", "utf-8")
    head = (
        "# Flask's and Werkzeug's own tests through the adapter\n\n"
        f"{results['date']}, engine `{results['engine']}`; made by `make verify`.\n"
        "Passed is of the tests that pass here without the adapter; each difference and its "
        "reason is in `results.json`.\n\n"
        "| suite | shape | passed | requests | different | unexplained |\n"
        "|---|---|--:|--:|--:|--:|\n"
    )
    (HERE / "results.md").write_text(head + "\n".join(rows) + "\n", "utf-8")
    return 1 if unexplained else 0


sys.exit(main())
