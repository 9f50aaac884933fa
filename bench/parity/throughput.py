"""How many pairs a second one core compares, beside the bare calls of both handlers.

Run by ``bench.py`` in the project's own environment. Processor time counts, of this process and
all it started; what starting costs is taken out by comparing twice, few and many. The bare calls
are the same events given to the same handlers in a loop, with nothing pinned or recorded.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from unlith.bootstrap import Workspace
from unlith.domain.cases import CaseFile, RequestCase, SessionCase
from unlith.domain.exchange import HttpRequest
from unlith.domain.gateways import GATEWAYS, Arrival
from unlith.usecases.engine import Engine

ROOT = Path(__file__).resolve().parents[2]
FUNCTION = "articles_search_get"
FEW, MANY = 64, 1088


class Silent:
    """A reporter that says nothing."""

    def step(self, message: str) -> None:
        """Say nothing."""

    def warn(self, message: str) -> None:
        """Say nothing."""

    def progress(self, items: Iterable[object], *, total: int, label: str) -> Iterable[object]:
        """Pass items through."""
        return items


def targets(count: int) -> list[str]:
    """Give distinct searches."""
    words = ("tea", "cup", "green", "lamp", "", "oolong", "x", "pot")
    return [
        f"/api/articles/search?q={words[n % 8]}&page={n // 8 % 3 + 1}&per_page={n // 24 + 1}"
        for n in range(count)
    ]


def cpu_s() -> float:
    """Give the processor time of this process and of the children that ended."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def compared(count: int) -> float:
    """Compare so many searches; give the processor time it took."""
    started = cpu_s()
    workspace = Workspace.around(ROOT, Silent())
    with workspace.lab() as lab:
        lab.compare(workspace.function(FUNCTION), CaseFile(FUNCTION, "", ()), with_probes=False)
        engine = Engine(lab._control, lab._bench.side)
        cases = [SessionCase(t, (RequestCase("GET", t),)) for t in targets(count)]
        for _ in engine.compare_probes(cases):
            pass
        tally = engine.tally
        assert (tally.exchanges, tally.served, engine.differences) == (count, count, ())
    return cpu_s() - started


def bare(count: int) -> float:
    """Give the processor time of the same calls, both handlers, without comparing."""
    workspace, total = Workspace.around(ROOT, Silent()), 0.0
    gateway = GATEWAYS["http-v2"]
    events = [gateway.event(HttpRequest("GET", target), Arrival()) for target in targets(count)]
    with workspace.lab() as lab, tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        lab.compare(workspace.function(FUNCTION), CaseFile(FUNCTION, "", ()), with_probes=False)
        json.dump(events, file)
        file.flush()
        for host in lab._bench.hosts:
            spec = host.spec
            child = Path(__file__).with_name("bare.py")
            done = subprocess.run(
                [sys.executable, "-S", child, spec.paths[0], spec.handler, file.name],
                env={**spec.environ, "PYTHONHASHSEED": "0"},
                cwd=spec.cwd,
                check=True,
                capture_output=True,
                text=True,
            )
            total += float(done.stdout)
    return total


def main() -> None:
    """Measure and print."""
    spent_s = (compared(MANY) - compared(FEW)) / (MANY - FEW)
    bare_s = bare(MANY - FEW) / (MANY - FEW)
    result = {
        "pairs_per_s": round(1 / spent_s),
        "bare_pairs_per_s": round(1 / bare_s),
        "ratio": round(spent_s / bare_s, 2),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
