"""What it costs to start functions: whole, lazy, slim, and peers on the same apps.

Usage: ``python bench/cold_start/bench.py [APP …] [--work DIR]``. Instructions of a fresh process
under callgrind, an empty one's included in each (the row ``floor``); user and system CPU beside
them, the least of several fresh processes taken in turn. Init is the import of the handler;
"first" is init and one answer. Writes ``results.json`` and ``results.md`` beside itself.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import tomllib
import venv
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE.parent / "survey"))

from places import workspace  # noqa: E402  # the same way to lay an app out

ROUNDS = 7
PEERS = ["serverless-wsgi==3.1.0", "zappa==0.63.0", "setuptools<81", "aws-wsgi==0.2.7"]
FLOOR = "import json\n\n\ndef handler(event, context):\n    return json.dumps({})\n"
SERVERLESS = """
import serverless_wsgi
from {module} import {name}
app = {name}{call}
def handler(event, context):
    return serverless_wsgi.handle_request(app, event, context)
"""
ZAPPA = """
import sys, types
from {module} import {name}
settings = types.ModuleType("zappa_settings")
vars(settings).update(
    APP_MODULE="peer_app", APP_FUNCTION="app", DJANGO_SETTINGS=None, LOG_LEVEL="WARNING",
    PROJECT_NAME="app", API_STAGE="dev", ENVIRONMENT_VARIABLES={{}}, EXCEPTION_HANDLER=None,
    BINARY_SUPPORT=True, CONTEXT_HEADER_MAPPINGS={{}}, DEBUG=False, DOMAIN=None, BASE_PATH=None,
    AWS_EVENT_MAPPING={{}}, AWS_BOT_EVENT_MAPPING={{}}, COGNITO_TRIGGER_MAPPING={{}},
    AUTHORIZER_FUNCTION=None, ADDITIONAL_TEXT_MIMETYPES=[],
)
module = types.ModuleType("peer_app")
module.app = {name}{call}
sys.modules |= {{"zappa_settings": settings, "peer_app": module}}
from zappa.handler import LambdaHandler
handler = LambdaHandler("zappa_settings").handler
"""


def environment(folder: Path, requires: list[str]) -> Path:
    """Make an environment with an app and unlith in it and give its Python."""
    python = folder / "bin" / "python"
    if not (folder / ".ready").is_file():
        venv.create(folder, with_pip=True, clear=True)
        quiet = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*quiet, *requires], check=True)
        subprocess.run([*quiet, "--editable", str(ROOT)], check=True)
        (folder / ".ready").touch()
    return python


def event(method: str, path: str) -> str:
    """Give an HTTP API event, payload 2.0."""
    http = {"method": method, "path": path, "sourceIp": "192.0.2.1", "protocol": "HTTP/1.1"}
    context = {"stage": "$default", "http": http, "domainName": "app.example"}
    told = {"version": "2.0", "rawPath": path, "rawQueryString": "", "isBase64Encoded": False,
            "headers": {"host": "app.example"}, "requestContext": context}  # fmt: skip
    return json.dumps(told)


def run(python: Path, arguments: list[str], cwd: Path, *, before: tuple[str, ...] = ()) -> Any:
    """Start one process and give what it printed and its CPU in seconds."""
    environ = {"PATH": os.environ["PATH"], "PYTHONHASHSEED": "0", "SECRET_KEY": "bench",
               "SHOP_DATABASE": "shop.sqlite3", "HOME": str(cwd)}  # fmt: skip
    start = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [*before, str(python), "-S", "-P", str(HERE / "start.py"), *arguments],
        cwd=cwd, env=environ, capture_output=True, text=True, check=False,
    )  # fmt: skip
    end = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise RuntimeError(done.stderr[-600:])
    return done.stdout, end.ru_utime - start.ru_utime + end.ru_stime - start.ru_stime


def instructions(python: Path, arguments: list[str], cwd: Path) -> int:
    """Count a process's instructions."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "out")
        before = ("valgrind", "--tool=callgrind", f"--callgrind-out-file={out}")
        run(python, arguments, cwd, before=before)
        found = re.search(r"^totals: (\d+)", out.read_text("latin-1"), re.M)
    return int(found[1]) if found else 0


