"""A pytest plugin: the modules of a plan run with their imports deferred, as in a slim bundle.

``UNLITH_PLAN`` names the plan's file (``.unlith/lazy.json`` of a workspace). Modules are found by
name: the suite's own copy of a package gets the plan of the installed one only if it is the same.
"""

from __future__ import annotations

import atexit
import importlib.machinery
import json
import os
from pathlib import Path
from typing import Any

from unlith.backends.lazy.transform import deferred

PLAN = json.loads(Path(os.environ["UNLITH_PLAN"]).read_text("utf-8"))["plan"]
used: list[str] = []


def install() -> None:
    """Have the import system take transformed code for the plan's modules."""
    plain = importlib.machinery.SourceFileLoader.get_code

    def get_code(self: Any, fullname: str) -> Any:
        entries = [tuple(entry) for entry in PLAN["deferred"].get(fullname, ())]
        below = PLAN["submodules"].get(fullname, ())
        if (entries or below) and PLAN["files"].get(fullname) == os.path.realpath(self.path):
            used.append(fullname)
            return deferred(Path(self.path).read_bytes(), self.path, entries, below)
        return plain(self, fullname)

    importlib.machinery.SourceFileLoader.get_code = get_code  # type: ignore[method-assign]


install()
if os.environ.get("UNLITH_COUNT"):
    atexit.register(lambda: Path(os.environ["UNLITH_COUNT"]).write_text(str(len(used)), "utf-8"))
