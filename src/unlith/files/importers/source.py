"""A file to import: its text, its lines, and mistakes in it with their line."""

from __future__ import annotations

import gzip
import io
import json
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import yaml
from pydantic import BaseModel, ValidationError

from unlith.errors import ConfigError, Problem, UsageError
from unlith.files.settings import problems_of

SIZE_LIMIT = 512 * 1024 * 1024
"""The largest document that is read at once, unpacked, in bytes; logs are read by line."""

LINE_LIMIT = 1024 * 1024
_ABSOLUTE = re.compile(r"([a-z][a-z0-9+.-]*):?//", re.IGNORECASE)
_NODES = 2_000_000
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

M = TypeVar("M", bound=BaseModel)


@dataclass
class Source:
    """One file; ``left_out`` counts what was not taken, by reason in words for the user."""

    path: Path
    left_out: dict[str, int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Give the file's name."""
        return self.path.name

    def leave_out(self, reason: str) -> None:
        """Count one more thing that is not taken."""
        self.left_out[reason] = self.left_out.get(reason, 0) + 1

    def head(self, size: int = 65536) -> str:
        """Give the file's first characters."""
        with self.stream() as stream:
            return self._guarded(lambda: stream.read(size)).decode("utf-8-sig", "replace")

    def text(self) -> str:
        """Give the whole text.

        Raises:
            ConfigError: if it is no UTF-8 text, or larger than 512 MB.
        """
        with self.stream() as stream:
            data = self._guarded(lambda: stream.read(SIZE_LIMIT + 1))
        if len(data) > SIZE_LIMIT:
            raise self.mistake(f"larger than {SIZE_LIMIT:,} bytes")
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise self.mistake(
                f"not UTF-8: {error}", data.count(b"\n", 0, error.start) + 1
            ) from None

    def lines(self) -> Iterator[tuple[int, str]]:
        """Yield the numbered lines that are not empty."""
        with self.stream() as stream:
            number = 0
            while line := self._guarded(lambda: stream.readline(LINE_LIMIT + 1)):
                number += 1
                if len(line) > LINE_LIMIT:
                    raise self.mistake(f"longer than {LINE_LIMIT:,} bytes", number)
                if line.strip():
                    yield number, line.decode("utf-8", "replace").rstrip("\r\n")

    def stream(self) -> io.BufferedIOBase:
        """Give the file's bytes, unpacked where they are gzip's."""
        try:
            with self.path.open("rb") as file:
                is_packed = file.read(2) == b"\x1f\x8b"
            return gzip.open(self.path) if is_packed else self.path.open("rb")
        except OSError as error:
            raise UsageError(f"{self.path} cannot be read: {error.strerror}") from None

    def json(self) -> object:
        """Give the document.

        Raises:
            ConfigError: with the line, if it is none.
        """
        try:
            value: object = json.loads(self.text())
        except json.JSONDecodeError as error:
            raise self.mistake(f"not valid JSON: {error.msg}", error.lineno) from None
        except RecursionError:
            raise self.mistake("nested too deeply") from None
        return value

    def document(self) -> object:
        """Give the document, JSON or YAML without tags of its own.

        Raises:
            ConfigError: with the line, if it is none.
        """
        text = self.text()
        if text.lstrip()[:1] in ("{", "["):
            return self.json()
        try:
            value: object = yaml.load(text, Loader=_Loader)  # noqa: S506  # the safe loader
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark
            raise self.mistake(
                f"not valid YAML: {error.problem}", mark.line + 1 if mark else None
            ) from None
        except (yaml.YAMLError, ValueError) as error:
            raise self.mistake(f"not valid YAML: {error}") from None
        except RecursionError:
            raise self.mistake("nested too deeply") from None
        if _size(value) > _NODES:
            raise self.mistake(f"more than {_NODES:,} values: aliases of aliases?")
        return value

    def model(self, kind: type[M], value: object) -> M:
        """Give a document as a model.

        Raises:
            ConfigError: with the first mistakes: file, line, key.
        """
        try:
            return kind.model_validate(value)
        except ValidationError as error:
            problems = problems_of(error, self.name, "")[:3]
            raise ConfigError(
                [
                    Problem(p.file, p.key, p.message, self._line_of(p.key.split(".")))
                    for p in problems
                ]
            ) from None

    def mistake(self, message: str, line: int | None = None, key: str = "") -> ConfigError:
        """Give the error for a mistake in this file."""
        return ConfigError([Problem(self.name, key, message, line)])

    # Private

    def _guarded(self, read: object) -> bytes:
        assert callable(read)
        try:
            data: bytes = read()
        except (OSError, EOFError, zlib.error) as error:
            raise self.mistake(f"cannot be read: {error}") from None
        return data

    def _line_of(self, keys: Sequence[str]) -> int | None:
        # JSON is YAML, and YAML's parser remembers lines.
        try:
            node = yaml.compose(self.text(), Loader=_Loader)
        except (yaml.YAMLError, RecursionError, ValueError):
            return None
        line = node.start_mark.line + 1 if node else None
        for key in keys:
            if isinstance(node, yaml.MappingNode):
                found = [v for k, v in node.value if str(k.value) == key]
            elif isinstance(node, yaml.SequenceNode) and key.isdigit():
                found = node.value[int(key) : int(key) + 1]
            else:
                found = []
            if not found:
                break
            node = found[0]
            line = node.start_mark.line + 1
        return line


def split_url(url: str) -> tuple[str, str]:
    """Give the host of an address, empty where it names none, and its path and query."""
    if not _ABSOLUTE.match(url):
        return "", url.partition("#")[0] or "/"
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2].lower()
    except ValueError:
        return "?", "/"
    return host, (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


# Private


def _size(value: object) -> int:
    """Count the values below one, aliases as often as they are used, up to the limit."""
    count, waiting = 0, [value]
    while waiting and count <= _NODES:
        one = waiting.pop()
        count += 1
        if isinstance(one, dict):
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)
    return count