def starts(name: str, app: dict[str, Any], work: Path) -> tuple[Path, Path, dict[str, Any]]:
    """Build all starts of one app; give its Python, a working folder and the starts."""
    if name == "shop":
        python = environment(work / "envs" / name, ["flask==3.1.3", *PEERS])
        folder, source = work / "apps" / name, ROOT / "monolith"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "pyproject.toml").write_text(
            f'[tool.unlith]\napp = "{app["app"]}"\nsources = ["src"]\n'
            '[tool.unlith.environ]\nSECRET_KEY = "bench"\n', "utf-8",
        )  # fmt: skip
        if not (folder / "src").exists():
            (folder / "src").symlink_to(source, target_is_directory=True)
    else:
        python = environment(work / "envs" / name, [*app["requires"], *PEERS])
        folder = work / "apps" / name
        workspace(folder, python, app)
    out = work / "out" / name
    job = {"root": str(folder), "out": str(out), "routes": app["routes"]}
    done = subprocess.run([str(python), str(HERE / "one.py")], input=json.dumps(job), text=True,
                          capture_output=True, check=False, cwd=folder)  # fmt: skip
    if done.returncode:
        raise RuntimeError(done.stderr[-800:])
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    module, _, target = told["loads"].partition(":")
    fields = {"module": module, "name": target.removesuffix("()"),
              "call": "()" * target.endswith("()")}  # fmt: skip
    site = next((python.parents[1] / "lib").glob("python3*")) / "site-packages"
    paths = ":".join([str(out), str((folder / "src").resolve()), str(site)])
    for peer, text in (("serverless-wsgi", SERVERLESS), ("zappa", ZAPPA)):
        inside = "peer_" + peer.replace("-", "_")
        (out / f"{inside}.py").write_text(text.format(**fields), "utf-8")
        told["made"][peer] = {"folder": paths, "handler": f"{inside}.handler"}
    (out / "floor.py").write_text(FLOOR, "utf-8")
    told["made"]["floor"] = {"folder": str(out), "handler": "floor.handler"}
    return python, out, told


def measured(name: str, app: dict[str, Any], work: Path) -> dict[str, Any]:
    """Build and measure one app."""
    python, out, told = starts(name, app, work)
    rows: dict[str, dict[str, Any]] = told["made"]
    jobs = []
    for row in rows.values():
        if "folder" in row:
            arguments = [row.pop("folder"), row.pop("handler")]
            asked = row.pop("request", None)
            jobs.append((row, "init", arguments))
            if asked:
                jobs.append((row, "first", [*arguments, event(*asked)]))
    for turn in range(ROUNDS):
        for row, kind, arguments in jobs:
            printed, cpu_s = run(python, arguments, out)
            row["rss_kb"] = int(printed.split()[-1]) if kind == "init" else row["rss_kb"]
            key = f"{kind}_cpu_ms"
            if turn:  # the first leaves bytecode behind for those without
                row[key] = round(min(cpu_s * 1000, row.get(key, 1e9)), 1)
    slim = [row for key, row in rows.items() if key.startswith("slim")]
    for row, kind, arguments in jobs:
        if kind == "init" and (row not in slim[1:]):  # slim functions of an app start alike
            row["init_instructions"] = instructions(python, arguments, out)
    return told


def table(results: dict[str, Any]) -> str:
    """Give one table an app."""
    lines = []
    for name, told in results["apps"].items():
        rows = told["made"]
        whole = rows["whole"]
        lines += [f"## {name}", "", f"{len(told['unloaded'])} modules fewer loaded.", "",
                  "| start | init, M instructions | of whole | init CPU ms | of whole "
                  "| first CPU ms | RSS MB | zip MB |",
                  "|---|--:|--:|--:|--:|--:|--:|--:|"]  # fmt: skip
        for key, row in rows.items():
            if "refused" in row:
                lines.append(f"| {key} | refused | | | | | | |")
                continue
            count, cpu = row.get("init_instructions"), row["init_cpu_ms"]
            size = f"{row['zip_bytes'] / 1e6:.2f}" if "zip_bytes" in row else ""
            share = (
                f"{count / 1e6:.0f} | {count / whole['init_instructions']:.2f}" if count else " | "
            )
            lines.append(
                f"| {key} | {share} | {cpu:.0f} | {cpu / whole['init_cpu_ms']:.2f} "
                f"| {row.get('first_cpu_ms', '')} | {row['rss_kb'] / 1024:.0f} | {size} |"
            )
        lines.append("")
    return "\n".join(lines)


def main() -> None:
    """Measure all or some apps and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--work", type=Path, default=ROOT / ".unlith" / "bench-cold-start")
    given = parser.parse_args()
    apps = tomllib.loads((HERE / "apps.toml").read_text("utf-8"))
    file = HERE / "results.json"
    results = json.loads(file.read_text("utf-8")) if file.is_file() else {"apps": {}}
    results |= {"date": datetime.datetime.now(datetime.UTC).date().isoformat(),
                "python": sys.version.split()[0], "rounds": ROUNDS - 1}  # fmt: skip
    for name in given.names or apps:
        results["apps"][name] = measured(name, apps[name], given.work.resolve())
        file.write_text(json.dumps(results, indent=1) + "\n", "utf-8")
        head = f"# Cold starts, {results['date']}\n\n"
        text = head + "Made by `bench.py`; see its head for what is what.\n\n"
        (HERE / "results.md").write_text(text + table(results), "utf-8")
    print(table(results))


if __name__ == "__main__":
    main()
