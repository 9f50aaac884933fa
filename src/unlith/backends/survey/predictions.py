"""Predicts what each route would be as a function: from closures, import profile and traffic."""

from __future__ import annotations

import functools
import json
import re
import sys
from collections.abc import Iterable, Mapping
from importlib.resources import files
from pathlib import Path

from unlith.backends.distributions import needed, owners_of_imports, size_of
from unlith.backends.survey.import_time import time_of
from unlith.domain.cost import Prices
from unlith.domain.profile import ImportProfile, Prediction, RouteCase, in_order, predict
from unlith.domain.readiness import Finding, Severity
from unlith.domain.survey import Survey
from unlith.domain.survey_route import RouteFacts

_LOG_LINE = re.compile(r'"([A-Z]+) (\S+)[^"]*" \d{3}')


def load_prices(file: Path | None = None) -> Prices:
    """Give the prices of a file, or those that come with the tool."""
    text = file.read_text("utf-8") if file else _shipped()
    data = json.loads(text)
    return Prices(
        data["region"],
        data["read"],
        data["per_gb_s"],
        data["per_request"],
        data["per_gateway_request"],
    )


def predictions(
    routes: Iterable[RouteFacts],
    profile: ImportProfile,
    findings: Iterable[Finding],
    traffic: Mapping[str, float],
    prices: Prices,
) -> tuple[Prediction, ...]:
    """Give a prediction for every route, in the order given, with the order of extraction."""
    known = tuple(routes)
    errors: dict[str, int] = {}
    for finding in findings:
        if finding.severity is Severity.ERROR and not finding.suppressed:
            for route in finding.routes:
                errors[route] = errors.get(route, 0) + 1
    groups = _groups(known)
    total = sum(traffic.values())
    found = []
    for facts in known:
        closure = facts.closure
        # A slim function defers what is imported but not used.
        distributions = _with_requirements(tuple(sorted({*closure.used, "flask"})))
        tops = _imports_of(distributions) | set(sys.stdlib_module_names)
        count, ms = time_of(profile, closure.modules, tops)
        size = sum(map(size_of, distributions))
        requests = traffic.get(facts.route, 0.0)
        case = RouteCase(
            facts.route, count, ms, size, requests, errors.get(facts.route, 0),
            groups[facts.route],
        )  # fmt: skip
        found.append(predict(case, profile, total, prices))
    return in_order(found)


def traffic_of(survey: Survey, log: Path | None, total: float) -> dict[str, float]:
    """Give requests a month by route: counted in an access log, or *total* spread evenly.

    With a log and a total, the log gives the shares.
    """
    routes = [str(route) for route, rule in survey.routes() if rule.kind != "static"]
    if log is None:
        return {route: total / len(routes) for route in routes} if total and routes else {}
    patterns = [(str(route), re.compile(_pattern(route.rule) + r"\Z"), route.method)
                for route, _ in survey.routes()]  # fmt: skip
    counts: dict[str, float] = {}
    for line in log.read_text("utf-8", "replace").splitlines():
        found = _LOG_LINE.search(line)
        if not found:
            continue
        method, path = found.group(1), found.group(2).partition("?")[0]
        for route, pattern, of_method in patterns:
            if method == of_method and pattern.match(path):
                counts[route] = counts.get(route, 0) + 1
                break
    factor = total / sum(counts.values()) if total and counts else 1.0
    return {route: count * factor for route, count in counts.items()}


# Private


def _shipped() -> str:
    return (files("unlith.backends.survey") / "prices.json").read_text("utf-8")


def _pattern(rule: str) -> str:
    parts = re.split(r"(<[^<>]*>)", rule)
    made = ["".join(_variable(part) if part[:1] == "<" else re.escape(part)) for part in parts]
    return "".join(made)


def _variable(part: str) -> str:
    kind = part.strip("<>").rpartition(":")[0].partition("(")[0]
    return {"int": r"\d+", "path": r".+", "float": r"\d+\.\d+"}.get(kind, r"[^/]+")


@functools.cache
def _with_requirements(distributions: tuple[str, ...]) -> frozenset[str]:
    owners = owners_of_imports()
    tops = [top for top, found in owners.items() if set(found) & set(distributions)]
    return frozenset(needed(tops)[0])


@functools.cache
def _imports_of(distributions: frozenset[str]) -> frozenset[str]:
    return frozenset(
        top for top, found in owners_of_imports().items() if set(found) & distributions
    )


def _groups(routes: tuple[RouteFacts, ...]) -> dict[str, int]:
    # Routes that share four fifths of what each of them needs are one group.
    heads: list[frozenset[str]] = []
    found = {}
    for facts in routes:
        modules = frozenset(facts.closure.modules)
        for number, head in enumerate(heads, 1):
            if modules == head or len(modules & head) >= 0.8 * len(modules | head):
                found[facts.route] = number
                break
        else:
            heads.append(modules)
            found[facts.route] = len(heads)
    return found
