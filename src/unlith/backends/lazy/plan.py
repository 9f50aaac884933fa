"""Which imports of an app and its distributions may bind on first use: proposed, then tried.

Candidates are the top-level imports that nothing needs while modules are imported. The app is
loaded in child processes, without and with them deferred. A module whose import changes what was
loaded before it (a registry, a class, a setting) is imported where its author had it, and so is
all that leads to it. What is bound by the end of start-up is not deferred at all. The app must
come out the same: rules, hooks, settings.
"""

from __future__ import annotations

import marshal
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from unlith.backends.flask_inspector import run_child
from unlith.backends.lazy.candidates import Module, implicit, propagated
from unlith.backends.lazy.transform import Entry
from unlith.errors import AppImportFailed
from unlith.files.settings import Settings

CHILD = "unlith.backends.lazy.observe_child"
ROUNDS = 8


@dataclass(frozen=True)
class LazyPlan:
    """The imports to defer, by module, and the submodules that a package serves when asked.

    ``eager`` names the modules that stay, each with what its import changes; ``reason`` says
    why nothing is deferred, if so.
    """

    deferred: Mapping[str, tuple[Entry, ...]] = field(default_factory=dict)
    submodules: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    unloaded: tuple[str, ...] = ()
    eager: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    reason: str = ""


class Planner:
    """Finds the plan of one workspace."""

    def __init__(self, settings: Settings, target: str) -> None:
        # Many modules are imported on trial within one run.
        self._settings = replace(settings, timeout_s=max(settings.timeout_s * 5, 600))
        self._target = target
        self._project = [path.resolve() for path in settings.sources]
        self._compiled: dict[tuple[str, tuple[Entry, ...], tuple[str, ...]], Any] = {}

    def plan(self) -> LazyPlan:
        """Give the plan; an empty one with the reason where the app allows none."""
        try:
            plain = self._observe({}, [])
        except AppImportFailed as failed:
            return LazyPlan(reason=str(failed))
        read = {
            name: Module.read(name, Path(file), is_package=is_package, loaded=plain["modules"])
            for name, (file, is_package) in plain["modules"].items()
            if file.endswith(".py") and _is_ours(name, Path(file), self._project)
        }
        modules = {name: module for name, module in read.items() if module is not None}
        reason = ""
        for kept in (set(), self._projects(modules)):
            try:
                return self._tried(modules, plain, kept)
            except _Unlike as unlike:
                reason = str(unlike)
        return LazyPlan(reason=reason)

    # Private

    def _tried(
        self, modules: dict[str, Module], plain: dict[str, Any], kept: set[str]
    ) -> LazyPlan:
        loaded = plain["modules"]
        eager = propagated(modules, implicit(modules) | kept)
        effects: dict[str, tuple[str, ...]] = {}
        clean: set[str] = set()
        forced: set[str] = set()
        for _ in range(ROUNDS):
            chosen = {
                name: found
                for name, module in modules.items()
                if (found := module.deferrable(eager, forced))
            }
            judged = [n for n in loaded if n not in clean and n not in eager]
            seen = self._lazily(modules, chosen, loaded, judged)
            effects |= {name: tuple(what) for name, what in seen["effects"].items()}
            clean |= set(judged) - set(seen["modules"]) - set(seen["effects"])
            lost = {n for n in eager | kept if n in loaded and n not in seen["modules"]}
            grown = propagated(modules, eager | set(seen["effects"]))
            if grown == eager and not lost - forced:
                break
            eager, forced = grown, forced | lost
        else:
            raise _Unlike("its imports change one another in too many ways")
        return self._final(modules, chosen, plain, seen, effects)

    def _final(
        self,
        modules: dict[str, Module],
        chosen: dict[str, tuple[Entry, ...]],
        plain: dict[str, Any],
        seen: dict[str, Any],
        effects: dict[str, tuple[str, ...]],
    ) -> LazyPlan:
        waiting = seen["pending"]
        chosen = {
            name: left
            for name, entries in chosen.items()
            if (left := tuple(e for e in entries if e[0] in waiting.get(name, ())))
        }
        seen = self._lazily(modules, chosen, plain["modules"], [])
        for part in ("rules", "hooks", "registered", "facts"):
            if seen["survey"][part] != plain["survey"][part]:
                raise _Unlike(f"with deferred imports its {part} are others")
        unloaded = [n for n in plain["modules"] if n not in seen["modules"]]
        return LazyPlan(
            deferred=chosen,
            submodules=_submodules(modules, plain["modules"]),
            files={name: str(module.file.resolve()) for name, module in modules.items()},
            unloaded=tuple(sorted(unloaded)),
            eager=effects,
        )

    def _lazily(
        self,
        modules: dict[str, Module],
        chosen: dict[str, tuple[Entry, ...]],
        loaded: Mapping[str, Any],
        judged: list[str],
    ) -> dict[str, Any]:
        below = _submodules(modules, loaded)
        code = {}
        for name in {*chosen, *below}:
            key = (name, chosen.get(name, ()), below.get(name, ()))
            if key not in self._compiled:
                self._compiled[key] = modules[name].compiled(*key[1:])
            code[name] = self._compiled[key]
        try:
            return self._observe(code, judged)
        except AppImportFailed as failed:
            raise _Unlike(str(failed)) from None

    def _observe(self, code: Mapping[str, Any], judged: list[str]) -> dict[str, Any]:
        paths = [str(path) for path in self._settings.sources]
        with tempfile.TemporaryDirectory(prefix="unlith-") as folder:
            file = Path(folder, "code")
            if code:
                file.write_bytes(marshal.dumps(dict(code)))
            job = {
                "target": self._target,
                "paths": paths,
                "roots": paths,
                "code": str(file) if code else "",
                "judged": judged,
            }
            answer = run_child(CHILD, job, self._settings)
        if "ok" not in answer:
            raise AppImportFailed(f"the app does not import: {answer.get('message')}")
        found = answer["ok"]
        assert isinstance(found, dict)
        return found

    def _projects(self, modules: Mapping[str, Module]) -> set[str]:
        return {
            name
            for name, module in modules.items()
            if any(module.file.resolve().is_relative_to(root) for root in self._project)
        }


# Private


class _Unlike(Exception):
    """With deferred imports the app is not the same."""


_TOOLS = frozenset({"unlith", "unlith_runtime", "unlith_lazy", "unlith_edges"})


def _is_ours(name: str, file: Path, project: Iterable[Path]) -> bool:
    if name == "__main__" or name.partition(".")[0] in _TOOLS:
        return False
    parts = file.parts
    return (
        "site-packages" in parts
        or "dist-packages" in parts
        or any(file.resolve().is_relative_to(root) for root in project)
    )


def _submodules(
    modules: Mapping[str, Module], loaded: Iterable[str]
) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for name in sorted(loaded):
        parent, _, tail = name.rpartition(".")
        if parent in modules and modules[parent].is_package:
            found.setdefault(parent, []).append(tail)
    return {name: tuple(tails) for name, tails in found.items()}
