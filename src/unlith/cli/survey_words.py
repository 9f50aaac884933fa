"""A survey in words: the table of all routes in 80 columns, and one route in full."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable

from unlith.cli.output import printable, say
from unlith.domain.readiness import Finding, Severity
from unlith.domain.survey import Hook, Location, SurveyedRule
from unlith.domain.survey_report import FullSurvey
from unlith.domain.survey_route import RouteClosure, RouteFacts, Touch

_WIDTH = 80
_SHOWN = 12
_PACKAGES = "/site-packages/"


def listed(found: FullSurvey) -> None:
    """Print every route with its figures, then what holds for the whole app."""
    say(
        f"{'ROUTE':<38} {'HOOKS':>5} {'USES':>5} {'OF':>4} {'E':>2} {'W':>2} {'COLD ms':>7} ADVICE"
    )
    total = len({*found.survey.modules, *(m for r in found.routes for m in r.closure.modules)})
    for route, rule in found.survey.routes():
        facts = found.facts_of(str(route)) or RouteFacts(str(route), rule.endpoint)
        counts = Counter(f.severity for f in found.findings_for(str(route)) if not f.suppressed)
        told = found.prediction_for(str(route))
        hooks = sum(hook.kind != "error_handler" for hook in found.survey.hooks_for(rule))
        cold = f"{told.cold_ms:.0f}" if told else ""
        numbers = (
            f"{hooks:>5} {len(facts.closure.modules):>5} {total:>4} "
            f"{counts[Severity.ERROR]:>2} {counts[Severity.WARNING]:>2} {cold:>7} "
        )
        advice = _advice(told.advice, told.order) if told else ""
        for line in _folded(str(route), numbers + advice):
            say(printable(line))
    _whole(found)


def in_full(found: FullSurvey, rule: SurveyedRule, name: str) -> None:
    """Print everything about one route."""
    say(printable(name))
    for label, value in _facts(found, rule):
        if value:
            say(printable(f"  {label:<13} {value}"))
    say("  hooks, in the order of Flask's registries:")
    for hook in found.survey.hooks_for(rule):
        say(printable(f"    {_hook(hook)}"))
    if found.survey.registered:
        say("  around every view:")
        for hook in found.survey.registered:
            say(printable(f"    {_hook(hook)}"))
    facts = found.facts_of(name)
    if facts is not None:
        _closure(facts)
        _touches(facts.touches)
    _findings(found.findings_for(name), "what would break on Lambda")
    told = found.prediction_for(name)
    if told is not None:
        say(
            f"  as a function: imports {told.modules} of {told.modules_whole} modules, "
            f"cold start {told.cold_ms:.0f} ms, {told.size_bytes / 1e6:.1f} MB, "
            f"{told.memory_mb} MB of memory, {told.cost_usd:.2f} USD a month "
            f"(prices of {found.prices_read})"
        )
        if told.why:
            advice = _advice(told.advice, told.order)
            say(f"  advice: {advice}: {told.why}" if advice else f"  advice: {told.why}")


# Private


def _whole(found: FullSurvey) -> None:
    routes = sum(len(rule.routes) for rule in found.survey.rules)
    say(f"\n{routes} routes in {len(found.survey.rules)} rules of {found.survey.target}")
    profile = found.profile
    if profile is not None:
        say(f"whole app: {len(profile.modules)} modules, imported in {profile.total_ms:.0f} ms, "
            f"{profile.memory_mb:.0f} MB")  # fmt: skip
        tops: Counter[str] = Counter()
        for one in profile.modules:
            tops[one.name.partition(".")[0]] += one.self_us
        slow = ", ".join(f"{name} {us / 1000:.0f} ms" for name, us in tops.most_common(5))
        say(f"slowest imports: {slow}")
    _findings((f for f in found.findings if not f.routes), "findings about the whole app")
    for limit in found.limits:
        say(f"not known: {limit}")


def _findings(findings: Iterable[Finding], title: str) -> None:
    known = list(findings)
    if not known:
        return
    say(f"  {title}:")
    for finding in known:
        place = f"{finding.file}:{finding.line}: " if finding.file else ""
        note = f" (ignored: {finding.suppressed})" if finding.suppressed else ""
        say(printable(f"    {finding.rule} {finding.severity}: {place}{finding.message}{note}"))
        if finding.remedy and not finding.suppressed:
            say(printable(f"      remedy: {finding.remedy}"))


def _advice(advice: str, order: int) -> str:
    return f"{advice} {order}" if order else advice


def _folded(route: str, rest: str) -> list[str]:
    room = 38
    if len(route) <= room:
        return [f"{route:<{room}} {rest}".rstrip()]
    lines = [route[n : n + _WIDTH] for n in range(0, len(route), _WIDTH)]
    return [*lines, f"{'':<{room}} {rest}".rstrip()]


def _facts(found: FullSurvey, rule: SurveyedRule) -> list[tuple[str, str]]:
    facts = found.survey.facts
    return [
        ("endpoint", rule.endpoint),
        ("methods", " ".join(rule.methods)),
        ("view", _place(rule.view)),
        ("comes from", rule.origin),
        ("shadowed by", rule.shadowed_by and f"{rule.shadowed_by}: the app calls it without"),
        ("handlers", ", ".join(f"{method}: {where}" for method, where in rule.handlers)),
        ("blueprints", " < ".join(rule.blueprints) or "none: on the app"),
        ("decorators", ", ".join(map(str, rule.decorators)) or "none"),
        ("converters", ", ".join(f"{c.variable}: {c.name} ({c.cls})" for c in rule.converters)),
        ("defaults", ", ".join(f"{name}={value}" for name, value in rule.defaults)),
        ("slashes", "strict" if rule.strict_slashes else "either form answers"),
        ("host", rule.host),
        ("subdomain", rule.subdomain),
        ("serves", "a websocket" if rule.websocket else "nothing" if rule.build_only else ""),
        ("OPTIONS", "" if rule.auto_options else "not answered by Flask itself"),
        ("session", facts.session_interface),
        ("JSON", facts.json_provider),
        ("wrapped WSGI", ", ".join(facts.wsgi_wrapped)),
    ]


def _closure(facts: RouteFacts) -> None:
    closure = facts.closure
    for label, names in (
        ("needed by it alone", closure.needed),
        ("shared with others", closure.shared),
        ("imported, not used", closure.imported),
        ("templates", closure.templates),
        ("distributions used", closure.used),
        ("imported with them", closure.pulled),
        ("ran in a traced run", closure.traced),
        ("never ran in it", _never_ran(closure)),
        ("unknown", closure.unknown),
    ):
        if names:
            more = f", and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
            say(printable(f"  {label} ({len(names)}): {', '.join(names[:_SHOWN])}{more}"))


def _never_ran(closure: RouteClosure) -> tuple[str, ...]:
    # Reading over-approximates: what it found and no traced request ran is worth a look.
    return tuple(m for m in closure.modules if closure.traced and m not in closure.traced)


def _touches(touches: tuple[Touch, ...]) -> None:
    by_kind: dict[str, list[str]] = {}
    for touch in touches:
        name = f"{touch.name} (write)" if touch.access == "write" else touch.name
        names = by_kind.setdefault(touch.kind, [])
        if name not in names:
            names.append(name)
    for kind, names in by_kind.items():
        more = f", and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        say(printable(f"  {kind}: {', '.join(names[:_SHOWN])}{more}"))


def _hook(hook: Hook) -> str:
    what = hook.kind
    if hook.key or hook.exception:
        what = f"{hook.kind} {hook.key or hook.exception}"
    return f"{what} [{hook.scope or 'app'}] {_place(hook.where)}"


def _place(where: Location) -> str:
    if not where.file:
        return str(where)
    near = os.path.relpath(where.file)
    if near.startswith("..") or _PACKAGES in near:
        near = where.file.rpartition(_PACKAGES)[2]
    return f"{where} ({near}:{where.line})"
