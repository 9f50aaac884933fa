"""The ``Bundler`` port: a function's closure and its distributions in one reproducible zip.

Files come from where they are: nothing is copied into the source tree, nothing is executed in this
process. Every module has its bytecode beside it; that of slim functions defers imports.
Links that lead out of a source root are refused (a bundle must not leak the machine's files).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib.util import find_spec
from pathlib import Path

from unlith.backends.distributions import files_of, needed, owners_of_imports
from unlith.backends.lazy.bytecode import bytecode, kept_in
from unlith.backends.lazy.kept_plan import lazy_plan
from unlith.backends.lazy.plan import LazyPlan
from unlith.backends.source_tree import SourceTree
from unlith.backends.zips import write_zip
from unlith.domain.closure import Closure
from unlith.domain.function import Level
from unlith.domain.survey import Survey
from unlith.errors import UsageError
from unlith.files.function_toml import FILE, function_from_toml
from unlith.files.settings import Settings
from unlith.ports import Bundle

WHOLE = "whole"
WHOLE_MODULE = "unlith_whole"
"""The module in the whole monolith's bundle that makes its handler."""


class ZipBundler:
    """Builds bundles into ``.unlith/bundles``."""

    def __init__(
        self,
        settings: Settings,
        survey: Callable[[], Survey],
        step: Callable[[str], object] = lambda text: None,
    ) -> None:
        self._settings = settings
        self._survey = survey
        self._step = step
        sources = tuple(dict.fromkeys([*settings.sources, settings.extracted]))
        # The runtime may lie in site-packages: its root gives names, but is no source root.
        self._roots = (*sources, runtime_root())
        self._tree = SourceTree(sources)

    def build_function(self, name: str) -> Bundle:
        """Build the zip of one function in ``extracted/``.

        Raises:
            UsageError: if there is no such function.
        """
        if not (self._settings.extracted / name / "handler.py").is_file():
            raise UsageError(
                f"no function {name!r} in {self._settings.extracted.name}/",
                hint="`unlith status` lists the functions",
            )
        plan = self._plan() if self._is_slim(name) and self._settings.lazy else None
        closure = self._closure([f"{name}.handler", *(["unlith_lazy.binding"] if plan else [])])
        return self._build(name, f"{name}.handler.handler", closure, {}, plan)

    def build_whole(self) -> Bundle:
        """Build the zip of the whole monolith behind the adapter.

        What the app imported when it was surveyed is in it too: imports that no reader of
        source can follow are then no surprise on Lambda.
        """
        survey = self._survey()
        plan = self._plan() if self._settings.lazy else None
        entries = [survey.target.partition(":")[0], *survey.modules, "unlith_runtime.whole"]
        closure = self._closure([*entries, *(["unlith_lazy.binding"] if plan else [])])
        extra = {f"{WHOLE_MODULE}.py": whole_handler(survey.target)}
        return self._build(WHOLE, f"{WHOLE_MODULE}.handler", closure, extra, plan)

    # Private

    def _plan(self) -> LazyPlan:
        return lazy_plan(self._settings, self._settings.app, self._step)

    def _is_slim(self, name: str) -> bool:
        file = self._settings.extracted / name / FILE
        if not file.is_file():
            return False
        return function_from_toml(file.read_text("utf-8"), FILE).level is Level.SLIM

    def _build(
        self,
        name: str,
        handler: str,
        closure: Closure,
        extra: dict[str, bytes],
        plan: LazyPlan | None,
    ) -> Bundle:
        distributions, missing = needed(closure.external)
        missing = tuple(name for name in missing if name not in closure.optional)
        files: dict[str, bytes | Path] = dict(extra)
        for owner in distributions:
            files.update(files_of(owner))
        files.update(self._own_files(closure))
        files.update(bytecode(files, plan or LazyPlan(), kept_in(self._settings.work)))
        target = self._settings.work / "bundles" / f"{name}.zip"
        sha256, unzipped = write_zip(target, files)
        return Bundle(
            name=name,
            path=target,
            handler=handler,
            sha256=sha256,
            size_bytes=target.stat().st_size,
            unzipped_bytes=unzipped,
            files=len(files),
            modules=tuple(sorted(closure.modules)),
            distributions=distributions,
            missing=missing,
        )

    def _closure(self, entries: Iterable[str]) -> Closure:
        for item in self._settings.include:
            module = item.removesuffix(".*")
            is_file = "/" in item or (self._settings.root / item).is_file()
            if not is_file and not self._tree.owns(module) and not owners_of_imports().get(module):
                raise UsageError(
                    f"[tool.unlith] include names {item!r}, which is not there",
                    hint="name a module of the sources, `package.*`, or a file below a source",
                )
        return self._tree.closure(entries, include=self._settings.include)

    def _own_files(self, closure: Closure) -> Iterable[tuple[str, Path]]:
        roots = [root.resolve() for root in self._roots]
        for path in (*closure.modules.values(), *closure.data.values()):
            real = path.resolve()
            root = next((r for r in roots if real.is_relative_to(r)), None)
            if root is None:
                raise UsageError(
                    f"{path} leads out of the sources, to {real}",
                    hint="replace the link by the file, or add its folder to sources",
                )
            yield _name_in(path, self._roots), path


def _name_in(path: Path, roots: Iterable[Path]) -> str:
    inside = [path.relative_to(root) for root in roots if path.is_relative_to(root)]
    return min(inside, key=lambda name: len(name.parts)).as_posix()


def whole_handler(target: str) -> bytes:
    """Give the text of the module that serves an app whole."""
    text = (
        '"""The whole monolith behind the Lambda adapter."""\n\n'
        "from unlith_runtime.whole import make_handler\n\n"
        f"handler = make_handler({target!r})\n"
    )
    return text.encode()


def runtime_root() -> Path:
    """Give the folder that holds ``unlith_runtime``, wherever it is installed."""
    spec = find_spec("unlith_runtime")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parents[1]
