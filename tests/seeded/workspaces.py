"""Workspaces with extracted functions, and what compares a changed copy of one of them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from seeded.faults import ADD, CREATE, LIST, LOGIN, NOTE, NOTES, POSTS, TODO, Change, source
from unlith.backends.local.lab import Lab
from unlith.bootstrap import Workspace
from unlith.cli.output import TerminalReporter
from unlith.domain.cases import CaseFile
from unlith.domain.function import FunctionInfo, Level
from unlith.domain.route import Route
from unlith.domain.verdict import ParityResult
from unlith.files.parity_toml import read_cases
from unlith.usecases.extract import ExtractRequest

ROOT = Path(__file__).parents[2]
IGNORED = shutil.ignore_patterns("__pycache__", "*.sqlite*", ".unlith")

ROUTES = {
    "single": {
        TODO: ("GET /todos/<int:todo_id>", Level.PURE),
        ADD: ("POST /todos", Level.SLIM),
        LIST: ("GET /todos", Level.SLIM),
    },
    "flaskr_like": {
        POSTS: ("GET /posts/", Level.SLIM),
        LOGIN: ("POST /auth/login", Level.SLIM),
        CREATE: ("POST /create", Level.SLIM),
    },
    "nested": {
        NOTE: ("GET /api/v1/notes/<int:note_id>", Level.SLIM),
        NOTES: ("POST /api/v1/notes/", Level.SLIM),
    },
}

_OUT = 'method = "POST"\ntarget = "/auth/login"\nform = { name = "ann", password = "" }'
_HELLO = 'method = "POST"\ntarget = "/api/v1/notes/"\njson = { text = "hello", owner = "ann" }'
_ANN = 'method = "POST"\ntarget = "/auth/login"\nform = { name = "ann", password = "ann-secret" }'
_TOKEN = 'headers = { X-Token = "for local runs only" }'
CASES = {
    TODO: ['target = "/todos/2"', 'target = "/todos/3"', 'target = "/todos/99"'],
    ADD: [
        f'method = "POST"\ntarget = "/todos"\n{_TOKEN}\njson = {{ text = "new" }}',
        f'method = "POST"\ntarget = "/todos"\n{_TOKEN}\njson = {{ text = "more" }}',
    ],
    LIST: [
        'target = "/todos"',
        f'method = "POST"\ntarget = "/todos"\n{_TOKEN}\njson = {{ text = "new" }}',
        'target = "/todos?limit=3"',
    ],
    POSTS: ['target = "/posts/"', _ANN, 'target = "/posts/"'],
    LOGIN: [_ANN, _OUT],
    CREATE: [
        _ANN,
        'method = "POST"\ntarget = "/create"\nform = { title = "A title", body = "A body" }',
    ],
    NOTE: [
        'target = "/api/v1/notes/1"', 'target = "/api/v1/notes/3"', 'target = "/api/v1/notes/99"',
        'target = "/api/v1/notes/1"\nheaders = { X-Blocked = "yes" }',
    ],
    NOTES: [_HELLO],
}  # fmt: skip


@dataclass
class Bench:
    """One app's lab; compares its functions with changes seeded in."""

    workspace: Workspace
    lab: Lab
    cases: dict[str, CaseFile]
    count: int = 0

    def compare(self, name: str, change: Change) -> ParityResult:
        """Compare a copy of a function that has a change."""
        self.count += 1
        other = f"{name}_x{self.count}"
        folder = self.workspace.settings.extracted
        info = {info.name: info for info in self.workspace.functions()}[name]
        shutil.copytree(folder / name, folder / other, ignore=IGNORED)
        try:
            self._rename(folder / other, name, other, source(change))
            copied: FunctionInfo = replace(
                info, name=other, handler=re.sub(rf"\b{name}\b", other, info.handler)
            )
            return self.lab.compare(copied, self.cases[name])
        finally:
            shutil.rmtree(folder / other)

    def _rename(self, folder: Path, name: str, other: str, added: str) -> None:
        for file in folder.iterdir():
            if file.suffix in (".py", ".toml"):
                text = re.sub(rf"\b{name}\b", other, file.read_text("utf-8"))
                file.write_text(text + (added if file.name == "handler.py" else ""), "utf-8")


@contextmanager
def bench(app: str, folder: Path) -> Iterator[Bench]:
    """Give the lab of an app: ``shop`` or one of ``tests/apps``."""
    workspace = _shop(folder) if app == "shop" else _app(app, folder)
    names = [function.name for function in workspace.functions()]
    files = [folder / "tests" / "parity" / f"{name}.toml" for name in names]
    cases = dict(zip(names, read_cases(files, folder), strict=True))
    with workspace.lab(with_code=True) as lab:
        yield Bench(workspace, lab, cases)


# Private


def _shop(folder: Path) -> Workspace:
    for name in ("monolith", "adapters", "extracted", "tests/parity"):
        shutil.copytree(ROOT / name, folder / name, ignore=IGNORED)
    shutil.copy(ROOT / "pyproject.toml", folder)
    return Workspace.around(folder, TerminalReporter(quiet=True))


def _app(app: str, folder: Path) -> Workspace:
    shutil.copytree(ROOT / "tests" / "apps" / app, folder, ignore=IGNORED, dirs_exist_ok=True)
    workspace = Workspace.around(folder, TerminalReporter(quiet=True))
    for name, (route, level) in ROUTES[app].items():
        workspace.extract(ExtractRequest((Route.parse(route),), level, name))
        requests = "\n".join(f"[[session.request]]\n{request}" for request in CASES[name])
        text = f'[[session]]\nname = "plain"\n{requests}\n'
        (folder / "tests" / "parity" / f"{name}.toml").write_text(text, "utf-8")
    return workspace
