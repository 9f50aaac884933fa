"""The dynamic side of the rules: two runs of the app in a sandbox, told as findings.

What fails in the sandbox only (an app that insists on its database at import) is a finding, not an
error: the survey itself goes on.
"""

from __future__ import annotations

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
_WORDS = {
    "write": "writes {what}",
    "connect": "connects to {what}",
    "bind": "listens on {what}",
    "thread": "leaves the thread {what} running",
}


def probe(settings: Settings, tree: SourceTree) -> tuple[Finding, ...]:
    """Give what two sandboxed runs found: one that only imports, one that serves too."""
    salt = secrets.token_hex(8)
    first = _run(settings, salt, serve=False)
    second = _run(replace(settings, timeout_s=SERVE_S), salt, serve=True)
    found = set(_seen(first, tree)) | set(_seen(second, tree))
    if first.get("secret") and second.get("secret") and first["secret"] != second["secret"]:
        found.add(Finding("LR105", "", 0, "SECRET_KEY differs between two imports",
                          Severity.ERROR, "AWS Secrets Manager, or a setting"))  # fmt: skip
    for key in second.get("changed", ()):
        found.add(Finding("LR108", "", 0, f"the setting {key} was changed by a request",
                          Severity.ERROR, "a store for switches"))  # fmt: skip
    return tuple(sorted(found))


def _run(settings: Settings, salt: str, *, serve: bool) -> Mapping[str, Any]:
    paths = [str(path) for path in settings.sources]
    job = {"target": settings.app, "paths": paths, "roots": paths, "serve": serve, "salt": salt}
    try:
        found = run_child(CHILD, job, settings)["ok"]
    except AppImportFailed:
        return {}
    return found if isinstance(found, dict) else {}


def _seen(answer: Mapping[str, Any], tree: SourceTree) -> Iterator[Finding]:
    for kind, phase, file, line, what in answer.get("seen", ()):
        rule = _RULES.get((kind, phase == "import"))
        if rule is None:
            continue
        when = "at import" if phase == "import" else "while serving"
        shown = tree.show(Path(file)) if file else ""
        said = _WORDS[kind].format(what=what)
        yield Finding(rule[0], shown, line, f"{said} {when} (seen in the sandbox)", *rule[1:])
