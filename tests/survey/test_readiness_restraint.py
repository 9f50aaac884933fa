"""What looks like a finding and is none: tools, developers' branches, what is made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from survey.reading_trees import analysis_of
from unlith.backends.readiness.contexts import is_outside
from unlith.backends.readiness.engine import findings
from unlith.backends.readiness.rules import all_rules

HEAD = "from flask import Flask\napp = Flask(__name__)\n"

QUIET = {
    "a development branch": (
        "LR311",
        "if app.debug:\n    app.run()\ndef view(): pass\n",
    ),
    "a main guard in a branch": (
        "LR205",
        "import logging\nif __name__ == '__main__':\n    logging.FileHandler('x')\n"
        "def view(): pass\n",
    ),
    "a stage by name": (
        "LR205",
        "import logging, os\nif os.environ.get('FLASK_ENV') == 'development':\n"
        "    logging.FileHandler('x')\ndef view(): pass\n",
    ),
    "a test configuration": (
        "LR203",
        "class TestingConfig:\n    SQLALCHEMY_DATABASE_URI = 'sqlite:///t.db'\ndef view(): pass\n",
    ),
    "a development configuration's key": (
        "LR106",
        "class DevConfig:\n    SECRET_KEY = 'dev'\ndef view(): pass\n",
    ),
    "a client made where it is missing": (
        "LR607",
        "import boto3\nclient = None\ndef view():\n    global client\n"
        "    if client is None:\n        client = boto3.client('s3')\n",
    ),
    "a global set where it is missing": (
        "LR102",
        "table = None\ndef view():\n    global table\n    if table is None:\n        table = 1\n",
    ),
    "a global left early": (
        "LR102",
        "table = None\ndef view():\n    global table\n    if table is not None:\n"
        "        return table\n    table = 1\n    return table\n",
    ),
    "a dictionary filled where it is missing": (
        "LR101",
        "SEEN = {}\ndef view(k):\n    if k not in SEEN:\n        SEEN[k] = len(k)\n"
        "    return SEEN[k]\n",
    ),
    "a file below a temporary folder by name": (
        "LR201",
        "import os, tempfile\ndef view():\n    with tempfile.TemporaryDirectory() as folder:\n"
        "        path = os.path.join(folder, 'a')\n        open(path, 'w')\n",
    ),
    "a pure cache": (
        "LR103",
        "import functools\n@functools.lru_cache\ndef slug(text):\n    return text.lower()\n"
        "def view():\n    slug('A')\n",
    ),
    "a cache of files that ship": (
        "LR103",
        "import functools\n@functools.lru_cache\ndef schema(name):\n    return load_schema(name)\n"
        "def view():\n    schema('A')\n",
    ),
    "an engine in memory": (
        "LR401",
        "import sqlalchemy\nengine = sqlalchemy.create_engine('sqlite://')\ndef view(): pass\n",
    ),
    "a worker that may be missing": (
        "LR303",
        "try:\n    from celery import Celery\nexcept ImportError:\n    Celery = None\n"
        "def view(): pass\n",
    ),
    "a form's repeated keys": (
        "LR510",
        "from flask import request\ndef view():\n    request.form.getlist('a')\n",
    ),
    "a limiter with a store set elsewhere": (
        "LR109",
        "from flask_limiter import Limiter\nRATELIMIT_STORAGE_URI = 'redis://h'\n"
        "limiter = Limiter()\ndef view(): pass\n",
    ),
    "a queue that is only looked at": (
        "LR303",
        "from rq import Queue\ndef view():\n    return str(len(Queue('a')))\n",
    ),
    "a signal of the terminal": (
        "LR310",
        "import signal\nsignal.signal(signal.SIGWINCH, print)\ndef view(): pass\n",
    ),
    "a time in a lambda": (
        "LR111",
        "import time\nnow = lambda: time.time()\ndef view(): return now()\n",
    ),
    "a time zone": (
        "LR111",
        "import datetime\nZONE = datetime.datetime.now().astimezone().tzinfo\ndef view(): pass\n",
    ),
    "a trigger of a scheduler": (
        "LR302",
        "from apscheduler.triggers.cron import CronTrigger\nat = CronTrigger(hour=1)\n"
        "def view(): pass\n",
    ),
    "a pattern of an address": (
        "LR203",
        "import re\nFORM = re.compile(r'sqlite:///(.+)$')\ndef view(): pass\n",
    ),
    "what runs only to make a constant": (
        "LR201",
        "import os\ndef made():\n    os.mkdir('x')\n    return 'x'\nPLACE = made()\n"
        "def view():\n    return PLACE\n",
    ),
    "a sleep in a thread of its own": (
        "LR308",
        "import threading, time\nclass Beat(threading.Thread):\n    def run(self):\n"
        "        while True:\n            time.sleep(5)\ndef view():\n    Beat().run()\n",
    ),
    "a cache that is filled": (
        "LR101",
        "CACHE = {}\ndef view(k):\n    CACHE[k] = (1, k)\n    return CACHE[k]\n",
    ),
    "a flag that is set once": (
        "LR102",
        "done = False\ndef view():\n    global done\n    if done:\n        return\n"
        "    done = True\n",
    ),
    "a task that is waited for": (
        "LR305",
        "import asyncio\nasync def view():\n    task = asyncio.create_task(load())\n"
        "    await task\n",
    ),
    "a text file": (
        "LR508",
        "from flask import send_file\ndef view():\n    return send_file('a.css')\n",
    ),
    "a setting of an app that is made here": (
        "LR108",
        "def made():\n    other = Flask('x')\n    other.config['A'] = 1\n    return other\n"
        "def view():\n    made()\n",
    ),
    "a thread that is given back": (
        "LR301",
        "import threading\ndef copying():\n    thread = threading.Thread(target=print)\n"
        "    thread.start()\n    return thread\ndef view():\n    copying().join()\n",
    ),
    "a method that runs only when the app is made": (
        "LR402",
        "import psycopg\nclass Store:\n    def __init__(self):\n        self.start()\n"
        "    def start(self):\n"
        "        return psycopg.connect('x')\n    def read(self):\n        return 1\n"
        "store = Store()\ndef view():\n    return store.read()\n",
    ),
    "a command for the shell": (
        "LR205",
        "import logging\n@app.cli.command()\ndef load():\n    logging.FileHandler('x')\n"
        "load()\ndef view(): pass\n",
    ),
}


@pytest.mark.parametrize("name", QUIET)
def test_it_is_no_finding(tmp_path: Path, name: str) -> None:
    rule, text = QUIET[name]

    assert _found(tmp_path, rule, {"app.py": HEAD + text}) == []


def test_the_same_without_its_guard_is_a_finding(tmp_path: Path) -> None:
    text = "table = None\ndef view():\n    global table\n    table = 1\n"

    assert _found(tmp_path, "LR102", {"app.py": HEAD + text}) == ["app.py"]


def test_a_cache_that_is_emptied_is_a_finding(tmp_path: Path) -> None:
    text = "CACHE = {}\ndef view(k):\n    CACHE.pop(k)\n"

    assert _found(tmp_path, "LR101", {"app.py": HEAD + text}) == ["app.py"]


def test_a_cache_by_user_is_told_as_a_cache(tmp_path: Path) -> None:
    text = (
        "SEEN = {}\ndef view(user):\n    if user not in SEEN:\n        SEEN[user] = load(user)\n"
    )

    assert _found(tmp_path, "LR103", {"app.py": HEAD + text}) == ["app.py"]
    assert _found(tmp_path, "LR101", {"app.py": HEAD + text}) == []


def test_an_address_is_told_where_it_is_read(tmp_path: Path) -> None:
    text = (
        "from flask import request\ndef address():\n"
        "    return request.headers['X-Forwarded-For']\ndef view():\n    return address()\n"
    )
    analysis = analysis_of(tmp_path, {"app.py": HEAD + text})
    analysis.closures()

    assert [f.line for f in findings(analysis, [_rule("LR505")])] == [5]


def test_a_guard_of_something_else_hides_nothing(tmp_path: Path) -> None:
    text = (
        "import boto3\ndef view(user):\n    if not user:\n        return ''\n"
        "    boto3.client('s3')\n"
    )

    assert _found(tmp_path, "LR607", {"app.py": HEAD + text}) == ["app.py"]


def test_other_branches_of_a_developers_switch_count(tmp_path: Path) -> None:
    text = (
        "import logging\nif not app.debug:\n    logging.FileHandler('x')\n"
        "else:\n    logging.FileHandler('y')\ndef view(): pass\n"
    )
    analysis = analysis_of(tmp_path, {"app.py": HEAD + text})
    analysis.closures()

    assert [f.line for f in findings(analysis, [_rule("LR205")])] == [5]


@pytest.mark.parametrize(
    ("module", "outside"),
    [
        ("shop.tests.cart", True),
        ("migrations.env", True),
        ("conftest", True),
        ("shop._vendor.six", True),
        ("shop.contest", False),
        ("shop.latest", False),
        ("shop.web", False),
    ],
)
def test_modules_of_tests_and_tools_are_left_out(module: str, outside: bool) -> None:
    assert is_outside(module) == outside


def _rule(rule: str):  # type: ignore[no-untyped-def]  # a Rule
    return next(r for r in all_rules() if r.id == rule)


def _found(folder: Path, rule: str, files: dict[str, str]) -> list[str]:
    analysis = analysis_of(folder, files)
    analysis.closures()
    return [f.file.rpartition("/")[2] for f in findings(analysis, [_rule(rule)])]
