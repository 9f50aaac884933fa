"""The command line in this process, and lines of tapes made in one place."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import Unlith, unlith

__all__ = ["Unlith", "line", "tape_of", "unlith"]


def line(session: str = "s", *, target: str = "/", method: str = "GET", **more: Any) -> str:
    """Give one line of a tape."""
    answer = more.pop("answer", {"status": 200})
    top = {key: more.pop(key) for key in ("name", "notes", "at", "source") if key in more}
    asked = {"method": method, "target": target, **more}
    return json.dumps({"tape": 1, "session": session, **top, "request": asked, "answer": answer})


@pytest.fixture
def tape_of(tmp_path: Path) -> Callable[..., Path]:
    """Give what writes lines into a file."""

    def write(*lines: str | bytes, name: str = "a.tape.jsonl") -> Path:
        file = tmp_path / name
        data = [one.encode() if isinstance(one, str) else one for one in lines]
        file.write_bytes(b"".join(one + b"\n" for one in data))
        return file

    return write
