"""Explain who answers a request, show what a change of the table moves, prove both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import unquote, urlsplit

from unlith.domain.routing import Decision, Group, Phase, RoutingTable, Side
from unlith.domain.survey import Survey
from unlith.domain.targets.compiled import Kept
from unlith.domain.targets.proof import IN_PROCESS, TARGETS, Proof, Wrong, shrunk
from unlith.domain.targets.router import Ends, Outcome, Router
from unlith.domain.targets.urls import requests
from unlith.errors import UsageError
from unlith.ports import FlaskMatcher, JournalEntry, Reporter, StoredTable

PATHS = 4000
"""Most paths that one check or comparison sends."""


@dataclass(frozen=True, slots=True)
class Answerer:
    """Who answers a request on one target, and why.

    ``side`` is ``monolith`` or a function's name; ``decided`` is ``at the gateway``, ``in
    process`` or, where documentation leaves the gateway's choice open, both.
    """

    target: str
    side: str
    decided: str
    why: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """How Flask matches a request, what the table says of that, and who answers on each target."""

    method: str
    path: str
    ends: str
    rule: str
    version: int
    answerers: tuple[Answerer, ...]


@dataclass(frozen=True, slots=True)
class Moved:
    """A request whose side a change moves."""

    method: str
    path: str
    rule: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check of the routing found: how many decisions, which were wrong, what is split."""

    rules: int
    requests: int
    decisions: int
    asked: int
    wrong: tuple[Wrong, ...]
    kept: tuple[tuple[str, Kept], ...]


class DryStore:
    """A table store that remembers what would be written and writes nothing."""

    def __init__(self, read: StoredTable) -> None:
        self._read = read
        self.written = read.table

    def read(self) -> StoredTable:
        """Give the table as it was."""
        return self._read

    def write(self, table: RoutingTable, *, expected: str, entry: JournalEntry) -> StoredTable:
        """Remember a table."""
        self.written = table
        return StoredTable(table, expected)

    def journal(self) -> tuple[JournalEntry, ...]:
        """Give no entries."""
        return ()


def explain(survey: Survey, table: RoutingTable, method: str, url: str) -> Explanation:
    """Say who answers a request on every target.

    Raises:
        UsageError: if the address has no path.
    """
    path = urlsplit(url).path if "//" in url[:8] else url.partition("?")[0].partition("#")[0]
    if not path.startswith("/"):
        raise UsageError(f"not an address: {url!r}", hint="begin it with a slash or with http://")
    method = method.upper()
    domain = (urlsplit(url).netloc or "localhost").lower() if survey.facts.host_matching else ""
    proof = Proof(survey.rules, table, options=_options(survey), domain=domain)
    found = proof.router.find(unquote(path), method, domain)
    in_process = _in_process(table, found, method)
    why = _reason(found, table, method)
    answers = [Answerer("facade", in_process, "in process", why)]
    for target in TARGETS:
        owners = proof.gateways[target].owners(method, path)
        compiled = proof.compiled[target]
        why = next(
            (str(k) for k in compiled.kept if found.rule and k.route.rule == found.rule.rule),
            _reason(found, table, method),
        )
        sides = {owner or in_process for owner in owners}
        decided = {"at the gateway" if owner else "in process" for owner in owners}
        answers.append(
            Answerer(target, " or ".join(sorted(sides)), " or ".join(sorted(decided)), why)
        )
    rule = found.rule.rule if found.rule else ""
    return Explanation(method, path, str(found.ends), rule, table.version, tuple(answers))


def moved(survey: Survey, before: RoutingTable, after: RoutingTable) -> tuple[Moved, ...]:
    """Give requests whose side differs between two tables: one for each method of a rule."""
    router = Router(survey.rules, **_options(survey))
    found: dict[tuple[str, str], Moved] = {}
    for method, path in requests(survey.rules, PATHS):
        outcome = router.find(unquote(path), method)
        rule = outcome.rule.rule if outcome.rule else ""
        was, will = (_words(t.decide(method, rule), t, method, rule) for t in (before, after))
        if was != will:
            found.setdefault((method, rule), Moved(method, path, rule, was, will))
    return tuple(found.values())


