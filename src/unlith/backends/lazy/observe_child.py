"""Loads the app once, with or without deferred imports, and tells what that did: a script.

Run as ``python -m unlith.backends.lazy.observe_child ANSWER_FILE`` with the job as JSON on
standard input: ``{"target", "paths", "roots", "code", "judged"}``. *code* is a file of code
objects to use in place of modules' own (name to code, marshalled; "" for none); *judged* names
modules to import on trial, each in a copy of this process. The answer is ``{"ok": {"modules":
{name: [file, is_package]}, "survey", "pending": {module: [name]}, "effects": {module: [what]}}}``.
"""

from __future__ import annotations

import importlib
import importlib.machinery
import json
import marshal
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from unlith.backends.inspect_child import NoApp, load_app, own_traceback
from unlith.backends.inspect_describe import survey
from unlith.backends.lazy.effects import State

BATCH = 40


def main() -> None:
    """Read the job, load the app, write the answer."""
    job = json.load(sys.stdin)
    with open(sys.argv[1], "x", encoding="utf-8") as answer_file:
        sys.stdout = sys.stderr
        sys.argv = [job["target"]]
        sys.path[:0] = job["paths"]
        answer: dict[str, Any]
        try:
            answer = {"ok": observed(job)}
        except NoApp as error:
            answer = {"error": "target", "message": str(error), "traceback": ""}
        except BaseException as error:
            said = f"{type(error).__name__}: {error}"
            answer = {"error": "import", "message": said, "traceback": own_traceback(error)}
        json.dump(answer, answer_file)
    sys.stderr.flush()
    os._exit(0)


def observed(job: dict[str, Any]) -> dict[str, Any]:
    """Load the app and give what is there then."""
    if job["code"]:
        use(marshal.loads(Path(job["code"]).read_bytes()))  # noqa: S302  # the tool wrote it
    app, target = load_app(job["target"])
    before = dict(sys.modules)
    pending = waiting()
    modules = {
        name: [getattr(module, "__file__", None) or "", hasattr(module, "__path__")]
        for name, module in before.items()
        # Some packages put others' modules under names of their own: those are no modules of it.
        if getattr(module, "__name__", "") == name
    }
    effects = judge([name for name in job["judged"] if name not in before], pending)
    importlib.import_module("flask.signals")  # the description looks for it there
    found = survey(app, target, job["roots"])
    # Which modules are there is what the job is about; all else must be the same.
    found.pop("modules", None)
    return {"modules": modules, "pending": pending, "effects": effects, "survey": found}


def use(code: dict[str, Any]) -> None:
    """Have the import system take these code objects."""
    plain = importlib.machinery.SourceFileLoader.get_code

    def get_code(self: Any, fullname: str) -> Any:
        found = code.get(fullname)
        return plain(self, fullname) if found is None else found

    importlib.machinery.SourceFileLoader.get_code = get_code  # type: ignore[method-assign]


def waiting() -> dict[str, list[str]]:
    """Give the names that nothing has used yet, by module."""
    found = {}
    for name, module in list(sys.modules.items()):
        pending = getattr(module, "__dict__", {}).get("_unlith_pending")
        if pending:
            found[name] = sorted(pending)
    return found


def judge(names: list[str], pending: dict[str, list[str]]) -> dict[str, list[str]]:
    """Import modules on trial, in batches first; give what each changed outside itself."""
    if not names:
        return {}
    state = State(pending)
    noise = frozenset(tried([], state))  # what copying the process changes
    effects: dict[str, list[str]] = {}
    queue = [names[start : start + BATCH] for start in range(0, len(names), BATCH)]
    while queue:
        batch = queue.pop()
        found = [change for change in tried(batch, state) if change not in noise]
        if not found:
            continue
        if len(batch) == 1:
            effects[batch[0]] = found[:5]
        else:
            half = len(batch) // 2
            queue += [batch[:half], batch[half:]]
    return effects


def tried(names: Iterable[str], state: State) -> list[str]:
    """Import modules in a copy of this process and give the changes that it sees."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        told: list[str]
        try:
            for name in names:
                importlib.import_module(name)
            told = list(state.changes())[:50]
        except BaseException as error:
            told = [f"{type(error).__name__}: {error}"[:300]]
        with os.fdopen(writer, "w", encoding="utf-8") as pipe:
            json.dump(told, pipe)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, encoding="utf-8") as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    found: list[str] = json.loads(text) if text else ["the process ended"]
    return found


if __name__ == "__main__":
    main()
