"""What two workers in a sandbox show of an app, each beside an app that does it right."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from unlith.backends.readiness.confine import version
from unlith.backends.readiness.probe import probe
from unlith.backends.source_tree import SourceTree
from unlith.domain.readiness import Finding
from unlith.files.settings import read_settings

HEAD = "import os\nfrom flask import Flask\napp = Flask(__name__, static_folder=None)\n"

SHOWS: dict[str, tuple[str, str, str]] = {
    "a counter in a dictionary": (
        "LR101",
        "HITS = {'n': 0}\n@app.get('/')\ndef view():\n    HITS['n'] += 1\n    return ''\n",
        "HITS = {'n': 0}\n@app.get('/')\ndef view():\n    return str(HITS['n'])\n",
    ),
    "a counter in a global": (
        "LR101",
        "n = 0\n@app.get('/')\ndef view():\n    global n\n    n += 1\n    return ''\n",
        "n = 0\n@app.get('/')\ndef view():\n    return str(n)\n",
    ),
    "an answer that depends on those before": (
        "LR101",
        "import itertools\nnext_number = itertools.count().__next__\n"
        "@app.get('/')\ndef view():\n    return str(next_number())\n",
        "import time\n@app.get('/')\ndef view():\n    return str(time.time_ns())\n",
    ),
    "a registry in a class": (
        "LR110",
        "class Hub:\n    clients = []\n@app.get('/')\ndef view():\n"
        "    Hub.clients.append(1)\n    return ''\n",
        "class Hub:\n    def __init__(self):\n        self.clients = []\n@app.get('/')\n"
        "def view():\n    Hub().clients.append(1)\n    return ''\n",
    ),
    "an id made at import": (
        "LR111",
        "import uuid\nBOOT = uuid.uuid4()\n@app.get('/')\ndef view(): return str(BOOT)\n",
        "import uuid\nNAME = uuid.UUID(int=1)\n@app.get('/')\ndef view(): return str(NAME)\n",
    ),
    "a secret made at import": (
        "LR105",
        "app.secret_key = os.urandom(8)\n@app.get('/')\ndef view(): return ''\n",
        "app.secret_key = 'kept'\n@app.get('/')\ndef view(): return ''\n",
    ),
    "a setting changed by a request": (
        "LR108",
        "@app.get('/')\ndef view():\n    app.config['ON'] = 1\n    return ''\n",
        "app.config['ON'] = 1\n@app.get('/')\ndef view(): return ''\n",
    ),
    "a file written": (
        "LR201",
        "@app.get('/')\ndef view():\n    open('/var/unlith-never', 'w')\n    return ''\n",
        "import tempfile\n@app.get('/')\ndef view():\n"
        "    with tempfile.TemporaryFile('w'): return ''\n",
    ),
    "a file left in the temporary folder": (
        "LR208",
        "import tempfile\n@app.get('/')\ndef view():\n    tempfile.mkstemp()\n    return ''\n",
        "import tempfile\n@app.get('/')\ndef view():\n"
        "    with tempfile.NamedTemporaryFile(): return ''\n",
    ),
    "a thread that outlives its request": (
        "LR301",
        "import threading, time\n@app.get('/')\ndef view():\n"
        "    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n"
        "    return ''\n",
        "import threading, time\n@app.get('/')\ndef view():\n"
        "    one = threading.Thread(target=time.sleep, args=(0,))\n    one.start()\n"
        "    one.join()\n    return ''\n",
    ),
    "a thread that outlives the import": (
        "LR302",
        "import threading, time\nthreading.Thread(target=time.sleep, args=(60,), "
        "daemon=True).start()\n@app.get('/')\ndef view(): return ''\n",
        "@app.get('/')\ndef view(): return ''\n",
    ),
    "a connection at import": (
        "LR406",
        "import socket\ntry:\n    socket.create_connection(('127.0.0.1', 9), 1)\n"
        "except OSError:\n    pass\n@app.get('/')\ndef view(): return ''\n",
        "import socket\n@app.get('/')\ndef view(): return ''\n",
    ),
    "an answer over 6 MB": (
        "LR511",
        "@app.get('/')\ndef view(): return 'x' * 7_000_000\n",
        "@app.get('/')\ndef view(): return 'x' * 5_000_000\n",
    ),
}


def probed(folder: Path, text: str) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
    folder.mkdir(exist_ok=True)
    (folder / "app.py").write_text(HEAD + text, "utf-8")
    (folder / "pyproject.toml").write_text('[tool.unlith]\napp = "app:app"\n')
    settings = read_settings(folder)
    return probe(settings, SourceTree(settings.sources))


@pytest.mark.parametrize("name", SHOWS)
def test_the_sandbox_shows_it(tmp_path: Path, name: str) -> None:
    rule, text, _ = SHOWS[name]

    found, _ = probed(tmp_path / "app", text)

    assert rule in {one.rule for one in found}


@pytest.mark.parametrize("name", SHOWS)
def test_the_sandbox_shows_nothing_where_it_is_done_right(tmp_path: Path, name: str) -> None:
    found, _ = probed(tmp_path / "app", SHOWS[name][2])

    assert [one for one in found if one.rule == SHOWS[name][0]] == []


def test_a_thing_kept_is_shown_where_it_is_bound(tmp_path: Path) -> None:
    text = "HITS = {'n': 0}\n@app.get('/')\ndef view():\n    HITS['n'] += 1\n    return ''\n"

    found, _ = probed(tmp_path / "app", text)

    assert [(one.file.rpartition("/")[2], one.line) for one in found] == [("app.py", 4)]


def test_an_app_that_does_not_start_in_the_sandbox_is_said(tmp_path: Path) -> None:
    _, limits = probed(tmp_path / "app", "open('/var/unlith-never', 'w')\n")

    assert any("did not start" in limit for limit in limits)


CONFINED = """
import json, os, pathlib, socket, sqlite3, subprocess, sys
from unlith.backends.readiness.confine import confine
inside, outside, port = sys.argv[1:]
sqlite3.connect(outside + "/a.db").execute("create table t (a)").connection.commit()
refused = confine([inside])
pathlib.Path(inside, "a").write_text("a")
seen = {"refused": refused}
try:
    with sqlite3.connect(outside + "/a.db") as connection:
        connection.execute("insert into t values (1)")
