"""The routing table as TOML: reads it with every mistake at once, writes it keeping comments."""

from __future__ import annotations

import tomllib
from collections import Counter
from typing import Any

import tomlkit
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from tomlkit.items import Table

from unlith.domain.route import Route
from unlith.domain.routing import (
    NAME,
    SCHEMA,
    Group,
    Phase,
    RoutingTable,
    check_cohort,
    check_share,
)
from unlith.errors import ConfigError, Problem, UnlithError, UsageError
from unlith.files.settings import problems_of
from unlith.files.toml_lines import line_of

HEADER = (
    "Who serves each route. Edit by hand or with `unlith route`; comments stay.",
    "phase: monolith | shadow | canary (with share_pct) | function | retired",
)


class _Group(BaseModel):
    model_config = ConfigDict(extra="forbid")
    function: str
    routes: list[str] = Field(min_length=1)
    phase: Phase = Phase.MONOLITH
    share_pct: int = Field(default=0, ge=0, le=100, strict=True)
    cohort: str = "client"


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid")
    schema_: int = Field(alias="schema", strict=True)
    version: int = Field(ge=0, strict=True)
    groups: dict[str, _Group] = {}


def schema() -> dict[str, object]:
    """Give the JSON schema of ``infra/routes.toml``, read as JSON."""
    found = _Table.model_json_schema(by_alias=True)
    about = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "routes.toml"}
    return {**found, **about}


def table_from_toml(text: str, file: str) -> RoutingTable:
    """Read a routing table.

    Raises:
        ConfigError: with every mistake at once: file, key, line.
    """
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([Problem(file, "", f"not valid TOML: {error}")]) from None
    schema = raw.get("schema")
    if isinstance(schema, int) and schema > SCHEMA:
        message = f"schema {schema} is newer than this unlith reads ({SCHEMA})"
        raise ConfigError(
            [Problem(file, "schema", message, line_of(text, ["schema"]))], hint="upgrade unlith"
        )
    problems: list[Problem] = []
    try:
        model: _Table | None = _Table.model_validate(raw)
    except ValidationError as error:
        problems = problems_of(error, file, text)
        model = None
    groups = raw.get("groups")
    problems += _rule_problems(groups if isinstance(groups, dict) else {}, file, text)
    if problems or model is None:
        raise ConfigError(problems, hint="docs/reference/routing-table.md describes the table")
    return RoutingTable(model.version, tuple(_group(n, g) for n, g in model.groups.items()))


def table_to_toml(table: RoutingTable, before: str = "") -> str:
    """Write a routing table into the text it had before, so that comments stay."""
    document = tomlkit.parse(before)
    if "schema" not in document:
        for line in HEADER:
            document.add(tomlkit.comment(line))
        document["schema"] = SCHEMA
    document["version"] = table.version
    groups: Any = document.setdefault("groups", tomlkit.table(is_super_table=True))
    for group in table.groups:
        if group.name not in groups:
            groups[group.name] = tomlkit.table()
        _fill(groups[group.name], group)
    for name in [n for n in groups if n not in {g.name for g in table.groups}]:
        del groups[name]
    return tomlkit.dumps(document)


# Private


def _fill(item: Table, group: Group) -> None:
    values: dict[str, object] = {
        "function": group.function,
        "routes": [str(route) for route in group.routes],
        "phase": str(group.phase),
    }
    if group.phase is Phase.CANARY:
        values["share_pct"] = group.share_pct
    else:
        item.pop("share_pct", None)
    if group.cohort != "client" or "cohort" in item:
        values["cohort"] = group.cohort
    for key, value in values.items():
        if key not in item or item[key] != value:
            item[key] = value


def _group(name: str, model: _Group) -> Group:
    return Group(
        name=name,
        function=model.function,
        routes=tuple(Route.parse(route) for route in model.routes),
        phase=model.phase,
        share_pct=model.share_pct if model.phase is Phase.CANARY else 0,
        cohort=model.cohort,
    )


def _rule_problems(groups: dict[str, Any], file: str, text: str) -> list[Problem]:
    problems = []
    seen: Counter[Route] = Counter()
    for name, group in groups.items():
        if not isinstance(group, dict):
            continue
        for key, message in _group_problems(name, group, seen):
            path = ("groups", name, key) if key else ("groups", name)
            problems.append(Problem(file, ".".join(path), message, line_of(text, path)))
    return problems


def _group_problems(
    name: str, group: dict[str, Any], seen: Counter[Route]
) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, value in (("", name), ("function", group.get("function"))):
        if isinstance(value, str) and not NAME.match(value):
            found.append((key, f"not a name: {value!r} (use a-z, 0-9 and _)"))
    routes = group.get("routes")
    for text in routes if isinstance(routes, list) else []:
        try:
            route = Route.parse(str(text))
        except UsageError as error:
            found.append(("routes", error.message))
            continue
        seen[route] += 1
        if seen[route] == 2:
            found.append(("routes", f"{str(route)!r} is in more than one place"))
    for key, check in (("share_pct", _check_share), ("cohort", _check_cohort)):
        try:
            check(group)
        except UnlithError as error:
            found.append((key, error.message))
    return found


def _check_share(group: dict[str, Any]) -> None:
    phase, share = group.get("phase", Phase.MONOLITH), group.get("share_pct", 0)
    if phase == Phase.CANARY and isinstance(share, int) and 0 <= share <= 100:
        check_share(Phase.CANARY, share)


def _check_cohort(group: dict[str, Any]) -> None:
    check_cohort(str(group.get("cohort", "client")))
