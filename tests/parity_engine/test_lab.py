"""Several functions of one workspace in one run: each has an answer of its own."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

import pytest

from unlith.bootstrap import Workspace
from unlith.domain.verdict import Verdict

Item = TypeVar("Item")

FILES = {
    "pyproject.toml": """
[tool.unlith]
app = "tiny:app"

[tool.unlith.parity]
state = ["data"]
""",
    "tiny.py": """
from flask import Flask, jsonify

app = Flask(__name__)


@app.get("/double/<int:n>")
def double(n):
    return jsonify(double=n * 2)


@app.get("/half/<int:n>")
def half(n):
    return jsonify(half=n / 2)
""",
}
FUNCTION = """
name = "{name}"
routes = ["GET /{rule}/<int:n>"]
handler = "{name}.handler.handler"
level = "pure"
endpoints = ["{rule}"]
"""
CASES = """
[[session]]
name = "two"
[[session.request]]
target = "/{rule}/2"
"""
WORKS = """
import json


def handler(event, context):
    value = int(event["rawPath"].rpartition("/")[2]) * 2
    return {
        "statusCode": 200,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps({"double": value}, separators=(",", ":")) + "\\n",
    }
"""
BROKEN = """
def settings():
    raise LookupError("no TABLE in the environment")


settings()
"""


class Silent:
    """A reporter for tests."""

    def step(self, message: str) -> None:
        pass

    def warn(self, message: str) -> None:
        pass

    def progress(self, items: Iterable[Item], *, total: int, label: str) -> Iterable[Item]:
        return items


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, "utf-8")
    (tmp_path / "tests" / "parity").mkdir(parents=True)
    for rule, source in (("half", BROKEN), ("double", WORKS)):
        name = f"{rule}_get"
        folder = tmp_path / "extracted" / name
        folder.mkdir(parents=True)
        (folder / "__init__.py").touch()
        (folder / "handler.py").write_text(source, "utf-8")
        (folder / "function.toml").write_text(FUNCTION.format(name=name, rule=rule), "utf-8")
        (tmp_path / "tests" / "parity" / f"{name}.toml").write_text(CASES.format(rule=rule))
    return Workspace.around(tmp_path, Silent())


def test_a_function_that_does_not_import_stops_no_other(workspace: Workspace) -> None:
    broken, works = workspace.parity(
        ["half_get", "double_get"], gateway="http-v2", with_probes=False
    )

    assert broken.verdict is Verdict.NOT_COMPARABLE
    assert "half_get does not import: LookupError" in broken.reasons[0]
    assert 'raise LookupError("no TABLE in the environment")' in broken.reasons[0]
    assert works.verdict is Verdict.SAME
