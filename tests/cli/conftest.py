"""Runs the command line as a user would, in this process."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from unlith.cli.main import main


@dataclass(frozen=True)
class Result:
    """What a command gave."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Give standard output as JSON."""
        return json.loads(self.out)


Unlith = Callable[..., Result]


@pytest.fixture
def unlith(capsys: pytest.CaptureFixture[str]) -> Unlith:
    """Give a function that runs ``unlith`` in a folder."""

    def run(folder: Path, *arguments: str) -> Result:
        with pytest.raises(SystemExit) as ended:
            main(["-C", str(folder), *arguments])
        said = capsys.readouterr()
        code = ended.value.code
        return Result(code if isinstance(code, int) else 0, said.out, said.err)

    return run
