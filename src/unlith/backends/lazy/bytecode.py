"""Bytecode for the modules of a bundle, as Lambda accepts it: it never looks at dates.

Zips carry no dates, so ordinary ``.pyc`` files would be thrown away at every cold start. Those
made here are *unchecked hash* files: the interpreter of the same minor version takes them as they
are, any other compiles the source beside them, and then nothing is deferred.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import json
import marshal
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from unlith.backends.lazy import transform
from unlith.backends.lazy.plan import LazyPlan
from unlith.errors import OutsideError

CHILD = Path(__file__).with_name("compile_child.py")


def kept_in(work: Path) -> Path:
    """Give the folder to keep bytecode in: the virtual environment's, else the workspace's.

    Most of a bundle comes from the environment, and workspaces share it. Names are digests of
    all that goes in.
    """
    shared = Path(sys.prefix, "share", "unlith", "bytecode")
    if sys.prefix != sys.base_prefix:
        with contextlib.suppress(OSError):
            shared.mkdir(parents=True, exist_ok=True)
            if os.access(shared, os.W_OK):
                return shared
    return work / "bytecode"


def bytecode(
    files: Mapping[str, bytes | Path], plan: LazyPlan, cache: Path
) -> dict[str, bytes | Path]:
    """Give the bytecode of a bundle's modules by its name in the bundle; kept in *cache*."""
    cache.mkdir(parents=True, exist_ok=True)
    found: dict[str, bytes | Path] = {}
    missing: list[dict[str, object]] = []
    kept: dict[str, Path] = {}
    with tempfile.TemporaryDirectory(prefix="unlith-") as folder:
        for name, file in sorted(files.items()):
            if not name.endswith(".py"):
                continue
            source = file if isinstance(file, bytes) else file.read_bytes()
            item = _item(name, file, plan)
            kept[name] = cache / _key(source, item)
            if not kept[name].exists():
                place = Path(folder, str(len(missing)))
                place.write_bytes(source)
                missing.append({**item, "file": str(place)})
        if missing:
            _compile(missing, kept, Path(folder, "answer"))
    for name, place in kept.items():
        if place.stat().st_size:
            found[importlib.util.cache_from_source(name, optimization="")] = place
    return found


# Private


def _item(name: str, file: bytes | Path, plan: LazyPlan) -> dict[str, object]:
    module = name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    is_same = isinstance(file, Path) and plan.files.get(module) == str(file.resolve())
    return {
        "name": name,
        "entries": plan.deferred.get(module, ()) if is_same else (),
        "submodules": plan.submodules.get(module, ()) if is_same else (),
    }


def _key(source: bytes, item: Mapping[str, object]) -> str:
    told = json.dumps([item, sys.version, Path(transform.__file__).read_text("utf-8")])
    return hashlib.sha256(told.encode() + b"\0" + source).hexdigest()


def _compile(items: list[dict[str, object]], kept: Mapping[str, Path], answer: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-S", "-P", str(CHILD), str(answer)],
        input=json.dumps(items).encode(),
        env={"PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise OutsideError("python", "compile", "Failed", done.stderr.decode("utf-8", "replace"))
    made = marshal.loads(answer.read_bytes())  # noqa: S302  # our own child wrote it
    for item in items:
        name = str(item["name"])
        handle, aside = tempfile.mkstemp(dir=kept[name].parent)
        with os.fdopen(handle, "wb") as file:
            file.write(made.get(name, b""))
        os.replace(aside, kept[name])
