"""Which of the project's modules know the web, and what a name in one of them stands for.

A *web* module imports Flask or Werkzeug, itself or through others, or lies in a package that
does. Nothing of the user's is imported to find out.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from unlith.backends.carrier.changes import change_for
from unlith.backends.carrier.module import Bound, Module
from unlith.backends.distributions import needed
from unlith.backends.source_tree import SourceTree

WEB = frozenset({"click", "flask", "jinja2", "werkzeug"})
"""Import names that a pure function must not reach."""

_WEB_DISTRIBUTIONS = frozenset({"flask", "werkzeug"})


class Kind(StrEnum):
    """What a name stands for."""

    BUILTIN = "builtin"
    CARRIED = "carried"
    EDGE = "edge"
    KEPT = "kept"
    SLICE = "slice"
    UNKNOWN = "unknown"
    WEB_LIBRARY = "web library"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a name stands for: for ``CARRIED`` the project module and its own name there.

    For ``EDGE`` a name of Flask's or Werkzeug's (or, with no *name*, a whole module of theirs),
    for ``KEPT`` something imported as it is, for ``SLICE`` a web module used as a value.
    """

    kind: Kind
    module: str = ""
    name: str = ""


class Project:
    """The user's modules with their seams."""

    def __init__(self, tree: SourceTree, seams: Mapping[str, str]) -> None:
        self.tree = tree
        self._seams = dict(seams)
        self._modules: dict[str, Module | None] = {}
        self._web: dict[str, bool] = {}

    def module(self, name: str) -> Module | None:
        """Give a project module taken apart, or None."""
        if name not in self._modules:
            source = self.tree.find(name)
            valid = source is not None and source.is_valid
            self._modules[name] = Module(source) if source is not None and valid else None
        return self._modules[name]

    def is_web(self, name: str) -> bool:
        """Say whether importing a project module brings Flask or Werkzeug with it."""
        if name not in self._web:
            external = self.tree.closure([name]).external
            self._web[name] = any(is_web_library(top) for top in external)
        return self._web[name]

    def seam(self, module: str, name: str) -> Meaning | None:
        """Give what replaces a name, if the settings say so."""
        target = self._seams.get(f"{module}:{name}")
        if target is None:
            return None
        replaced, _, attribute = target.partition(":")
        return Meaning(Kind.KEPT, replaced, attribute)

    def meaning(self, module: str, name: str, local: Mapping[str, Bound] | None = None) -> Meaning:
        """Say what a name stands for in a project module; imports are followed to their source.

        *local* holds imports of an inner scope, which win.
        """
        found = self.module(module)
        bound = (local or {}).get(name) or (found.bound(name) if found else None)
        if bound is None:
            return self._unbound(module, name)
        if bound.statement is not None:
            return self.seam(module, name) or Meaning(Kind.CARRIED, module, name)
        if not bound.attribute:
            return self._of_module(bound.module, bound.is_top)
        return self.member(bound.module, bound.attribute)

    def member(self, module: str, name: str) -> Meaning:
        """Say what ``from module import name`` gives."""
        top = module.partition(".")[0]
        if seam := self.seam(module, name):
            return seam
        if not self.tree.owns(top):
            if top in WEB:
                return Meaning(Kind.EDGE, module, name)
            kind = Kind.WEB_LIBRARY if is_web_library(top) else Kind.KEPT
            return Meaning(kind, module, name)
        inner = f"{module}.{name}"
        if self.tree.find(inner) is not None and not self._defines(module, name):
            return self._of_module(inner, False)
        if not self.is_web(module):
            return Meaning(Kind.KEPT, module, name)
        return self.meaning(module, name)

    # Private

    def _defines(self, module: str, name: str) -> bool:
        found = self.module(module)
        bound = found.bound(name) if found else None
        return bound is not None and (bound.statement is not None or bound.module != module)

    def _of_module(self, name: str, is_top: bool) -> Meaning:
        # `import a.b` binds a; `import a.b as c` and `from a import b` bind the module itself.
        top = name.partition(".")[0]
        if not self.tree.owns(top):
            if top in WEB:
                return Meaning(Kind.EDGE, name)
            return Meaning(Kind.WEB_LIBRARY if is_web_library(top) else Kind.KEPT, name)
        if not self.is_web(name):
            return Meaning(Kind.KEPT, name)
        return Meaning(Kind.UNKNOWN if is_top and "." in name else Kind.SLICE, name)

    def _unbound(self, module: str, name: str) -> Meaning:
        found = self.module(module)
        for source in found.stars if found else ():
            other = self.module(source)
            if other is not None and other.bound(name) is not None and name[:1] != "_":
                return self.member(source, name)
            if other is None and not self.tree.owns(source) and source.partition(".")[0] in WEB:
                return Meaning(Kind.UNKNOWN, module, name)
        if hasattr(builtins, name) or name in ("__name__", "__doc__"):
            return Meaning(Kind.BUILTIN, "builtins", name)
        return Meaning(Kind.UNKNOWN, module, name)


def unfit(line: int, name: str, meaning: Meaning) -> tuple[int, str, str]:
    """Say why a name cannot be carried: line, reason, change."""
    slim = "keep the route at level slim"
    if meaning.kind is Kind.WEB_LIBRARY:
        return line, f"{name} is of {meaning.module}, which needs Flask", slim
    if meaning.kind is Kind.EDGE:
        full = f"{meaning.module}.{meaning.name}" if meaning.name else meaning.module
        return line, f"{full} has no stand-in without Flask", change_for(meaning.name)
    if name == "__file__":
        return line, "__file__ is another file in a function", "find the file another way"
    if "." in meaning.module and meaning.module.split(".")[0] == name:
        change = f"write `from {meaning.module} import …`"
        return line, f"`import {meaning.module}` binds a web package", change
    return line, f"where {name} comes from cannot be followed", "import it by name"


def is_web_library(top: str) -> bool:
    """Say whether an import name outside the project is Flask's world, or stands on it."""
    if top in WEB:
        return True
    if top in sys.stdlib_module_names:
        return False
    if top not in _known:
        found, _ = needed({top})
        _known[top] = bool(_WEB_DISTRIBUTIONS & {name.lower() for name in found})
    return _known[top]


_known: dict[str, bool] = {}
