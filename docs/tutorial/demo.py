"""The main job on the shop, start to cutover and back, with the commands a user would type.

Works in a copy of the workspace below ``.unlith/demo``, so that nothing in the repository changes.
Needs no network, no Docker and no AWS account.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[2]
PLACE = REPOSITORY / ".unlith" / "demo"
UNLITH = [sys.executable, "-m", "unlith", "-C", str(PLACE)]

ROUTES = {
    "GET /api/orders/<int:order_id>/total": "a read with a path argument, behind a login",
    "PUT /api/stock/<sku:sku>": "a write with side effects, behind a role",
    "GET /api/articles/search": "a search with repeated query keys",
}
READ = "GET /api/articles/search"
READ_URL = "/api/articles/search?tag=garden&tag=tools&per_page=5"
VISITORS = 200


class Demo:
    """Prints numbered steps, each with its command and what it proved."""

    def __init__(self) -> None:
        self.number = 0
        self.started = time.monotonic()

    def title(self, text: str) -> None:
        """Start a step."""
        self.number += 1
        print(f"\n{self.number}. {text}", flush=True)

    def run(self, *words: str) -> Any:
        """Type a command, give its JSON answer; stop the demo where it fails."""
        shown = " ".join(f'"{w}"' if " " in w else w for w in words)
        print(f"   $ unlith {shown}", flush=True)
        done = subprocess.run(
            [*UNLITH, *words, "--json"], capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            sys.exit(f"{done.stdout}\n{done.stderr}\nthe demo stopped: exit {done.returncode}")
        return json.loads(done.stdout)

    def proved(self, text: str) -> None:
        """Say what the step showed."""
        print(f"   {text}", flush=True)


def main() -> None:
    """Run all steps."""
    demo = Demo()
    prepare()
    survey(demo)
    whole(demo)
    extract(demo)
    parity(demo)
    deploy(demo)
    with facade() as port:
        toggle(demo, port)
    finish(demo)


def prepare() -> None:
    """Copy the workspace as it is before any extraction."""
    shutil.rmtree(PLACE, ignore_errors=True)
    for name in ("monolith", "adapters"):
        ignored = shutil.ignore_patterns("__pycache__", "*.sqlite3")
        shutil.copytree(REPOSITORY / name, PLACE / name, ignore=ignored)
    shutil.copytree(REPOSITORY / "tests" / "parity", PLACE / "tests" / "parity")
    (PLACE / "extracted").mkdir()
    shutil.copy(REPOSITORY / "pyproject.toml", PLACE)
    print(f"unlith demo: the shop's workspace, copied to {shown(PLACE)}")


def survey(demo: Demo) -> None:
    """Step: know the app."""
    demo.title("Survey: what is this Flask app made of?")
    found = demo.run("survey")
    routes = sum(len(set(r["methods"]) - {"HEAD", "OPTIONS"}) for r in found["rules"])
    kinds = Counter(hook["kind"] for hook in found["hooks"])
    hooks = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
    demo.proved(f"{routes} routes in {len(found['rules'])} rules; hooks: {hooks}.")


def whole(demo: Demo) -> None:
    """Step: the unchanged app behind the adapter."""
    demo.title("Run whole: the unchanged monolith behind Lambda events")
    print("   $ unlith run", flush=True)
    with facade() as port:
        paths = ("/", "/articles/", READ_URL, "/api/orders/1/total", "/nowhere", "/login")
        statuses = [request(port, "GET", path)[0] for path in paths]
    demo.proved(
        f"{len(paths)} requests became HTTP API events and came back: "
        + ", ".join(
            f"{path.partition('?')[0]} {s}" for path, s in zip(paths, statuses, strict=True)
        )
    )


def extract(demo: Demo) -> None:
    """Step: three routes become functions."""
    demo.title("Extract: three routes of different kinds become functions")
    for route, kind in ROUTES.items():
        made = demo.run("extract", route, "--level", "pure")
        demo.proved(f"extracted/{made['name']}/ is {kind}; runs without Flask.")


def parity(demo: Demo) -> None:
    """Step: both sides give the same answers and write the same rows."""
    demo.title("Parity: the same requests in the same state, both sides, from their own zips")
    for run in demo.run("parity", "--no-coverage")["functions"]:
        demo.proved(
            f"{run['function']}: {run['verdict']}: {run['exchanges']} exchanges in "
            f"{run['sessions']} sessions, {len(run['differences'])} differences."
        )


def deploy(demo: Demo) -> None:
    """Step: the zips go to (a local) AWS."""
    demo.title("Deploy: the whole app and the functions, through boto3, to a local AWS (moto)")
    steps = demo.run("deploy", "local")["steps"]
    for step in steps:
        size = step["bundle"]["size_bytes"] / 1e6
        demo.proved(f"{step['action']} {step['function']}: {size:.2f} MB")


def toggle(demo: Demo, port: int) -> None:
    """Steps: shadow, a share, the function, and back, while requests keep coming."""
    demo.title("Toggle, under traffic: shadow, a share, the function")
    before = answers(port)
    demo.run("route", READ, "--shadow")
    shadow = answers(port)
    demo.proved(f"shadow: {split(shadow)}; the function got copies.")
    demo.run("route", READ, "--to", "function", "--share", "25", "--by", "cookie:visitor")
    share = answers(port)
    demo.proved(f"share 25: {split(share)}; each visitor stays on one side.")
    again = answers(port)
    demo.run("route", READ, "--to", "function")
    function = answers(port)
    demo.proved(f"function: {split(function)}.")
    demo.title("Roll back: one toggle, no build, no deploy")
    demo.run("rollback", READ)
    after = answers(port)
    demo.proved(f"rolled back: {split(after)}.")
    check(share == again, "a visitor changed sides")
    bodies = {body for run in (before, shadow, share, function, after) for _, body in run.values()}
    check(len(bodies) == 1, "answers differ between the sides")
    shadowed = demo.run("status")["shadow"]
    demo.proved(
        f"{5 * VISITORS} answers over all phases, every one the same bytes; "
        + "; ".join(
            f"{c['compared']} copies compared, {c['different']} different"
            for c in shadowed.values()
        )
    )


def finish(demo: Demo) -> None:
    """Cut all three over, show where everything stands, write the report, and roll back."""
    demo.title("Cut over, and where everything stands")
    for route in ROUTES:
        demo.run("route", route, "--to", "function", "--reason", "parity: same")
    for row in demo.run("status")["functions"]:
        demo.proved(
            f"{row['name']}: code {row['code']}; deployed {row['deployed']}; {row['traffic']}"
        )
    report = demo.run("report", "--html", str(PLACE / "report.html"))["html"]
    demo.run("rollback", "--all", "--reason", "end of the demo")
    demo.proved("the monolith serves everything again.")
    print(f"\nreport: {report}")
    print(f"done in {time.monotonic() - demo.started:.0f} s")


# Private


@contextlib.contextmanager
def facade() -> Iterator[int]:
    """Run ``unlith run`` for a while and give its port."""
    process = subprocess.Popen(
        [*UNLITH, "run", "--port", "0", "--debug-headers"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        check("http://127.0.0.1:" in line, f"the facade did not start: {line!r}")
        yield int(line.partition("http://127.0.0.1:")[2].split("/")[0].split()[0])
    finally:
        stop(process)


def stop(process: subprocess.Popen[str]) -> None:
    """Press Ctrl-C, again where it was not heard."""
    for _ in range(3):
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=10)
            return
    process.kill()
    process.wait(timeout=20)


def request(port: int, method: str, path: str, cookie: str = "") -> tuple[int, str, bytes]:
    """Send one request; give status, the side that answered, and the body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request(method, path, headers={"Cookie": cookie} if cookie else {})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, answer.headers.get("X-Unlith-Side", "?"), body


def answers(port: int) -> dict[int, tuple[str, bytes]]:
    """Send one search a visitor; give side and body by visitor."""
    found = {}
    for visitor in range(VISITORS):
        status, side, body = request(port, "GET", READ_URL, f"visitor=v{visitor}")
        check(status == 200, f"status {status}")
        found[visitor] = (side.partition(":")[0], body)
    return found


def split(found: dict[int, tuple[str, bytes]]) -> str:
    """Say how many visitors each side answered."""
    sides = Counter(side for side, _ in found.values())
    return ", ".join(f"{count} of {len(found)} by the {side}" for side, count in sides.items())


def shown(path: Path) -> str:
    """Give a path as short as it can be written."""
    return os.path.relpath(path)


def check(holds: bool, otherwise: str) -> None:
    """Stop the demo where a claim does not hold."""
    if not holds:
        sys.exit(f"the demo stopped: {otherwise}")


if __name__ == "__main__":
    main()
