"""Builds the same rules for Werkzeug and for this tool."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote, urlsplit

from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import Map, RequestRedirect, Rule

from unlith.domain.survey import Converter, Location, SurveyedRule
from unlith.domain.targets.proof import Truth


def surveyed(rule: Rule) -> SurveyedRule:
    """Give a bound rule as the survey would."""
    return SurveyedRule(
        rule=rule.rule,
        endpoint=rule.endpoint,
        methods=tuple(sorted(rule.methods or ())),
        view=Location("m", rule.endpoint),
        converters=tuple(
            Converter(
                name,
                type(c).__name__,
                f"{type(c).__module__}:{type(c).__qualname__}",
                c.regex,
                c.part_isolating,
                "",
                c.weight,
            )
            for name, c in rule._converters.items()
        ),
        defaults=tuple((key, repr(value)) for key, value in (rule.defaults or {}).items()),
        strict_slashes=bool(rule.strict_slashes),
        merge_slashes=bool(rule.merge_slashes),
        host=rule.host or "",
        subdomain=rule.subdomain or "",
        websocket=bool(rule.websocket),
        build_only=bool(rule.build_only),
        redirects=rule.redirect_to is not None or bool(rule.alias),
    )


def both(rules: Iterable[Rule], **options: Any) -> tuple[Map, tuple[SurveyedRule, ...]]:
    """Give a map of rules, and the same rules as surveyed."""
    made = Map(list(rules), **options)
    made.update()
    return made, tuple(surveyed(rule) for rule in made.iter_rules())


def theirs(made: Map, path: str, method: str) -> tuple[str, Any]:
    """Give how Werkzeug's own matching ends: with an endpoint, methods or another path."""
    try:
        endpoint, _ = made.bind("example.com").match(path, method)
    except RequestRedirect as error:
        return "redirect", unquote(urlsplit(error.new_url).path)
    except MethodNotAllowed as error:
        return "405", frozenset(error.valid_methods or ())
    except HTTPException as error:
        return str(error.code), None
    return "match", endpoint


def truth_of(made: Map, path: str, method: str) -> Truth:
    """Give how Werkzeug's own matching ends, for a proof."""
    try:
        rule, _ = made.bind("example.com").match(path, method, return_rule=True)
    except RequestRedirect:
        return Truth("redirect")
    except MethodNotAllowed as error:
        return Truth("405", allowed=frozenset(error.valid_methods or ()))
    except HTTPException as error:
        return Truth(str(error.code))
    # Werkzeug holds rules for equal whose addresses are.
    places = [n for n, one in enumerate(made.iter_rules()) if one is rule]
    return Truth("match", places[0])
