"""The four jobs with the commands a user types, on three apps unlike the shop."""

from __future__ import annotations

import http.client
import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from cli.conftest import Unlith

APPS = Path(__file__).parents[1] / "apps"
IGNORED = shutil.ignore_patterns("__pycache__", "*.sqlite3", ".unlith")


@dataclass(frozen=True)
class Job:
    """One app: the route that moves, a level, a request to it, and its parity cases."""

    app: str
    route: str
    level: str
    url: str
    cases: str


JOBS = [
    Job(
        "single",
        "GET /todos/<int:todo_id>",
        "pure",
        "/todos/2",
        """
[[session]]
name = "one that is there, one that was just made, one that is not"
[[session.request]]
target = "/todos/2"
[[session.request]]
method = "POST"
target = "/todos"
headers = { X-Token = "for local runs only" }
json = { text = "new" }
[[session.request]]
target = "/todos/4"
[[session.request]]
target = "/todos/99"
""",
    ),
    Job(
        "flaskr_like",
        "GET /posts/",
        "slim",
        "/posts/",
        """
[[session]]
name = "somebody logs in, writes, and finds it in the list"
[[session.request]]
target = "/posts/"
[[session.request]]
method = "POST"
target = "/auth/login"
form = { name = "ann", password = "ann-secret" }
[[session.request]]
method = "POST"
target = "/create"
form = { title = "A title", body = "A body" }
[[session.request]]
target = "/posts/"
""",
    ),
    Job(
        "nested",
        "GET /api/v1/notes/<int:note_id>",
        "slim",
        "/api/v1/notes/1",
        """
[[session]]
name = "a note, and none"
[[session.request]]
target = "/api/v1/notes/1"
[[session.request]]
target = "/api/v1/notes/1"
headers = { X-Key = "k" }
[[session.request]]
target = "/api/v1/notes/99"
""",
    ),
]


@pytest.fixture(params=JOBS, ids=lambda job: job.app)
def job(request: pytest.FixtureRequest) -> Job:
    """Give one job after the other."""
    found: Job = request.param
    return found


@pytest.fixture
def project(job: Job, tmp_path: Path) -> Path:
    """Give a copy of the app's project."""
    target = tmp_path / "project"
    shutil.copytree(
        APPS / job.app, target, ignore=shutil.ignore_patterns("__pycache__", "*.sqlite*")
    )
    return target


@contextmanager
def facade(project: Path) -> Iterator[int]:
    """Run the facade as a user does and give its port."""
    words = ["run", "--port", "0", "--debug-headers", "--json"]
    process = subprocess.Popen(
        [sys.executable, "-m", "unlith", "-C", str(project), *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line, process.communicate()[1]
        yield int(json.loads(line)["url"].rpartition(":")[2])
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)


def ask(port: int, url: str) -> tuple[int, str, bytes]:
    """Send a GET; give status, the side that answered, and the body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", url)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, answer.headers["X-Unlith-Side"], body


def test_an_app_is_run_extracted_compared_deployed_toggled_and_rolled_back(
    job: Job, project: Path, unlith: Unlith
) -> None:
    sources = {f: f.read_bytes() for f in project.rglob("*.py")}

    extracted = unlith(project, "extract", job.route, "--level", job.level, "--json")
    assert extracted.code == 0, extracted.err
    name = extracted.json["name"]
    again = unlith(project, "extract", job.route, "--level", job.level)
    assert (again.code, "is extracted already" in again.err) == (1, True)

    (project / "tests" / "parity" / f"{name}.toml").write_text(job.cases, "utf-8")
    compared = unlith(project, "parity", "--no-probes", "--json")
    assert compared.code == 0, compared.out
    (run,) = compared.json["functions"]
    assert (run["verdict"], run["differences"]) == ("same", [])
    assert run["served"] >= 2

    deployed = unlith(project, "deploy", "--json")
    assert [step["action"] for step in deployed.json["steps"]] == ["create", "create"]

    with facade(project) as port:
        before = ask(port, job.url)
        assert unlith(project, "route", job.route, "--to", "function").err == ""
        moved = ask(port, job.url)
        assert unlith(project, "rollback").code == 0
        after = ask(port, job.url)
    assert [side for _, side, _ in (before, moved, after)] == [
        "monolith",
        f"function:{name}",
        "monolith",
    ]
    assert before[::2] == moved[::2] == after[::2]

    status = unlith(project, "status", "--json").json
    assert status["table_version"] == 2
    assert {row["deployed"] for row in status["functions"]} == {"version 1, this code"}
    assert unlith(project, "report").code == 0
    assert name in (project / ".unlith" / "report.html").read_text("utf-8")
    assert {f: f.read_bytes() for f in sources} == sources


def test_a_faulty_function_is_different_and_the_warning_says_so(
    unlith: Unlith, tmp_path: Path
) -> None:
    job = JOBS[0]
    project = tmp_path / "project"
    shutil.copytree(APPS / job.app, project, ignore=IGNORED)
    name = unlith(project, "extract", job.route, "--level", "pure", "--json").json["name"]
    (project / "tests" / "parity" / f"{name}.toml").write_text(job.cases, "utf-8")
    for file in (project / "extracted" / name).glob("*.py"):
        file.write_text(file.read_text("utf-8").replace('"state": state', '"state": 1'), "utf-8")

    compared = unlith(project, "parity", "--no-probes")
    moved = unlith(project, "route", job.route, "--to", "function")

    assert compared.code == 1
    assert "body/state" in compared.out
    assert "curl" in compared.out
    assert "the last parity run said: different" in moved.err


def test_a_difference_is_written_as_junit_pages_and_a_test_that_fails(
    unlith: Unlith, tmp_path: Path
) -> None:
    job = JOBS[0]
    project = tmp_path / "project"
    shutil.copytree(APPS / job.app, project, ignore=IGNORED)
    name = unlith(project, "extract", job.route, "--level", "pure", "--json").json["name"]
    (project / "tests" / "parity" / f"{name}.toml").write_text(job.cases, "utf-8")
    for file in (project / "extracted" / name).glob("*.py"):
        file.write_text(file.read_text("utf-8").replace('"state": state', '"state": 1'), "utf-8")
    out = tmp_path / "out"

    compared = unlith(
        project, "parity", "--no-probes", "--no-coverage", "--json", "--junit", str(out / "j.xml"),
        "--html", str(out), "--write-tests", str(project / "tests"),
    )  # fmt: skip

    assert compared.code == 1
    (one, *_) = compared.json["functions"][0]["differences"]
    assert one["requests"] <= 2
    assert "body/state" in (out / "j.xml").read_text("utf-8")
    assert "body/state" in (out / f"{name}.html").read_text("utf-8")
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"],
        cwd=project, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert "body/state" in ran.stdout
    assert "ParityFailure" in ran.stdout
