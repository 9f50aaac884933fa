"""Flask's own tutorial: its suite becomes a tape, and the tape is compared for three functions.

Usage: ``.venv/bin/python bench/tape/suites.py [--work DIR]``. Lets pip fetch Flask's source
distribution by hash, runs the tutorial's tests with ``--unlith-record``, extracts three routes,
fills the state as the tests' fixtures do, replays. Writes ``results.json``; fails on a difference.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROUTES = ("POST /auth/login", "POST /create", "GET /")
SOURCE = """flask==3.1.2 \
    --hash=sha256:bf656c15c80190ed628ad08cdfd3aaa35beb087855e2f494910aa3774cc4fd87
"""
SETUP = '''
import os
from flaskr import create_app
from flaskr.db import get_db, init_db


def main():
    os.makedirs("instance", exist_ok=True)
    app = create_app({"DATABASE": "instance/flaskr.sqlite"})
    with app.app_context():
        init_db()
        get_db().executescript(DATA)


DATA = """%s"""
'''


def fetched(work: Path) -> Path:
    """Give a fresh copy of the tutorial."""
    wanted = work / "source.txt"
    wanted.write_text(SOURCE, "utf-8")
    subprocess.run(
        [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes",
         "--no-binary", ":all:", "--dest", work, "-r", wanted],
        check=True,
    )  # fmt: skip
    packed = next(work.glob("flask-*.tar.gz"))
    with tarfile.open(packed) as archive:
        archive.extractall(work, filter="data")
    app = work / "app"
    shutil.rmtree(app, ignore_errors=True)
    shutil.copytree(work / packed.name.removesuffix(".tar.gz") / "examples" / "tutorial", app)
    return app


def run(app: Path, *words: str) -> str:
    """Run Python in the app's folder and give what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", *words], cwd=app, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    return done.stdout


def main() -> None:
    """Record, extract, replay, write the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=HERE.parents[1] / ".unlith" / "bench-tape")
    work = parser.parse_args().work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    app = fetched(work)
    print(run(app, "pytest", "-q", "-p", "no:randomly", "--unlith-record=suite.tape.jsonl"))
    run(app, "unlith", "init", "--app", "flaskr:create_app()")
    data = (app / "tests" / "data.sql").read_text("utf-8")
    (app / "parity_setup.py").write_text(SETUP % data, "utf-8")
    settings = app / "pyproject.toml"
    parity = '[tool.unlith.parity]\nstate = ["instance"]\nsetup = "parity_setup:main"\n'
    settings.write_text(settings.read_text("utf-8") + parity, "utf-8")
    for route in ROUTES:
        run(app, "unlith", "extract", route)
    shown = json.loads(run(app, "unlith", "tape", "show", "suite.tape.jsonl", "--json"))
    words = ("unlith", "parity", "--tape", "suite.tape.jsonl", "--no-probes", "--json")
    compared = json.loads(run(app, *words))["functions"]
    keys = ("function", "verdict", "sessions", "exchanges", "served", "recorded", "as_recorded")
    results: dict[str, Any] = {
        "tape": {key: shown[key] for key in ("exchanges", "sessions", "statuses")},
        "functions": [{key: one[key] for key in keys} for one in compared],
    }
    (HERE / "results.json").write_text(json.dumps(results, indent=1) + "\n", "utf-8")
    print(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
