"""Reads ``infra/stages.toml``: the stages that the app can be deployed to."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)

from unlith.domain.iam.actions import kind_of
from unlith.domain.iam.arns import given_arn
from unlith.domain.stage import NAME, RETENTIONS, RUNTIMES, Architecture, Stage, Switch
from unlith.errors import ConfigError, Problem
from unlith.files.settings import problems_of
from unlith.files.toml_lines import line_of

FILE = "stages.toml"
SCHEMA = 1

_LOOPBACK = re.compile(r"https?://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?/?\Z")
_SECRET = re.compile(
    r"(arn:aws[a-z-]*:(secretsmanager|ssm):[\w:/+=.@-]+|ssm:/[\w/.-]+)(#[\w.-]+)?\Z"
)
_VARIABLE = re.compile(r"[A-Za-z][A-Za-z0-9_]+\Z")
_ACTION = re.compile(r"[a-z][a-z0-9-]+(:[A-Z]\w+)?\Z")
_RESERVED = re.compile(r"(AWS_|LAMBDA_|_HANDLER\Z|_X_AMZN_TRACE_ID\Z)")


def _is_endpoint(value: str) -> str:
    if not (_LOOPBACK.match(value) or value.startswith("https://")):
        raise ValueError("an endpoint is https://…, or http on this machine's loopback")
    return value


def _is_runtime(value: str) -> str:
    if value not in RUNTIMES:
        raise ValueError("one of " + ", ".join(RUNTIMES))
    return value


def _is_retention(value: int) -> int:
    if value not in RETENTIONS:
        raise ValueError("one of " + ", ".join(map(str, RETENTIONS)))
    return value


def _are_variables(value: dict[str, str]) -> dict[str, str]:
    for name in value:
        if not _VARIABLE.match(name) or _RESERVED.match(name):
            raise ValueError(f"not a name that a function's environment can have: {name!r}")
    return value


def _are_references(value: dict[str, str]) -> dict[str, str]:
    for name, reference in value.items():
        # The value is not shown: it may be the secret itself.
        if not _SECRET.match(reference):
            raise ValueError(
                f"{name} must be a reference: an ARN of Secrets Manager (with #key for a field "
                "of a JSON secret) or ssm:/path, never the secret itself"
            )
    return value


def _are_resources(value: dict[str, list[str]]) -> dict[str, list[str]]:
    for name, given in value.items():
        if not _ACTION.match(name):
            raise ValueError(f"not a service (dynamodb) or action (dynamodb:PutItem): {name!r}")
        for text in given:
            if given_arn(kind_of(name), text) is None and given_arn(_kind(name), text) is None:
                raise ValueError(
                    f"{text!r} is no name or ARN for {name}: an ARN may end in *, a name not, "
                    "and what unlith has no names for needs an ARN"
                )
    return value


def _kind(name: str) -> str:
    # A service alone: each of its actions has a kind of its own; this is the usual one.
    return kind_of(f"{name}:") if ":" not in name else kind_of(name)


class _Stage(BaseModel):
    model_config = ConfigDict(extra="forbid")
    account: Annotated[str, StringConstraints(pattern=r"^\d{12}$", strict=True)]
    region: Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$", strict=True)]
    profile: str = ""
    endpoint: Annotated[str, AfterValidator(_is_endpoint)] | None = None
    bucket: (
        Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")] | None
    ) = None
    runtime: Annotated[str, AfterValidator(_is_runtime)] = "python3.13"
    architecture: Architecture = Architecture.ARM64
    memory_mb: int = Field(default=512, ge=128, le=10240, strict=True)
    timeout_s: int = Field(default=29, ge=1, le=900, strict=True)
    log_retention_days: Annotated[int, AfterValidator(_is_retention)] = 30
    switch: Switch = Switch.VARIABLES
    environ: Annotated[dict[str, str], AfterValidator(_are_variables)] = {}
    secrets: Annotated[
        dict[str, str], AfterValidator(_are_variables), AfterValidator(_are_references)
    ] = {}
    resources: Annotated[dict[str, list[str]], AfterValidator(_are_resources)] = {}


class _Stages(BaseModel):
    model_config = ConfigDict(extra="forbid")
    schema_: int = Field(alias="schema", strict=True)
    stages: dict[str, _Stage] = {}


def read_stages(file: Path) -> dict[str, Stage]:
    """Give the stages by name; none where there is no file.

    Raises:
        ConfigError: with every mistake at once, each with its key and line.
    """
    try:
        text = file.read_text("utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([Problem(str(file), "", f"cannot be read: {error}")]) from None
    return stages_from_toml(text, f"{file.parent.name}/{file.name}")


def stages_from_toml(text: str, file: str) -> dict[str, Stage]:
    """Give the stages that a text describes, by name.

    Raises:
        ConfigError: with every mistake at once, each with its key and line.
    """
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([Problem(file, "", f"not valid TOML: {error}")]) from None
    schema = raw.get("schema")
    if isinstance(schema, int) and schema > SCHEMA:
        said = f"schema {schema} is newer than this unlith reads ({SCHEMA})"
        raise ConfigError([Problem(file, "schema", said, 1)], hint="upgrade unlith")
    try:
        model = _Stages.model_validate(raw)
    except ValidationError as error:
        raise ConfigError(
            problems_of(error, file, text), hint="docs/reference/deploy.md describes stages"
        ) from None
    problems = [
        problem
        for name, stage in model.stages.items()
        for problem in _check(name, stage, file, text)
    ]
    if problems:
        raise ConfigError(problems, hint="docs/reference/deploy.md describes stages")
    return {name: _stage(name, stage) for name, stage in model.stages.items()}


# Private


def _check(name: str, stage: _Stage, file: str, text: str) -> list[Problem]:
    path = ("stages", name)
    problems = []
    if not NAME.match(name) or name == "local":
        said = "a stage's name is 1 to 20 of a-z, 0-9 and -, a letter first, and not `local`"
        problems.append(Problem(file, ".".join(path), said, line_of(text, path)))
    twice = sorted(set(stage.environ) & set(stage.secrets))
    if twice:
        said = f"{twice[0]} is in environ and in secrets"
        problems.append(Problem(file, ".".join(path), said, line_of(text, path)))
    return problems


def _stage(name: str, model: _Stage) -> Stage:
    return Stage(
        name=name,
        account=model.account,
        region=model.region,
        profile=model.profile,
        endpoint=model.endpoint or "",
        bucket=model.bucket or "",
        runtime=model.runtime,
        architecture=model.architecture,
        memory_mb=model.memory_mb,
        timeout_s=model.timeout_s,
        log_retention_days=model.log_retention_days,
        switch=model.switch,
        environ=model.environ,
        secrets=model.secrets,
        resources={name: tuple(given) for name, given in model.resources.items()},
    )
