"""The measured process: matches requests with Werkzeug or the router, a marker around each block.

Usage (under callgrind, see bench.py): ``decide.py werkzeug|router ROUTES CALLS``.
"""

from __future__ import annotations

import gc
import os
import sys

from werkzeug.routing import Map, Rule

from routing.werkzeug_maps import both
from unlith.domain.survey import SurveyedRule
from unlith.domain.targets.router import Router

TAILS = ("", "<int:id>", "<int:id>/total", "<name>/edit", "new")


def app_of(routes: int) -> tuple[Map, tuple[SurveyedRule, ...]]:
    """Give a map with as many routes: five a resource, methods taken in turn."""
    texts = [f"/api/r{n // 5}/{TAILS[n % 5]}" for n in range(routes)]
    return both(Rule(text, endpoint=text, methods=["GET"]) for text in texts)


def main(side: str, routes: int, calls: int) -> None:
    """Match paths of resources from the whole map."""
    theirs, rules = app_of(routes)
    last = routes // 5
    shapes = ("", "7", "7/total", "rex/edit", "new")
    numbers = (0, last // 2, last - 1)
    paths = [f"/api/r{n}/{shape}" for n in numbers for shape in shapes]
    adapter, router = theirs.bind("bench.example"), Router(rules)

    def by_werkzeug(path: str) -> object:
        return adapter.match(path, "GET", return_rule=True)

    def by_router(path: str) -> object:
        return router.find(path, "GET")

    decide = by_werkzeug if side == "werkzeug" else by_router
    for path in paths * 20:
        decide(path)
    gc.disable()
    os.sched_yield()
    for _ in range(calls):
        for path in paths:
            decide(path)
    os.sched_yield()
    print(len(paths) * calls)


main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
