"""The measured process: one adapter, every case, a marker before and after each block.

The marker is libc's ``sched_yield``: callgrind writes its counters when it is entered.
Usage (under callgrind, see bench.py): ``instructions.py ADAPTER CALLS``. Prints the cases run.
"""

from __future__ import annotations

import gc
import os
import sys

from cases import APPS, CASES, EVENTS, Context
from peers import ADAPTERS


def main(name: str, calls: int) -> None:
    """Run every case the adapter can answer."""
    context = Context()
    handlers = {app: ADAPTERS[name](make()) for app, make in APPS.items()}
    gc.disable()
    for app, shape in CASES:
        handler, event = handlers[app], EVENTS[shape]
        try:
            for _ in range(30):
                handler(event, context)
        except Exception as error:
            print(f"{app} {shape} fails {type(error).__name__}", flush=True)
            continue
        os.sched_yield()
        for _ in range(calls):
            handler(event, context)
        os.sched_yield()
        print(f"{app} {shape} ran", flush=True)


main(sys.argv[1], int(sys.argv[2]))
