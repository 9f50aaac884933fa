"""Handlers written to a temporary folder and hosts that end with the test."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from unlith.backends.local.hosts import WorkerHost, WorkerHosts
from unlith.ports import FunctionSpec

MakeHost = Callable[..., WorkerHost]


@pytest.fixture
def hosts() -> Iterator[WorkerHosts]:
    made = WorkerHosts()
    yield made
    made.close()


@pytest.fixture
def make_host(tmp_path: Path, hosts: WorkerHosts) -> MakeHost:
    """Give a maker of hosts: ``make_host(source, **spec)`` runs ``code.handler``."""

    def make(
        source: str,
        *,
        handler: str = "code_under_test.handler",
        isolated: bool = False,
        timeout_s: float = 20.0,
        settle_s: float = 0.0,
        exchange_s: float | None = None,
        epoch_ns: int | None = None,
        records: bool = False,
    ) -> WorkerHost:
        (tmp_path / "code_under_test.py").write_text(textwrap.dedent(source), "utf-8")
        spec = FunctionSpec(
            name="under_test",
            handler=handler,
            paths=(tmp_path,),
            cwd=tmp_path,
            isolated=isolated,
            timeout_s=timeout_s,
            settle_s=settle_s,
            exchange_s=exchange_s,
            epoch_ns=epoch_ns,
            records=records,
        )
        return hosts.host(spec)

    return make
