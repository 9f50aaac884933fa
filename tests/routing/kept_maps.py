"""The kept url_maps, as this tool sees them and as Werkzeug has them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import BaseConverter, Map, RequestRedirect
from werkzeug.routing import Rule as TheirRule

from unlith.domain.survey import Converter, Location, SurveyedRule
from unlith.domain.targets.parts import TOKEN, built_in
from unlith.domain.targets.proof import Truth

MAPS = Path(__file__).parents[2] / "bench" / "routing" / "maps"


@dataclass(frozen=True)
class KeptMap:
    """One app's rules, and Werkzeug's own answer for a path and a method.

    ``match`` is asked with a decoded path.
    """

    name: str
    version: str
    rules: tuple[SurveyedRule, ...]
    options: dict[str, bool]
    match: Callable[[str, str], Truth]


def kept(file: Path) -> KeptMap:
    """Read one map."""
    data = json.loads(file.read_text("utf-8"))
    rules = tuple(_rule(raw) for raw in data["rules"])
    theirs = Map(
        merge_slashes=data["merge_slashes"],
        redirect_defaults=data["redirect_defaults"],
        host_matching=data["host_matching"],
    )
    for index, (raw, rule) in enumerate(zip(data["rules"], rules, strict=True)):
        theirs.add(_their_rule(theirs, raw, rule, index))
    options = {"merges": data["merge_slashes"], "by_host": data["host_matching"]}
    name = f"{data['package']} {data['version']}"
    return KeptMap(file.stem, name, rules, options, _matching(theirs))


def all_maps() -> list[KeptMap]:
    """Read every map, by name."""
    return [kept(file) for file in sorted(MAPS.glob("*.json"))]


def _rule(raw: dict[str, Any]) -> SurveyedRule:
    names = {f["variable"]: f["converter"] or "default" for f in TOKEN.finditer(raw["rule"])}
    return SurveyedRule(
        rule=raw["rule"],
        endpoint=raw["endpoint"],
        methods=tuple(raw["methods"] or ()),
        view=Location("", ""),
        converters=tuple(
            Converter(variable, names.get(variable, "default"), cls, regex, isolating, "", weight)
            for variable, (cls, regex, weight, isolating) in raw["converters"].items()
        ),
        defaults=tuple(raw["defaults"].items()),
        strict_slashes=raw["strict_slashes"],
        merge_slashes=raw["merge_slashes"],
        host=raw["host"],
        subdomain=raw["subdomain"],
        websocket=raw["websocket"],
        build_only=raw["build_only"],
        redirects=raw["alias"] or raw["redirect_to"],
    )


def _their_rule(theirs: Map, raw: dict[str, Any], rule: SurveyedRule, index: int) -> TheirRule:
    text = raw["rule"]
    for converter in rule.converters:
        if built_in(converter):
            continue
        name = f"own{index}_{converter.variable}"
        fields = {
            "regex": converter.regex,
            "part_isolating": converter.part_isolating,
            "weight": converter.weight,
        }
        theirs.converters = {**theirs.converters, name: type(name, (BaseConverter,), fields)}
        for found in TOKEN.finditer(text):
            if found["variable"] == converter.variable:
                text = f"{text[: found.start()]}<{name}:{converter.variable}>{text[found.end() :]}"
                break
    made = TheirRule(
        text,
        endpoint=raw["endpoint"],
        defaults=_defaults(raw["defaults"]),
        strict_slashes=rule.strict_slashes,
        merge_slashes=rule.merge_slashes,
        host=rule.host or None,
        subdomain=rule.subdomain or None,
        websocket=rule.websocket,
        build_only=rule.build_only,
        alias=raw["alias"],
        redirect_to="/elsewhere" if raw["redirect_to"] else None,
    )
    # The constructor adds methods of its own; the app's are kept as they are.
    made.methods = set(raw["methods"]) if raw["methods"] is not None else None
    made.index = index  # type: ignore[attr-defined]  # how it is found again
    return made


def _defaults(raw: dict[str, str]) -> dict[str, Any]:
    import ast

    found = {}
    for key, text in raw.items():
        try:
            found[key] = ast.literal_eval(text)
        except (ValueError, SyntaxError):
            found[key] = text
    return found


def _matching(theirs: Map) -> Callable[[str, str], Truth]:
    adapter = theirs.bind("bench.example")

    def match(path: str, method: str) -> Truth:
        try:
            rule, _ = adapter.match(path, method, return_rule=True)
        except RequestRedirect:
            return Truth("redirect")
        except MethodNotAllowed as error:
            return Truth("405", allowed=frozenset(error.valid_methods or ()))
        except HTTPException as error:
            return Truth(str(error.code))
        return Truth("match", rule.index)  # type: ignore[attr-defined]  # set above

    return match
