"""Reads and writes surveys as JSON: the child's answer, ``--json`` and ``infra/survey.json``."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from unlith.domain.survey import Survey
from unlith.domain.survey_report import FullSurvey
from unlith.files.survey_pack import expanded, packed


def survey_from_json(data: object) -> Survey:
    """Give the survey that a decoded JSON value describes."""
    return _survey().validate_python(data)


def survey_to_json(survey: Survey) -> dict[str, object]:
    """Give a survey as JSON values."""
    value: dict[str, object] = _survey().dump_python(survey, mode="json")
    return value


def full_from_json(text: str | bytes, root: Path | None = None) -> FullSurvey:
    """Give the full survey that a JSON text describes; paths in it lie below *root*."""
    data = expanded(json.loads(text))
    if root is not None:
        _with_paths(data, lambda path: str(root / path) if path.startswith("./") else path)
    own = {key: data.pop(key) for key in _OWN if key in data}
    return _full().validate_python({**own, "survey": data})


def full_to_json(full: FullSurvey) -> bytes:
    """Give a full survey as JSON text: packed, what has its usual value left out."""
    return _lines(packed(_data(full, exclude_defaults=True)))


def full_to_file(full: FullSurvey, root: Path) -> bytes:
    """Give a full survey as the text of ``infra/survey.json``.

    It says nothing of the machine: paths below *root* are given from there (``./app.py``), others
    from the folder of their packages on. Of the import profile it keeps the modules that take at
    least a hundredth of the time.
    """
    data, base = _data(full, exclude_defaults=True), root.resolve()
    _with_paths(data, lambda path: _relative(path, base))
    profile = data.get("profile")
    if profile is not None:
        least = profile["total_ms"] * 1000 * _KEPT_SHARE
        profile["modules"] = [m for m in profile["modules"] if m["cumulative_us"] >= least]
    return _lines(packed(data))


def full_to_data(full: FullSurvey) -> dict[str, object]:
    """Give a full survey as JSON values, nothing packed or left out."""
    return _data(full, exclude_defaults=False)


def schema() -> dict[str, object]:
    """Give the JSON schema of ``infra/survey.json``, and of ``unlith survey --json``."""
    whole = _full().json_schema(mode="validation")
    definitions = whole["$defs"]
    app = definitions.pop("Survey")
    own = {name: value for name, value in whole["properties"].items() if name != "survey"}
    for name, key in _OF_OBJECTS:
        listed = definitions[name]["properties"][key]
        listed["items"] = {"anyOf": [listed["items"], _GROUP]}
    own["groups"] = {
        "description": "Items that occur together: a list names the group in their place.",
        "type": "object",
        "additionalProperties": {"type": "array"},
        "propertyNames": _GROUP,
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "infra/survey.json",
        "type": "object",
        "properties": {**app["properties"], **own},
        "required": sorted({*app["required"], "mode", "schema"}),
        "additionalProperties": False,
        "$defs": definitions,
    }


# Private

_GROUP = {"type": "string", "pattern": "^@[0-9]+$"}
_OF_OBJECTS = (
    ("RouteFacts", "touches"),
    ("SurveyedRule", "decorators"),
    ("SurveyedRule", "holds"),
)
_KEPT_SHARE = 0.01
_PATHS = frozenset({"file", "root_path", "instance_path"})
_PACKAGES = ("site-packages", "dist-packages")
_OWN = tuple(field.name for field in fields(FullSurvey) if field.name != "survey")


@functools.cache
def _survey() -> TypeAdapter[Survey]:
    return TypeAdapter(Survey)


@functools.cache
def _full() -> TypeAdapter[FullSurvey]:
    return TypeAdapter(FullSurvey)


def _data(full: FullSurvey, *, exclude_defaults: bool) -> dict[str, Any]:
    data: dict[str, Any] = _full().dump_python(
        full, mode="json", exclude_defaults=exclude_defaults
    )
    survey = data.pop("survey")
    return {**survey, **data, "mode": full.mode, "schema": full.schema}


def _with_paths(data: Any, change: Callable[[str], str]) -> None:
    # Findings and touches name their files from the project on already.
    for name in ("facts", "rules", "hooks", "registered"):
        _each_path(data.get(name), change)


def _each_path(data: Any, change: Callable[[str], str]) -> None:
    if isinstance(data, dict):
        for key, value in data.items():
            if key in _PATHS and value:
                data[key] = change(value)
            else:
                _each_path(value, change)
    elif isinstance(data, list):
        for one in data:
            _each_path(one, change)


def _relative(path: str, root: Path) -> str:
    parts = Path(path).parts
    for name in _PACKAGES:
        if name in parts:
            return "/".join(parts[parts.index(name) :])
    if Path(path).is_relative_to(root):
        below = Path(path).relative_to(root).as_posix()
        return "./" if below == "." else f"./{below}"
    return parts[-1] if parts else ""


def _lines(data: dict[str, Any]) -> bytes:
    # One line an entry, so that a change is a change of few lines.
    parts = [f"{_text(key)}: {_block(value)}" for key, value in data.items()]
    return ("{\n" + ",\n".join(parts) + "\n}\n").encode()


def _block(value: Any) -> str:
    if isinstance(value, list) and value:
        return "[\n " + ",\n ".join(_text(one) for one in value) + "\n]"
    if isinstance(value, dict) and value:
        inner = (f"{_text(key)}: {_text(one)}" for key, one in value.items())
        return "{\n " + ",\n ".join(inner) + "\n}"
    return _text(value)


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(", ", ": "))
