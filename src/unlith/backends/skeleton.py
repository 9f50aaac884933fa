"""Writes a workspace's first files, and guesses the app by reading source (importing nothing)."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import tomlkit

from unlith.errors import ConfigError, Problem, UsageError

_FACTORIES = ("create_app", "make_app")
_SOURCE_ROOTS = (".", "src", "monolith")


class FileSkeleton:
    """The ``Skeleton`` of ``init`` on the file system."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def add_settings(self, settings: Mapping[str, object]) -> bool:
        """Add ``[tool.unlith]`` to ``pyproject.toml``, keeping every comment in it."""
        file = self._root / "pyproject.toml"
        text = file.read_text("utf-8") if file.exists() else ""
        try:
            document = tomlkit.parse(text)
        except tomlkit.exceptions.ParseError as error:
            raise ConfigError([Problem(file.name, "", f"not valid TOML: {error}")]) from None
        if "unlith" in document.get("tool", {}):
            return False
        section = tomlkit.table()
        for key, value in settings.items():
            section[key] = value
        addition = tomlkit.document()
        addition["tool"] = tomlkit.table(is_super_table=True)
        addition["tool"]["unlith"] = section
        gap = "" if not text or text.endswith("\n\n") else "\n" if text.endswith("\n") else "\n\n"
        file.write_text(text + gap + tomlkit.dumps(addition), "utf-8")
        return True

    def add_file(self, name: str, text: str) -> bool:
        """Write a file unless it exists."""
        file = self._root / name
        if file.exists():
            return False
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
        return True

    def ignore(self, pattern: str) -> bool:
        """Add a pattern to ``.gitignore`` unless it is there."""
        file = self._root / ".gitignore"
        text = file.read_text("utf-8") if file.exists() else ""
        if pattern in text.splitlines():
            return False
        file.write_text(text + ("" if text.endswith("\n") or not text else "\n") + pattern + "\n")
        return True


def guess_app(root: Path) -> tuple[str, str]:
    """Give the one target in a folder that makes a Flask app, and its source root.

    Raises:
        UsageError: if there is none or more than one; the hint lists them.
    """
    found = list(dict.fromkeys(_targets(root)))
    if len(found) == 1:
        return found[0]
    if not found:
        raise UsageError(
            f"no Flask app found in {root}", hint="name it: unlith init --app module:app"
        )
    raise UsageError(
        f"more than one Flask app found in {root}",
        hint="name one: " + " or ".join(f"--app {target}" for target, _ in found),
    )


# Private


def _targets(root: Path) -> Iterator[tuple[str, str]]:
    for name in _SOURCE_ROOTS:
        folder = root / name
        if not folder.is_dir():
            continue
        files = [*sorted(folder.glob("*.py")), *sorted(folder.glob("*/__init__.py"))]
        for file in files:
            module = file.parent.name if file.name == "__init__.py" else file.stem
            if module.startswith((".", "test")) or not module.isidentifier():
                continue
            yield from ((f"{module}:{target}", name) for target in _flask_names(file))
            yield from _sub_packages(file, module, name)


def _sub_packages(file: Path, module: str, root: str) -> Iterator[tuple[str, str]]:
    if file.name != "__init__.py":
        return
    for inner in sorted(file.parent.glob("*/__init__.py")):
        for target in _flask_names(inner):
            yield f"{module}.{inner.parent.name}:{target}", root


def _flask_names(file: Path) -> Iterator[str]:
    try:
        tree = ast.parse(file.read_text("utf-8"))
    except (SyntaxError, UnicodeDecodeError):
        return
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name in _FACTORIES and _calls_flask(node):
            yield f"{node.name}()"
        if isinstance(node, ast.Assign | ast.AnnAssign) and _calls_flask(node):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (t.id for t in targets if isinstance(t, ast.Name))


def _calls_flask(node: ast.AST) -> bool:
    return any(
        isinstance(call, ast.Call)
        and (
            (isinstance(call.func, ast.Name) and call.func.id == "Flask")
            or (isinstance(call.func, ast.Attribute) and call.func.attr == "Flask")
        )
        for call in ast.walk(node)
    )
