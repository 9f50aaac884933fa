"""Holds two import graphs against what importing really loads: grimp's and unlith's own.

Runs inside an app's own environment; ``verify.py`` starts it. The truth: an import hook notes, in
a process of its own, each import that one project module makes of another while the entry module
is imported, and which project modules are loaded then. *edges* are those noted that a graph knows;
*missed* and *extra* are the modules loaded though a graph's walk from the entry does not reach
them, and those it reaches though they are not loaded. Grimp does not say which imports stand in
functions, so its walk follows them all.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import grimp

from unlith.backends.source_tree import SourceTree

TRUTH = """
import builtins, importlib, json, sys
entry, source = sys.argv[1:]
sys.path.insert(0, source)
inner, edges = builtins.__import__, set()
def noted(name, globals=None, locals=None, fromlist=(), level=0):
    found = inner(name, globals, locals, fromlist, level)
    importer = (globals or {}).get("__name__", "")
    whole = importlib.util.resolve_name("." * level + name, (globals or {}).get("__package__") or
        importer) if level else name
    for one in [whole, *(f"{whole}.{part}" for part in fromlist or ())]:
        if one in sys.modules:
            edges.add((importer, one))
    return found
import importlib.util
builtins.__import__ = noted
importlib.import_module(entry)
builtins.__import__ = inner
own = {n for n, m in list(sys.modules.items())
       if (getattr(m, "__file__", None) or "").startswith(source)}
print("\\nTRUTH", json.dumps([sorted(own), sorted([a, b] for a, b in edges if {a, b} <= own)]))
import os
sys.stdout.flush()
os._exit(0)
"""


def main() -> None:
    """Compare on the app named by the job and print one line of JSON."""
    job = json.loads(sys.argv[1])
    source, entry = Path(job["root"], "src").resolve(), job["entry"]
    told = subprocess.run(
        [sys.executable, "-P", "-c", TRUTH, entry, str(source)],
        capture_output=True, text=True, cwd=job["root"], check=False,
    )  # fmt: skip
    lines = [x for x in told.stdout.splitlines() if x.startswith("TRUTH")]
    if not lines:
        print(json.dumps({"failed": told.stderr.splitlines()[-1:]}))
        return
    loaded, edges = json.loads(lines[0].removeprefix("TRUTH"))
    truth = {(importer, imported) for importer, imported in edges if importer != imported}
    result: dict[str, Any] = {"loaded": len(loaded), "imports_seen": len(truth)}
    sys.path.insert(0, str(source))
    tree = SourceTree([source])
    ours = {m: {to for to, i in tree.imports_of(m) if tree.find(to)} for m in loaded}
    at_import = _walk(
        entry,
        lambda m: {to for to, i in tree.imports_of(m) if not i.is_lazy and tree.find(to)},
    )
    files = {name for name in at_import if tree.find(name)}
    result["own"] = _figures(truth, loaded, ours, files)
    for name, without in (("grimp", False), ("grimp_without_type_checking", True)):
        graph = grimp.build_graph(
            entry.partition(".")[0], exclude_type_checking_imports=without, cache_dir=None
        )
        direct = {m: graph.find_modules_directly_imported_by(m) for m in graph.modules}
        walked = _walk(entry, lambda m, direct=direct: direct.get(m, set()))
        files = {m for m in walked if tree.find(m)}
        result[name] = _figures(truth, loaded, direct, files)
    print(json.dumps(result))


def _walk(entry: str, direct: Any) -> set[str]:
    seen: set[str] = set()
    waiting = [entry]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += direct(name)
            if "." in name:  # a package runs before what lies in it
                waiting.append(name.rpartition(".")[0])
    return seen


def _figures(
    truth: set[tuple[str, str]], loaded: list[str], graph: dict[str, set[str]], walked: set[str]
) -> dict[str, int]:
    known = {(one, other) for one, others in graph.items() for other in others}
    # `from a.b import c` is noted as a.b and a.b.c; grimp keeps the deeper one only.
    deeper = {(one, other.rpartition(".")[0]) for one, other in known}
    return {
        "edges": len(truth & (known | deeper)),
        "missed": len(set(loaded) - walked),
        "extra": len(walked - set(loaded)),
    }


if __name__ == "__main__":
    main()
