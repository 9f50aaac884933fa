"""Reads and writes surveys as JSON: the child's answer, ``--json`` and ``infra/survey.json``."""

from __future__ import annotations

import functools
import json
from dataclasses import fields

from pydantic import TypeAdapter

from unlith.domain.survey import Survey
from unlith.domain.survey_report import FullSurvey


def survey_from_json(data: object) -> Survey:
    """Give the survey that a decoded JSON value describes."""
    return _survey().validate_python(data)


def survey_to_json(survey: Survey) -> dict[str, object]:
    """Give a survey as JSON values."""
    value: dict[str, object] = _survey().dump_python(survey, mode="json")
    return value


def full_from_json(text: str | bytes) -> FullSurvey:
    """Give the full survey that a JSON text describes."""
    data = json.loads(text)
    own = {key: data.pop(key) for key in _OWN if key in data}
    return _full().validate_python({**own, "survey": data})


def full_to_json(full: FullSurvey) -> bytes:
    """Give a full survey as JSON text: the app's facts and the rest on one level."""
    return json.dumps(full_to_data(full), indent=1, ensure_ascii=False).encode() + b"\n"


def full_to_data(full: FullSurvey) -> dict[str, object]:
    """Give a full survey as JSON values."""
    data: dict[str, object] = _full().dump_python(full, mode="json")
    survey = data.pop("survey")
    assert isinstance(survey, dict)
    return {**survey, **data}


def schema() -> dict[str, object]:
    """Give the JSON schema of ``infra/survey.json``."""
    whole = _full().json_schema(mode="serialization")
    definitions = whole["$defs"]
    app = definitions.pop("Survey")
    own = {name: value for name, value in whole["properties"].items() if name != "survey"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "infra/survey.json",
        "type": "object",
        "properties": {**app["properties"], **own},
        "required": sorted({*app["required"], "routes", "findings", "mode", "schema"}),
        "additionalProperties": False,
        "$defs": definitions,
    }


# Private

_OWN = tuple(field.name for field in fields(FullSurvey) if field.name != "survey")


@functools.cache
def _survey() -> TypeAdapter[Survey]:
    return TypeAdapter(Survey)


@functools.cache
def _full() -> TypeAdapter[FullSurvey]:
    return TypeAdapter(FullSurvey)
