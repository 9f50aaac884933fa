"""Which templates the project has and what each asks for: other templates, names, attributes.

Read as text; Jinja is not asked, since an app's own extensions may change its grammar.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

_CODE = re.compile(r"\{[{%](.*?)[%}]\}", re.DOTALL)
_QUOTED = re.compile(r"""["']([^"'\n]{1,200})["']""")
_ATTRIBUTE = re.compile(r"\.\s*([A-Za-z_]\w*)|\[\s*[\"'](\w+)[\"']\s*\]")
_NAME = re.compile(r"(?<![.\w\"'])([A-Za-z_]\w*)")
_SUFFIXES = frozenset(
    {".html", ".htm", ".txt", ".xml", ".j2", ".jinja", ".jinja2", ".md", ".json"}
)
_SKIPPED = frozenset({"node_modules", ".git", ".venv", "__pycache__", "tests"})


@dataclass(frozen=True, slots=True)
class Template:
    """One template: its file and what it asks for."""

    file: Path
    others: frozenset[str]
    attributes: frozenset[str]
    names: frozenset[str]


class Templates:
    """The templates below some folders, by the name that Flask knows them by."""

    def __init__(self, roots: Iterable[Path]) -> None:
        self._roots = tuple(roots)
        self._read: dict[str, Template] = {}

    @cached_property
    def files(self) -> dict[str, Path]:
        """Give each template's file by its name below a ``templates`` folder."""
        found: dict[str, Path] = {}
        for root in self._roots:
            for folder in sorted(root.rglob("templates")):
                if _SKIPPED & set(folder.parts) or not folder.is_dir():
                    continue
                for file in sorted(folder.rglob("*")):
                    if file.suffix in _SUFFIXES and file.is_file():
                        found.setdefault(file.relative_to(folder).as_posix(), file)
        return found

    def get(self, name: str) -> Template | None:
        """Give a template by name, or None."""
        file = self.files.get(name)
        if file is None:
            return None
        if name not in self._read:
            self._read[name] = _template(file, frozenset(self.files))
        return self._read[name]


def _template(file: Path, known: frozenset[str]) -> Template:
    text = file.read_text("utf-8", "replace")
    code = "\n".join(_CODE.findall(text))
    return Template(
        file,
        frozenset(_QUOTED.findall(code)) & known,
        frozenset(one or other for one, other in _ATTRIBUTE.findall(code)),
        frozenset(_NAME.findall(code)),
    )
