"""Reads and writes a survey as JSON: the child's answer, ``--json`` and ``infra/survey.json``."""

from __future__ import annotations

from pydantic import TypeAdapter

from unlith.domain.survey import Survey

_ADAPTER = TypeAdapter(Survey)


def survey_from_json(data: object) -> Survey:
    """Give the survey that a decoded JSON value describes."""
    return _ADAPTER.validate_python(data)


def survey_to_json(survey: Survey) -> dict[str, object]:
    """Give a survey as JSON values."""
    value: dict[str, object] = _ADAPTER.dump_python(survey, mode="json")
    return value
