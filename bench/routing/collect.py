"""Reads the url_map of each app of ``apps.toml`` and keeps it in ``maps/`` as data.

Usage: ``python bench/routing/collect.py [NAME …] [--work DIR]``. Makes an environment a package
with the ordinary installer; the app's code runs there only. What is kept: package, version, and
the rules as Werkzeug holds them.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
LIMIT_S = 420

CHILD = r"""
import json, os, sys
scope = {"__name__": "bench_app"}
exec(compile(sys.argv[1], "apps.toml", "exec"), scope)
from importlib.metadata import version
app = scope["app"]
url_map = app.url_map
url_map.update()
def flag(own, of_map): return bool(of_map if own is None else own)
def rule(r):
    return {
        "rule": r.rule, "endpoint": str(r.endpoint),
        "methods": sorted(r.methods) if r.methods is not None else None,
        "defaults": {k: repr(v) for k, v in (r.defaults or {}).items()},
        "strict_slashes": flag(r.strict_slashes, url_map.strict_slashes),
        "merge_slashes": flag(r.merge_slashes, url_map.merge_slashes),
        "host": r.host or "", "subdomain": r.subdomain or "",
        "websocket": bool(r.websocket), "build_only": bool(r.build_only),
        "alias": bool(r.alias), "redirect_to": r.redirect_to is not None,
        "converters": {
            name: [type(c).__module__ + ":" + type(c).__qualname__, c.regex, c.weight,
                   bool(getattr(c, "part_isolating", True))]
            for name, c in r._converters.items()},
    }
data = {
    "package": sys.argv[2], "version": version(sys.argv[2]), "werkzeug": version("werkzeug"),
    "host_matching": url_map.host_matching, "redirect_defaults": url_map.redirect_defaults,
    "merge_slashes": url_map.merge_slashes, "converters": sorted(url_map.converters),
    "rules": [rule(r) for r in url_map.iter_rules()],
}
with open(sys.argv[3], "w", encoding="utf-8") as file:
    json.dump(data, file)
os._exit(0)
"""


def environment(work: Path, requires: list[str], python: str) -> Path:
    """Make an environment with some requirements and give its Python."""
    name = "-".join("".join(c for c in one if c.isalnum() or c in "-_") for one in requires)[:80]
    folder = work / name
    inside = folder / "bin" / "python"
    if not (folder / ".ready").is_file():
        uv = ROOT / ".venv" / "bin" / "uv"
        subprocess.run([uv, "venv", "-q", "--clear", "--python", python, folder], check=True)
        subprocess.run(
            [uv, "pip", "install", "-q", "--python", inside, *requires],
            check=True, timeout=LIMIT_S,
        )  # fmt: skip
        (folder / ".ready").touch()
    return inside


def collected(name: str, app: dict[str, Any], work: Path) -> str:
    """Keep one app's map, and say how many rules it has or why it has none."""
    try:
        python = environment(work, app["requires"], app.get("python", sys.executable))
        package = app["requires"][0].partition("[")[0]
        for sign in "<>=":
            package = package.partition(sign)[0]
        answer = work / f"{name}.json"
        done = subprocess.run(
            [python, "-c", CHILD, app["make"], package, answer],
            capture_output=True, text=True, check=False, timeout=LIMIT_S, cwd=work,
            env={**os.environ, **app.get("environ", {})},
        )  # fmt: skip
    except (subprocess.SubprocessError, OSError) as error:
        return f"failed: {type(error).__name__}"
    if not answer.is_file():
        return f"failed: {done.stderr.strip().splitlines()[-1:]}"
    data = json.loads(answer.read_text("utf-8"))
    lines = ",\n".join(json.dumps(rule, sort_keys=True) for rule in data.pop("rules"))
    head = json.dumps(data, sort_keys=True)[:-1]
    (HERE / "maps" / f"{name}.json").write_text(f'{head}, "rules": [\n{lines}\n]}}\n', "utf-8")
    return f"{lines.count(chr(10)) + 1} rules"


def main() -> None:
    """Collect all apps, or those named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--work", type=Path, default=ROOT / ".unlith" / "bench-maps")
    given = parser.parse_args()
    apps = tomllib.loads((HERE / "apps.toml").read_text("utf-8"))
    given.work.mkdir(parents=True, exist_ok=True)
    for name in given.names or apps:
        print(name, collected(name, apps[name], given.work.resolve()), flush=True)


if __name__ == "__main__":
    main()
