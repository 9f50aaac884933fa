"""Measures what importing the app costs: fresh processes under ``-X importtime``.

https://docs.python.org/3/using/cmdline.html#cmdoption-X, read 2026-11-20.
"""

from __future__ import annotations

import os
import re
import resource
import statistics
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable

from unlith.domain.profile import ImportProfile, ModuleTime
from unlith.errors import AppImportFailed
from unlith.files.settings import Settings

RUNS = 3

_LINE = re.compile(r"^import time:\s+(\d+) \|\s+(\d+) \| ( *)(\S+)$")
_LOAD = """
import sys
sys.path[:0] = sys.argv[2:]
import unlith.backends.inspect_child as child
print("unlith: start", file=sys.stderr, flush=True)
child.load_app(sys.argv[1])
print("unlith: end", file=sys.stderr, flush=True)
import os
os._exit(0)
"""


def measure(settings: Settings, runs: int = RUNS) -> ImportProfile:
    """Give the profile of importing and making the app.

    Raises:
        AppImportFailed: if it does not import in time.
    """
    seen = [_run(settings) for _ in range(runs)]
    own: dict[str, list[int]] = defaultdict(list)
    cumulative: dict[str, list[int]] = defaultdict(list)
    for lines in seen:
        for one in lines:
            own[one.name].append(one.self_us)
            cumulative[one.name].append(one.cumulative_us)
    modules = tuple(
        ModuleTime(
            one.name,
            int(statistics.median(own[one.name])),
            int(statistics.median(cumulative[one.name])),
            one.depth,
        )
        for one in seen[-1]
    )
    total = sum(one.self_us for one in modules) / 1000
    used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return ImportProfile(runs, round(total, 1), round(used, 1), modules)


def time_of(
    profile: ImportProfile, names: Iterable[str], tops: Iterable[str]
) -> tuple[int, float]:
    """Give how many modules, and how many milliseconds, some modules and packages cost."""
    wanted, packages = set(names), set(tops)
    found = [
        one
        for one in profile.modules
        if one.name in wanted or one.name.partition(".")[0] in packages
    ]
    return len(found), sum(one.self_us for one in found) / 1000


# Private


def _run(settings: Settings) -> list[ModuleTime]:
    paths = [str(path) for path in settings.sources]
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-X", "importtime", "-c", _LOAD, settings.app, *paths],
            capture_output=True,
            cwd=settings.root,
            env={**os.environ, **settings.environ},
            timeout=settings.timeout_s,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise AppImportFailed(
            f"the app {settings.app!r} did not import within {settings.timeout_s:g} s"
        ) from None
    lines = done.stderr.decode("utf-8", "replace").splitlines()
    if "unlith: end" not in lines:
        raise AppImportFailed(f"the app {settings.app!r} does not import under -X importtime")
    within = lines[lines.index("unlith: start") : lines.index("unlith: end")]
    return [
        ModuleTime(
            found.group(4), int(found.group(1)), int(found.group(2)), len(found.group(3)) // 2
        )
        for line in within
        if (found := _LINE.match(line))
    ]
