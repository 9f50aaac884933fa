"""Keeps extracted functions as folders: written aside, then renamed into place in one step."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import tomlkit

from unlith.backends.rewriting import Bases, Rewriting, edited_files, read
from unlith.domain.function import FunctionInfo
from unlith.errors import AlreadyExtracted, OutsideError
from unlith.files.function_toml import FILE, digest_of, function_to_toml, read_functions
from unlith.files.settings import Settings


class FolderShelf:
    """Functions in ``extracted/``, a starter case for each in the folder of parity cases."""

    def __init__(self, settings: Settings) -> None:
        self._root = settings.root
        self._folder = settings.extracted
        self._sources = settings.sources
        self._cases = settings.root / settings.parity.cases
        self._bases = Bases(settings.work / "generated")

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

    def remarks(self) -> dict[str, tuple[str, ...]]:
        """Say of each function what was edited by hand, and which of its sources moved on."""
        found = {}
        for info in self.functions():
            edited = edited_files(self._folder / info.name, info)
            moved = [name for name, digest in info.sources if self._is_other(name, digest)]
            notes = [f"edited by hand: {', '.join(edited)}"] if edited else []
            if moved:
                again = f"to follow: unlith extract --again {info.name}"
                notes.append(f"sources changed since extraction: {', '.join(moved)} ({again})")
            found[info.name] = tuple(notes)
        return found

    def put(
        self, info: FunctionInfo, files: Mapping[str, str], old: FunctionInfo | None = None
    ) -> tuple[str, ...]:
        """Write a function's folder, and a starter case if it has none.

        In the place of *old*, what was edited by hand there is merged in.

        Raises:
            AlreadyExtracted: if the folder is there, and no *old* is given.
            EditedByHand: if an edit cannot be merged; then nothing is written.
            OutsideError: if the disk says no; then nothing is left behind.
        """
        target = self._folder / info.name
        if old is None and target.exists():
            raise AlreadyExtracted(
                f"there is a folder {target.name!r} already", hint="choose another name"
            )
        content = {"__init__.py": b"", **{name: text.encode() for name, text in files.items()}}
        digests = {name: digest_of(data) for name, data in content.items()}
        info = replace(info, files=tuple(sorted(digests.items())))
        generated = {**content, FILE: function_to_toml(info).encode()}
        try:
            if old is not None:
                written = self._rewrite(target, old, generated)
            else:
                written = self._write_new(target, info, generated)
        except OSError as error:
            raise OutsideError("file", "write", type(error).__name__, str(error)) from error
        self._bases.keep(generated)
        return tuple(sorted(os.path.relpath(file, self._root) for file in written))

    # Private

    def _write_new(
        self, target: Path, info: FunctionInfo, content: Mapping[str, bytes]
    ) -> list[Path]:
        case = self._cases / f"{info.name}.toml"
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._aside() as aside:
            for name, data in content.items():
                (aside / name).write_bytes(data)
            os.rename(aside, target)
        written = [target / name for name in content]
        if not case.exists():
            _write_case(case, info, target)
            written.append(case)
        return written

    def _rewrite(
        self, target: Path, old: FunctionInfo, generated: Mapping[str, bytes]
    ) -> list[Path]:
        fates = Rewriting(target, old, self._bases).fates(generated)
        changed = {name: data for name, data in fates.items() if data != read(target / name)}
        if not changed:
            return []
        with self._aside() as aside:
            fresh = aside / "fresh"
            before = target.with_name(f"{aside.name}-{target.name}")
            skipped = shutil.ignore_patterns("__pycache__")
            shutil.copytree(target, fresh, symlinks=True, ignore=skipped)
            for name, data in changed.items():
                (fresh / name).unlink(missing_ok=True)
                if data is not None:
                    (fresh / name).write_bytes(data)
            os.rename(target, before)
            try:
                os.rename(fresh, target)
            except OSError:
                os.rename(before, target)
                raise
            shutil.rmtree(before, ignore_errors=True)
        return [target / name for name in changed]

    @contextmanager
    def _aside(self) -> Iterator[Path]:
        aside = Path(tempfile.mkdtemp(prefix=".unlith-", dir=self._folder))
        aside.chmod(0o755)
        try:
            yield aside
        finally:
            shutil.rmtree(aside, ignore_errors=True)

    def _is_other(self, name: str, digest: str) -> bool:
        data = read(self._root / name)
        return data is None or digest_of(data) != digest


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
    >>> example_target("/a b/<x>")
    '/a%20b/a'
    """
    out, rest = "", rule.rpartition("|")[2]
    while "<" in rest:
        fixed, _, rest = rest.partition("<")
        inner, _, rest = rest.partition(">")
        kind = inner.partition(":")[0].partition("(")[0] if ":" in inner else "default"
        options = inner.partition("(")[2].partition(")")[0].split(",")
        examples = {"any": options[0].strip(" \"'"), **_EXAMPLES}
        out += quote(fixed, safe="/") + examples.get(kind, "a")
    return out + quote(rest, safe="/")


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
