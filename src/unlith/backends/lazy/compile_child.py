"""Compiles modules to bytecode in a process of its own, always the same way: a script.

Run as ``python -S -P compile_child.py ANSWER_FILE`` with the job as JSON on standard input:
``[{"name", "file", "entries", "submodules"}]``, *name* as it stands in the bundle. The answer
maps each name to the bytes of its ``.pyc``, marshalled; what does not compile is left out. The
process holds nothing but the standard library and has a fixed hash seed: which objects are
shared in marshalled code depends on what else a process holds.
"""

from __future__ import annotations

import importlib._bootstrap_external as machinery
import importlib.util
import json
import marshal
import os
import sys
import warnings
from pathlib import Path
from typing import Any

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import transform  # type: ignore[import-not-found]  # beside this script


def main() -> None:
    """Compile everything."""
    warnings.simplefilter("ignore")
    found = {}
    for item in json.load(sys.stdin):
        data = pyc(item)
        if data:
            found[item["name"]] = data
    Path(sys.argv[1]).write_bytes(marshal.dumps(found))


def pyc(item: dict[str, Any]) -> bytes:
    """Give one module's ``.pyc``, never checked against the source; empty if it is no Python.

    https://docs.python.org/3/reference/import.html#pyc-invalidation, read 2026-11-26.
    """
    source = Path(item["file"]).read_bytes()
    entries = [tuple(entry) for entry in item["entries"]]
    try:
        if entries or item["submodules"]:
            code = transform.deferred(source, item["name"], entries, item["submodules"])
        else:
            code = compile(source, item["name"], "exec", dont_inherit=True, optimize=0)
    except (SyntaxError, ValueError, RecursionError):
        return b""
    told: Any = machinery
    return bytes(told._code_to_hash_pyc(code, importlib.util.source_hash(source), False))


main()
