"""The measured process: matches requests with Werkzeug or the router, a marker around each block.

Usage (under callgrind, see bench.py): ``decide.py werkzeug|router ROUTES CALLS``.
"""

from __future__ import annotations

import gc
import os
import sys
from typing import Any

from werkzeug.routing import Map, Rule

from unlith.domain.survey import Converter, Location, SurveyedRule
from unlith.domain.targets.router import Router

TAILS = ("", "<int:id>", "<int:id>/total", "<name>/edit", "new")
BUILT_IN = "werkzeug.routing.converters:"
CONVERTERS = {
    "id": Converter("id", "int", f"{BUILT_IN}IntegerConverter", r"\d+", weight=50),
    "name": Converter("name", "default", f"{BUILT_IN}UnicodeConverter", "[^/]{1,}"),
}


def texts_of(routes: int) -> list[str]:
    """Give as many rules: five a resource."""
    return [f"/api/r{n // 5}/{TAILS[n % 5]}" for n in range(routes)]


def by_router(routes: int) -> Any:
    """Give the router's decision."""
    rules = [
        SurveyedRule(
            text,
            text,
            ("GET", "HEAD", "OPTIONS"),
            Location("", ""),
            converters=tuple(c for name, c in CONVERTERS.items() if f"{name}>" in text),
        )
        for text in texts_of(routes)
    ]
    router = Router(rules)
    return lambda path: router.find(path, "GET")


def by_werkzeug(routes: int) -> Any:
    """Give Werkzeug's own decision."""
    rules = [Rule(text, endpoint=text, methods=["GET", "OPTIONS"]) for text in texts_of(routes)]
    adapter = Map(rules).bind("bench.example")
    return lambda path: adapter.match(path, "GET", return_rule=True)


def main(side: str, routes: int, calls: int) -> None:
    """Match paths of resources from the whole map."""
    last = routes // 5
    shapes = ("", "7", "7/total", "rex/edit", "new")
    numbers = (0, last // 2, last - 1)
    paths = [f"/api/r{n}/{shape}" for n in numbers for shape in shapes]
    decide = {"router": by_router, "werkzeug": by_werkzeug}[side](routes)
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
