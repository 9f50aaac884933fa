"""The dynamic side of the rules: two runs of the app in a sandbox, told as findings.

What fails in the sandbox only (an app that insists on its database at import) is a finding, not an
error: the survey itself goes on.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from unlith.backends.flask_inspector import run_child
from unlith.backends.source_tree import SourceTree
from unlith.domain.readiness import Finding, Severity
from unlith.errors import AppImportFailed
from unlith.files.settings import Settings

CHILD = "unlith.backends.readiness.probe_child"
SERVE_S = 60.0

_RULES = {
    ("write", True): ("LR201", Severity.ERROR, "S3, or /tmp for what may vanish"),
    ("write", False): ("LR201", Severity.ERROR, "S3, or /tmp for what may vanish"),
    ("connect", True): ("LR406", Severity.WARNING, "open it at first use"),
    ("bind", True): ("LR311", Severity.ERROR, "if __name__ == '__main__'"),
    ("thread", True): ("LR302", Severity.ERROR, "an EventBridge schedule, or a queue"),
    ("thread", False): ("LR301", Severity.ERROR, "SQS, or wait before the answer"),
}
_STATE = {
    "LR101": (Severity.ERROR, "keep it in a store that all environments share"),
    "LR110": (Severity.WARNING, "a store, or the object's own"),
    "LR111": (Severity.WARNING, "make it in the handler: warm environments share it"),
}
_ANSWER_BYTES = 6 * 1024 * 1024
_SLOW_S = 20.0
_WORDS = {
    "write": "writes {what}",
    "connect": "connects to {what}",
    "bind": "listens on {what}",
    "thread": "leaves the thread {what} running",
}


def probe(settings: Settings, tree: SourceTree) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
    """Give what two workers in sandboxes found, and in words what they could not.

    One serves its requests once, the other twice.
    """
    salt = secrets.token_hex(8)
    first = _run(settings, salt, twice=False)
    second = _run(settings, salt, twice=True)
    found = set(_seen(first, tree)) | set(_seen(second, tree))
    if first.get("secret") and second.get("secret") and first["secret"] != second["secret"]:
        found.add(Finding("LR105", "", 0, "SECRET_KEY differs between two imports",
                          Severity.ERROR, "AWS Secrets Manager, or a setting"))  # fmt: skip
    for key in second.get("changed", ()):
        found.add(Finding("LR108", "", 0, f"the setting {key} was changed by a request",
                          Severity.ERROR, "a store for switches"))  # fmt: skip
    found |= {*_compared(first, second, tree), *_weighed(second)}
    return tuple(sorted(found)), tuple(_limits(second))


# Private


def _run(settings: Settings, salt: str, *, twice: bool) -> Mapping[str, Any]:
    paths = [str(path) for path in settings.sources]
    job = {"target": settings.app, "paths": paths, "roots": paths, "twice": twice, "salt": salt}
    patient = replace(settings, timeout_s=max(settings.timeout_s, SERVE_S))
    try:
        found = run_child(CHILD, job, patient)["ok"]
    except AppImportFailed:
        return {}
    return found if isinstance(found, dict) else {}


def _limits(answer: Mapping[str, Any]) -> Iterator[str]:
    if not answer:
        yield "in the sandbox the app gave no answer in time: nothing was seen there"
        return
    if "failed" in answer:
        yield f"in the sandbox the app did not start, so it served nothing: {answer['failed']}"
    left = {"writes", "connections"} - set(answer.get("refused", ()))
    if left:
        yield (
            f"this kernel's Landlock does not refuse {' and '.join(sorted(left))}: compiled code "
            "and other processes were not held back in the sandbox"
        )


def _compared(
    first: Mapping[str, Any], second: Mapping[str, Any], tree: SourceTree
) -> Iterator[Finding]:
    """Yield what differs between two workers, and between two rounds of one."""
    before = {(file, name): value for file, name, value in first.get("moments", ())}
    for file, name, value in second.get("moments", ()):
        if before.get((file, name), value) != value and "SECRET" not in name.upper():
            said = f"`{name}` differs between two imports (seen in the sandbox)"
            yield _at("LR111", file, name, said, tree)
    for file, name in second.get("kept", ()):
        rule = "LR110" if "." in name else "LR101"
        said = f"`{name}` changed in each round of the same requests (seen in the sandbox)"
        yield _at(rule, file, name, said, tree)
    rounds = [*second.get("answers", ()), {}, {}]
    for path, (status, body, *_) in rounds[1].items():
        here, there = rounds[0].get(path), first.get("answers", [{}])[0].get(path)
        if here and there and here[:2] == there[:2] and here[:2] != [status, body]:
            said = f"GET {path} answers otherwise once it was asked: the process keeps something"
            yield Finding("LR101", "", 0, f"{said} (seen in the sandbox)", *_STATE["LR101"])


def _at(rule: str, file: str, name: str, said: str, tree: SourceTree) -> Finding:
    head = re.compile(rf"\s*(class\s+)?{re.escape(name.rpartition('.')[2])}\b\s*[:=]")
    lines = Path(file).read_text("utf-8", "replace").splitlines()
    line = next((number for number, text in enumerate(lines, 1) if head.match(text)), 1)
    return Finding(rule, tree.show(Path(file)), line, said, *_STATE[rule])


def _weighed(answer: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield answers too big or too slow, and what the requests left in the temporary folder."""
    for path, (_, _, size, took) in dict(*answer.get("answers", [{}])[:1]).items():
        if size > _ANSWER_BYTES:
            said = f"GET {path} answers with {size / 2**20:.1f} MB (seen in the sandbox)"
            yield Finding("LR511", "", 0, said, Severity.WARNING, "a presigned S3 link")
        if took >= _SLOW_S:
            said = f"GET {path} took {took:.0f} s, gateways wait 29 or 30 (seen in the sandbox)"
            yield Finding("LR308", "", 0, said, Severity.ERROR, "202, a job and polling")
    left = answer.get("left", ())
    if left:
        said = f"{len(left)} things are left in the temporary folder, such as {left[0]}"
        yield Finding("LR208", "", 0, f"{said} (seen in the sandbox)", Severity.NOTE,
                      "a context manager")  # fmt: skip


def _seen(answer: Mapping[str, Any], tree: SourceTree) -> Iterator[Finding]:
    for kind, phase, file, line, what in answer.get("seen", ()):
        rule = _RULES.get((kind, phase == "import"))
        if rule is None:
            continue
        when = "at import" if phase == "import" else "while serving"
        shown = tree.show(Path(file)) if file else ""
        said = _WORDS[kind].format(what=what)
        yield Finding(rule[0], shown, line, f"{said} {when} (seen in the sandbox)", *rule[1:])
