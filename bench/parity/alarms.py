"""Does an unchanged app ever look different? Random sessions over ``noisy.py``, both sides.

Usage: ``python alarms.py [EXCHANGES]``; run by ``verify.py``. Prints one line of JSON and fails
where there is a difference.
"""

from __future__ import annotations

import json
import random
import shutil
import sys
import tempfile
from pathlib import Path

from unlith.backends.local.hosts import WorkerHosts
from unlith.backends.local.launch import epoch_ns
from unlith.backends.local.sandbox import FileState
from unlith.backends.local.scratch import scratch
from unlith.backends.local.sides import FacadeSide, MonolithSide
from unlith.domain.cases import RequestCase, SessionCase
from unlith.domain.gateways import GATEWAYS
from unlith.domain.route import Route
from unlith.ports import FunctionSpec
from unlith.usecases.engine import Engine

HERE = Path(__file__).resolve().parent
GETS = ("clock", "ids", "dice", "sets", "count", "visits", "threads")
LENGTH = 20


def request(dice: random.Random) -> RequestCase:
    """Give a request of any kind."""
    if dice.random() < 0.2:
        head = (("Content-Type", "application/json"),)
        return RequestCase("POST", "/visits", head, b'{"n": %d}' % dice.randrange(100))
    return RequestCase("GET", f"/{dice.choice(GETS)}?n={dice.randrange(10)}")


def main(exchanges: int) -> int:
    """Compare and print; give the exit code."""
    dice, folder, hosts = random.Random(1), scratch(Path(tempfile.gettempdir())), WorkerHosts()
    shutil.copy(HERE / "noisy.py", folder)
    (folder / "noisy_whole.py").write_text(
        "from unlith_runtime.whole import make_handler\nhandler = make_handler('noisy:app')\n"
    )
    epoch, gateway = epoch_ns(), GATEWAYS["http-v2"]

    def spec(side: str) -> FunctionSpec:
        (folder / side).mkdir(exist_ok=True)
        return FunctionSpec(
            side,
            "noisy_whole.handler",
            (folder, HERE.parents[1] / "adapters"),
            folder / side,
            settle_s=5.0,
            offline=True,
            epoch_ns=epoch,
            records=True,
        )

    routes = [*(Route("GET", f"/{name}") for name in GETS), Route("POST", "/visits")]
    try:
        control = MonolithSide(
            hosts.host(spec("control")), FileState(folder / "control", ["."]), gateway
        )
        candidate = FacadeSide(
            hosts.host(spec("candidate")),
            hosts.host(spec("candidate")),
            routes,
            FileState(folder / "candidate", ["."]),
            gateway,
        )
        control.prepare()
        candidate.prepare(control.base)
        engine = Engine(control, candidate)
        while engine.exchanges < exchanges:
            requests = tuple(request(dice) for _ in range(LENGTH))
            engine.compare(SessionCase(f"session {engine.exchanges}", requests))
        control.end()
        candidate.end()
    finally:
        hosts.close()
        shutil.rmtree(folder)
    found = [(one.path, one.kind, one.control, one.candidate) for one in engine.differences]
    noisy = sorted(engine.noisy)
    print(json.dumps({"exchanges": engine.exchanges, "differences": found, "noisy": noisy}))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000))