except sqlite3.Error as error:
    seen["compiled"] = type(error).__name__
done = subprocess.run(["touch", outside + "/b"], capture_output=True)
seen["process"] = done.returncode
try:
    socket.create_connection(("127.0.0.1", int(port)), 2)
except OSError as error:
    seen["connect"] = type(error).__name__
print(json.dumps(seen))
"""


@pytest.mark.skipif(version() < 4, reason="this kernel's Landlock is older than version 4")
def test_compiled_code_and_other_processes_are_held_back(tmp_path: Path) -> None:
    import json
    import socket

    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    with socket.create_server(("127.0.0.1", 0)) as server:
        done = subprocess.run(
            [sys.executable, "-c", CONFINED, str(tmp_path / "in"), str(tmp_path / "out"),
             str(server.getsockname()[1])],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
    seen: dict[str, Any] = json.loads(done.stdout)

    assert seen["refused"] == ["writes", "connections"]
    assert seen["compiled"] == "OperationalError"
    assert seen["process"] != 0
    assert seen["connect"] == "PermissionError"


SUPPRESSED = """
HITS = {'n': 0}  # unlith: ignore[LR101] a count for people
@app.get('/')
def view():
    HITS['n'] += 1
    return ''
"""


def test_a_comment_silences_what_the_sandbox_saw(tmp_path: Path) -> None:
    from survey.reading_trees import analysis_of
    from unlith.backends.readiness.engine import findings

    seen, _ = probed(tmp_path / "app", SUPPRESSED)
    analysis = analysis_of(tmp_path / "app", {"app.py": HEAD + SUPPRESSED})
    analysis.closures()

    (found,) = findings(analysis, [], seen=seen)

    assert found.suppressed == "a count for people"
