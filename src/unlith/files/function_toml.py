"""Reads and writes ``function.toml``: what one extracted function is and was carried from.

The file holds a digest of itself, made without that line: so an edit by hand shows.
"""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import replace
from pathlib import Path

import tomlkit
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from unlith.domain.extraction import is_function_name
from unlith.domain.function import FunctionInfo, Level
from unlith.domain.route import Route
from unlith.errors import ConfigError, Problem, UsageError
from unlith.files.settings import problems_of

FILE = "function.toml"


class _Function(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    level: Level
    handler: str
    routes: list[str]
    endpoints: list[str]
    environ: list[str] = []
    carried: list[str] = []
    omitted: dict[str, str] = {}
    sources: dict[str, str] = {}
    files: dict[str, str] = {}

    @field_validator("name")
    @classmethod
    def _name(cls, value: str) -> str:
        if not is_function_name(value):
            raise ValueError("a function's name is a lower-case identifier")
        return value

    @field_validator("routes")
    @classmethod
    def _routes(cls, value: list[str]) -> list[str]:
        for text in value:
            try:
                Route.parse(text)
            except UsageError as error:
                raise ValueError(str(error)) from None
        return value


def function_from_toml(text: str, file: str) -> FunctionInfo:
    """Give the function that a file describes.

    Raises:
        ConfigError: with every mistake at once, each with its key and line.
    """
    try:
        model = _Function.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([Problem(file, "", f"not valid TOML: {error}")]) from None
    except ValidationError as error:
        raise ConfigError(problems_of(error, file, text)) from None
    return FunctionInfo(
        name=model.name,
        level=model.level,
        routes=tuple(Route.parse(route) for route in model.routes),
        endpoints=tuple(model.endpoints),
        handler=model.handler,
        environ=tuple(model.environ),
        carried=tuple(model.carried),
        omitted=tuple(model.omitted.items()),
        sources=tuple(model.sources.items()),
        files=tuple((name, value) for name, value in model.files.items() if name != FILE),
    )


def function_to_toml(info: FunctionInfo) -> str:
    """Give the text that describes a function, with the digest of the text without it."""
    own = digest_of(plain_toml(info).encode())
    return plain_toml(replace(info, files=(*info.files, (FILE, own))))


def is_as_written(text: str) -> bool:
    """Say whether a text is as ``function_to_toml`` gave it; one without its digest is not.

    Raises:
        ConfigError: if the text describes no function.
    """
    return function_to_toml(function_from_toml(text, FILE)) == text


def own_digest(text: str) -> str:
    """Give the digest that a text holds of what it was when it was written, or nothing."""
    files = tomllib.loads(text).get("files", {})
    return str(files.get(FILE, "")) if isinstance(files, dict) else ""


def digest_of(data: bytes) -> str:
    """Give the digest of a file's bytes as ``function.toml`` keeps it.

    >>> digest_of(b"")[:14]
    'sha256:e3b0c44'
    """
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def plain_toml(info: FunctionInfo) -> str:
    """Give the text that describes a function, without a digest of itself."""
    document = tomlkit.document()
    document.add(tomlkit.comment("Written by `unlith extract`: what this function is."))
    document["name"] = info.name
    document["level"] = str(info.level)
    document["handler"] = info.handler
    lists: tuple[tuple[str, tuple[str, ...]], ...] = (
        ("routes", tuple(str(route) for route in info.routes)),
        ("endpoints", info.endpoints),
        ("environ", info.environ),
        ("carried", info.carried),
    )
    for key, values in lists:
        array = tomlkit.array()
        array.extend(values)
        document[key] = array.multiline(len(values) > 1)
    for key, pairs in _tables(info):
        table = tomlkit.table()
        for name, value in pairs:
            table[name] = value
        if pairs:
            document[key] = table
    return tomlkit.dumps(document)


def _tables(info: FunctionInfo) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    return ("omitted", info.omitted), ("sources", info.sources), ("files", info.files)


def read_functions(folder: Path) -> tuple[FunctionInfo, ...]:
    """Give every function below a folder, by name; folders without the file are none.

    Raises:
        ConfigError: if a file is malformed, or describes a function of another name.
    """
    found = []
    for file in sorted(folder.glob(f"*/{FILE}")):
        shown = f"{folder.name}/{file.parent.name}/{FILE}"
        info = function_from_toml(file.read_text("utf-8"), shown)
        if info.name != file.parent.name:
            raise ConfigError([Problem(shown, "name", f"the folder is {file.parent.name!r}")])
        found.append(info)
    return tuple(found)
