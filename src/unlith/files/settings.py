"""Reads ``[tool.unlith]`` of the user's ``pyproject.toml``; never writes it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)

from unlith.errors import ConfigError, Problem, UsageError
from unlith.files.toml_lines import line_of

_TARGET = re.compile(r"[A-Za-z_][\w.]*(:[A-Za-z_][\w.]*(\(\))?)?\Z")


def check_target(text: str) -> str:
    """Give a target back.

    Raises:
        ValueError: if it is none.
    """
    if not _TARGET.match(text):
        raise ValueError(f"{text!r} is not `module`, `module:name` or `module:factory()`")
    return text


def given_target(text: str) -> str:
    """Give a target of the command line back.

    Raises:
        UsageError: if it is none.
    """
    try:
        return check_target(text)
    except ValueError as error:
        raise UsageError(
            f"no app: {error}", hint='for example: unlith init --app "shop.web:create_app()"'
        ) from None


Target = Annotated[str, Field(strict=True), AfterValidator(check_target)]


@dataclass(frozen=True, slots=True)
class ParitySettings:
    """How both sides are brought to the same state: see ``docs/reference/settings.md``."""

    state: tuple[str, ...] = ()
    setup: str = ""
    cases: str = "tests/parity"
    exchange_s: float = 30.0
    pinned: bool = True


@dataclass(frozen=True, slots=True)
class Settings:
    """What the user says of the workspace. Paths are absolute."""

    root: Path
    app: str
    sources: tuple[Path, ...]
    extracted: Path
    infra: Path
    environ: Mapping[str, str] = field(default_factory=dict)
    seams: Mapping[str, str] = field(default_factory=dict)
    include: tuple[str, ...] = ()
    timeout_s: float = 60.0
    parity: ParitySettings = ParitySettings()
    private: tuple[str, ...] = ()
    lazy: bool = False

    @property
    def work(self) -> Path:
        """Give the folder for what can be made again: bundles, reports, caches."""
        return self.root / ".unlith"

    @property
    def table(self) -> Path:
        """Give the routing table's file."""
        return self.infra / "routes.toml"


def _is_inside(path: str) -> str:
    parts = PurePosixPath(path).parts
    if not path.strip() or path.startswith("/") or ".." in parts or parts[:1] == (".unlith",):
        raise ValueError(f"not a path below the workspace: {path!r}")
    return path


class _Parity(BaseModel):
    model_config = ConfigDict(extra="forbid")
    state: list[Annotated[str, AfterValidator(_is_inside)]] = []
    setup: Target | None = None
    cases: str = "tests/parity"
    exchange_s: float = Field(default=30.0, gt=0, le=900)
    pinned: bool = True


class _Tape(BaseModel):
    model_config = ConfigDict(extra="forbid")
    private: list[Annotated[str, StringConstraints(pattern=r"^[/$].")]] = []


class _Unlith(BaseModel):
    model_config = ConfigDict(extra="forbid")
    app: Target
    sources: list[str] = ["."]
    extracted: str = "extracted"
    infra: str = "infra"
    environ: dict[str, str] = {}
    seams: dict[Target, Target] = {}
    include: list[str] = []
    timeout_s: float = Field(default=60.0, gt=0, le=900)
    lazy: bool = False
    parity: _Parity = _Parity()
    tape: _Tape = _Tape()


def find_root(start: Path) -> Path:
    """Give the nearest folder upwards whose ``pyproject.toml`` has ``[tool.unlith]``.

    Raises:
        UsageError: if there is none.
    """
    for folder in (start, *start.parents):
        if has_settings(folder):
            return folder
    raise UsageError(
        f"no [tool.unlith] in a pyproject.toml in {start} or above",
        hint="run `unlith init --app module:app` in your project's folder",
    )


def has_settings(folder: Path) -> bool:
    """Say whether a folder's ``pyproject.toml`` has ``[tool.unlith]``."""
    file = folder / "pyproject.toml"
    return file.is_file() and "unlith" in _toml(file).get("tool", {})


def read_settings(root: Path) -> Settings:
    """Read the workspace's settings.

    Raises:
        ConfigError: with every mistake at once, each with its key and line.
    """
    file = root / "pyproject.toml"
    raw = _toml(file).get("tool", {}).get("unlith", {})
    try:
        model = _Unlith.model_validate(raw)
    except ValidationError as error:
        raise ConfigError(
            problems_of(error, file.name, file.read_text("utf-8"), ("tool", "unlith")),
            hint="docs/reference/settings.md lists every key",
        ) from None
    problems = [
        Problem(
            file.name,
            "sources",
            f"no such folder: {name}",
            line_of(file.read_text("utf-8"), ("tool", "unlith", "sources")),
        )
        for name in model.sources
        if not (root / name).is_dir()
    ]
    if problems:
        raise ConfigError(problems)
    return Settings(
        root=root,
        app=model.app,
        sources=tuple((root / name).resolve() for name in model.sources),
        extracted=root / model.extracted,
        infra=root / model.infra,
        environ=dict(model.environ),
        seams=dict(model.seams),
        include=tuple(model.include),
        timeout_s=model.timeout_s,
        lazy=model.lazy,
        parity=ParitySettings(
            state=tuple(model.parity.state),
            setup=model.parity.setup or "",
            cases=model.parity.cases,
            exchange_s=model.parity.exchange_s,
            pinned=model.parity.pinned,
        ),
        private=tuple(model.tape.private),
    )


def problems_of(
    error: ValidationError, file: str, text: str, prefix: Sequence[str | int] = ()
) -> list[Problem]:
    """Turn pydantic's findings into problems with file, key and line."""
    problems = []
    for finding in error.errors():
        path = [part for part in finding["loc"] if part not in ("[key]",)]
        key = ".".join(str(part) for part in path)
        message = str(finding["msg"]).removeprefix("Value error, ")
        problems.append(Problem(file, key, message, line_of(text, (*prefix, *path))))
    return problems


# Private


def _toml(file: Path) -> dict[str, dict[str, object]]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        raise UsageError(f"no such file: {file}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError([Problem(str(file), "", f"not valid TOML: {error}")]) from None
