"""A session outlives a request that ends its process, as clients of Lambda do."""

from __future__ import annotations

from pathlib import Path

import pytest

from unlith.backends.local.hosts import WorkerHosts
from unlith.ports import FunctionSpec

HANDLER = """
import os

def handler(event, context):
    if event["do"] == "exit":
        os._exit(3)
    if event["do"] == "close":
        os.closerange(3, 200)
    return "fine"
"""


@pytest.mark.parametrize("end", ["exit", "close"])
def test_the_request_after_the_end_of_a_process_gets_another(tmp_path: Path, end: str) -> None:
    (tmp_path / "ending.py").write_text(HANDLER, "utf-8")
    hosts = WorkerHosts()
    try:
        session = hosts.host(
            FunctionSpec("ending", "ending.handler", (tmp_path,), tmp_path)
        ).session()
        first = session.invoke({"do": "work"})
        ended = session.invoke({"do": end})
        after = session.invoke({"do": "work"})
        session.close()
    finally:
        hosts.close()

    assert (first.answer, after.answer) == ("fine", "fine")
    assert ended.error is not None
    assert ended.error.type == "Runtime.ExitError"
