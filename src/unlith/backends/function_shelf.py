"""Keeps extracted functions as folders: written aside, then renamed into place in one step."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import tomlkit

from unlith.domain.function import FunctionInfo
from unlith.errors import AlreadyExtracted, OutsideError
from unlith.files.function_toml import FILE, function_to_toml, read_functions
from unlith.files.settings import Settings


class FolderShelf:
    """Functions in ``extracted/``, a starter case for each in the folder of parity cases."""

    def __init__(self, settings: Settings) -> None:
        self._root = settings.root
        self._folder = settings.extracted
        self._sources = settings.sources
        self._cases = settings.root / settings.parity.cases

    def functions(self) -> tuple[FunctionInfo, ...]:
        """Give every function, by name.

        Raises:
            ConfigError: if a ``function.toml`` is malformed.
        """
        return read_functions(self._folder)

    def names(self) -> tuple[str, ...]:
        """Give the name of everything in the folder, and of every module of the sources.

        A function is a top-level package: one of the app's own must not be hidden by it.
        """
        folders = [folder for folder in (self._folder, *self._sources) if folder.is_dir()]
        return tuple(sorted({entry.stem for folder in folders for entry in folder.iterdir()}))

    def put(self, info: FunctionInfo, files: Mapping[str, str]) -> tuple[str, ...]:
        """Write a function's folder, and a starter case if it has none.

        Raises:
            AlreadyExtracted: if the folder is there.
            OutsideError: if the disk says no; then nothing is left behind.
        """
        target = self._folder / info.name
        if target.exists():
            raise AlreadyExtracted(
                f"there is a folder {target.name!r} already", hint="choose another name"
            )
        content = {"__init__.py": "", **files, FILE: function_to_toml(info)}
        case = self._cases / f"{info.name}.toml"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._write(target, content)
            if not case.exists():
                _write_case(case, info, target)
                written = [case]
            else:
                written = []
        except OSError as error:
            raise OutsideError("file", "write", type(error).__name__, str(error)) from error
        written += [target / name for name in content]
        return tuple(sorted(os.path.relpath(file, self._root) for file in written))

    def _write(self, target: Path, content: Mapping[str, str]) -> None:
        aside = Path(tempfile.mkdtemp(prefix=".unlith-", dir=self._folder))
        try:
            for name, text in content.items():
                (aside / name).write_text(text, "utf-8")
            aside.chmod(0o755)
            os.rename(aside, target)
        finally:
            shutil.rmtree(aside, ignore_errors=True)


def starter_case(info: FunctionInfo) -> str:
    """Give a first parity case: one plain request to each route of a function."""
    document = tomlkit.document()
    document.add(tomlkit.comment("Requests that both sides must answer the same."))
    document.add(tomlkit.comment("Put real ones here: a login first, bodies, what must fail."))
    requests = tomlkit.aot()
    for route in info.routes:
        request = tomlkit.table()
        request["method"] = route.method
        request["target"] = example_target(route.rule)
        requests.append(request)
    session = tomlkit.table()
    session["name"] = "a request to the route"
    session["request"] = requests
    sessions = tomlkit.aot()
    sessions.append(session)
    document["session"] = sessions
    return tomlkit.dumps(document)


def example_target(rule: str) -> str:
    """Give an address that fits a rule's built-in converters; others get a plain word.

    >>> example_target("/orders/<int:order_id>/<path:file>")
    '/orders/1/a/b'
    """
    out, rest = "", rule.rpartition("|")[2]
    while "<" in rest:
        fixed, _, rest = rest.partition("<")
        inner, _, rest = rest.partition(">")
        kind = inner.partition(":")[0].partition("(")[0] if ":" in inner else "default"
        options = inner.partition("(")[2].partition(")")[0].split(",")
        examples = {"any": options[0].strip(" \"'"), **_EXAMPLES}
        out += fixed + examples.get(kind, "a")
    return out + rest


_EXAMPLES = {
    "int": "1",
    "float": "1.5",
    "path": "a/b",
    "uuid": "00000000-0000-4000-8000-000000000000",
}


# Private


def _write_case(case: Path, info: FunctionInfo, target: Path) -> None:
    try:
        case.parent.mkdir(parents=True, exist_ok=True)
        aside = case.with_name(f".{case.name}.new")
        aside.write_text(starter_case(info), "utf-8")
        os.replace(aside, case)
    except OSError:
        # All or nothing: no function without its case.
        shutil.rmtree(target, ignore_errors=True)
        raise
