"""Routing tables at random, for any url_map."""

from __future__ import annotations

import random
from collections.abc import Sequence

from unlith.domain.route import Route
from unlith.domain.routing import Group, Phase, RoutingTable
from unlith.domain.survey import SurveyedRule


def table_at_random(rules: Sequence[SurveyedRule], seed: int) -> RoutingTable:
    """Give a table with functions for some routes: alone, by prefix, or nearly all of them."""
    chance = random.Random(seed)
    share = chance.choice((0.1, 0.3, 0.6, 1.0))
    by_prefix = chance.random() < 0.5
    routes: dict[Route, str] = {}
    for rule in rules:
        if rule.build_only or rule.websocket:
            continue
        first = rule.rule.strip("/").partition("/")[0]
        name = f"f_{sum(map(ord, first)) % 7}" if by_prefix else f"f_{chance.randrange(12)}"
        same = random.Random(f"{seed} {name}" if by_prefix else chance.random())
        if same.random() < share:
            for method in rule.methods or ("GET", "POST"):
                if method != "OPTIONS" and (by_prefix or chance.random() < 0.8):
                    routes.setdefault(Route(method, rule.rule), name)
    groups = {name: [r for r, n in routes.items() if n == name] for name in routes.values()}
    return RoutingTable(
        1, tuple(Group(n, n, tuple(rs), Phase.FUNCTION) for n, rs in sorted(groups.items()))
    )
