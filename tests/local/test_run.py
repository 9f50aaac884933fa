"""``unlith run`` as a process: Ctrl-C ends it in the middle of a request, with all it started."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

import pytest

APP = """
import os, time
from flask import Flask

app = Flask(__name__)


@app.get("/busy")
def busy():
    open("busy", "w").close()
    while True:
        pass


@app.get("/")
def index():
    return "fine"
"""


def living_in(folder: Path) -> list[int]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (process / "cwd").readlink() == folder:
                found.append(int(process.name))
    return found


def wait_until(is_so: object, seconds: float = 20.0) -> bool:
    assert callable(is_so)
    deadline = time.monotonic() + seconds
    while not is_so() and time.monotonic() < deadline:
        time.sleep(0.02)
    return bool(is_so())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_the_end_of_run_is_the_end_of_every_process(
    tmp_path: Path, number: signal.Signals
) -> None:
    folder = tmp_path.resolve()
    (folder / "pyproject.toml").write_text('[tool.unlith]\napp = "busy_app:app"\n', "utf-8")
    (folder / "busy_app.py").write_text(APP, "utf-8")
    command = [sys.executable, "-m", "unlith", "run", "--port", "0", "--json"]
    run = subprocess.Popen(
        command,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        assert run.stdout is not None
        url = json.loads(run.stdout.readline())["url"]
        with urllib.request.urlopen(f"{url}/", timeout=20) as answer:  # noqa: S310  # loopback
            assert answer.read() == b"fine"

        def ask() -> None:
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{url}/busy", timeout=20).close()  # noqa: S310  # loopback

        asking = threading.Thread(target=ask)
        asking.start()
        assert wait_until((folder / "busy").exists)
        assert len(living_in(folder)) >= 3
        # As a terminal does it: to the whole foreground group.
        os.killpg(run.pid, number)
        out, err = run.communicate(timeout=20)
        asking.join()
    finally:
        run.kill()
        run.communicate()

    assert wait_until(lambda: not living_in(folder)), living_in(folder)
    assert "Traceback" not in out + err
    if number == signal.SIGINT:
        assert run.returncode in (0, 130)
