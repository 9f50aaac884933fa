"""What the runtime may weigh: its imports beside Flask's, in one run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ADAPTERS = Path(__file__).parents[2] / "adapters"
COUNT = """
import sys
def count(module):
    found = 0
    def note(frame, kind, argument):
        nonlocal found
        found += 1
    sys.setprofile(note)
    try:
        __import__(module)
    finally:
        sys.setprofile(None)
    return found
sys.path.insert(0, sys.argv[1])
own = count("unlith_runtime.http") + count("unlith_runtime.events")
print(own, count("flask"))
"""


def test_the_import_costs_at_most_a_third_of_flasks() -> None:
    """Counted in function calls of one fresh process, own modules first: no clock decides."""
    told = subprocess.run(
        [sys.executable, "-c", COUNT, str(ADAPTERS)], capture_output=True, text=True, check=True
    ).stdout

    own, flask = map(int, told.split())

    assert own * 3 <= flask


def test_reading_events_imports_nothing_slow() -> None:
    told = subprocess.run(
        [sys.executable, "-c",
         "import sys; sys.path.insert(0, sys.argv[1]); before = set(sys.modules);"
         "import unlith_runtime.http, unlith_runtime.events;"
         "print(*sorted(set(sys.modules) - before))", str(ADAPTERS)],
        capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip

    slow = {"email", "http.client", "urllib.request", "urllib.parse", "logging", "json", "ssl",
            "socket", "asyncio", "awsgi", "flask", "werkzeug", "base64", "inspect"}  # fmt: skip
    assert slow.isdisjoint(told)


def test_a_start_imports_only_what_every_request_needs() -> None:
    told = subprocess.run(
        [sys.executable, "-c",
         "import sys; sys.path.insert(0, sys.argv[1]); import unlith_runtime.whole;"
         "print(*(name for name in sys.modules if 'unlith' in name or name == 'awsgi'))",
         str(ADAPTERS)],
        capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip

    names = ("events", "kinds", "parts", "whole", "wsgi")
    assert set(told) == {"unlith_runtime", *(f"unlith_runtime.{name}" for name in names)}