def check(
    survey: Survey, table: RoutingTable, matcher: FlaskMatcher, reporter: Reporter
) -> Checked:
    """Hold every target's decisions against Flask's own, under the table and under two harder.

    Those are: every group in phase ``function``, and a function for every single route.
    """
    asked = list(requests(survey.rules, PATHS))
    domain, truths = matcher.match([(method, unquote(path)) for method, path in asked])
    counts: Counter[str] = Counter()
    wrong: list[Wrong] = []
    kept: tuple[tuple[str, Kept], ...] = ()
    for place, each in enumerate(_tables(survey, table)):
        proof = Proof(survey.rules, each, options=_options(survey), domain=domain)
        if place == 0:
            kept = tuple((t, k) for t in TARGETS for k in proof.compiled[t].kept)
        label = f"table {place + 1} of 3"
        ticks = reporter.progress(range(len(asked)), total=len(asked), label=label)
        for (method, path), truth, _ in zip(asked, truths, ticks, strict=True):
            for one in proof.judge(method, path, truth, counts):
                wrong.append(one if len(wrong) > 4 else _smallest(proof, matcher, one))
    decisions = sum(counts[name] for name in (IN_PROCESS, *TARGETS))
    return Checked(len(survey.rules), len(asked), decisions, counts["asked"], tuple(wrong), kept)


# Private


def _tables(survey: Survey, table: RoutingTable) -> Iterable[RoutingTable]:
    yield table
    groups = tuple(replace(g, phase=Phase.FUNCTION, share_pct=0) for g in table.groups)
    yield RoutingTable(table.version, groups)
    routes = dict.fromkeys(route for route, rule in survey.routes() if not rule.build_only)
    yield RoutingTable(
        table.version,
        tuple(Group(f"f{n}", f"f{n}", (r,), Phase.FUNCTION) for n, r in enumerate(routes)),
    )


def _smallest(proof: Proof, matcher: FlaskMatcher, wrong: Wrong) -> Wrong:
    def again(path: str) -> list[Wrong]:
        _, truths = matcher.match([(wrong.method, unquote(path))])
        found = proof.judge(wrong.method, path, truths[0])
        return [one for one in found if one.target == wrong.target]

    found = again(shrunk(wrong.path, lambda path: bool(again(path)), tries=12))
    return found[0] if found else wrong


def _options(survey: Survey) -> dict[str, bool]:
    return {"by_host": survey.facts.host_matching, "merges": survey.facts.merge_slashes}


def _in_process(table: RoutingTable, found: Outcome, method: str) -> str:
    rule = found.rule.rule if found.rule else ""
    group = table.serving(method, rule) if rule else None
    if group is not None and group.phase is Phase.CANARY:
        # Without a client there is no cohort to decide by.
        return f"{group.function} for {group.share_pct} %, else monolith"
    return _side(table.decide(method, rule))


def _side(decision: Decision) -> str:
    return decision.function if decision.side is Side.FUNCTION else str(decision.side)


def _words(decision: Decision, table: RoutingTable, method: str, rule: str) -> str:
    group = table.serving(method, rule) if rule else None
    return f"{group.function}: {group.describe()}" if group else _side(decision)


def _reason(found: Outcome, table: RoutingTable, method: str) -> str:
    if found.ends is Ends.METHOD:
        return f"no rule answers {method} here, so 405: {', '.join(sorted(found.allowed))}"
    if found.rule is None:
        return {
            Ends.REDIRECT: f"Flask redirects to {found.path}",
            Ends.WEBSOCKET: "the rule here is a web socket's",
        }.get(found.ends, "no rule matches, so 404")
    group = table.serving(method, found.rule.rule)
    who = f"group {group.name} is {group.describe()}" if group else "no group has this route"
    unsure = ", if the app's own code takes it" if found.ends is Ends.ASK else ""
    return f"{found.rule.rule}{unsure}: {who}"
