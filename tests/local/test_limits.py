"""Time limits: of the gateway in front of a function, and of one compared exchange."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from unlith.backends.local.environments import HUNG_S, Patience
from unlith.backends.local.facade import Facade, Sides
from unlith.backends.local.hosts import WorkerHost
from unlith.domain.exchange import HttpRequest
from unlith.domain.gateways.api_gateway import HttpApiV2
from unlith.domain.routing import RoutingTable
from unlith.ports import FunctionSpec

Item = TypeVar("Item")
MakeHost = Callable[..., WorkerHost]

SLOW = """
import os, time
def handler(event, context):
    while not os.path.exists("go on"):
        time.sleep(0.01)
    return {"statusCode": 200, "body": "late"}
"""


class Impatient(HttpApiV2):
    """An HTTP API that gives up at once."""

    limit_s = 0.2


class Told:
    """A reporter that keeps its warnings."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def step(self, message: str) -> None:
        pass

    def warn(self, message: str) -> None:
        self.warnings.append(message)

    def progress(self, items: Iterable[Item], *, total: int, label: str) -> Iterable[Item]:
        return items


class Monolith:
    """Gives the table that leaves everything to the monolith."""

    def current(self) -> RoutingTable:
        return RoutingTable()


def test_a_gateway_gives_up_and_the_function_runs_on(make_host: MakeHost, tmp_path: Path) -> None:
    host, told = make_host(SLOW), Told()
    host.start()
    facade = Facade(Sides(host, {}), Monolith(), Impatient(), told)

    given_up = facade.answer(HttpRequest("GET", "/slow"), "127.0.0.1")
    (tmp_path / "go on").touch()
    answered = HttpApiV2().answer(host.invoke({}).answer)

    assert (given_up.status, given_up.body) == (503, b'{"message":"Service Unavailable"}')
    assert answered.body == b"late"
    assert "the gateway gives up" in told.warnings[-1]


def test_an_exchange_has_a_limit_of_its_own(make_host: MakeHost, tmp_path: Path) -> None:
    done = make_host(SLOW, exchange_s=0.5).invoke({})

    assert done.error is not None
    assert done.error.message == "Task timed out after 0.50 seconds"


def test_a_handler_that_hung_is_not_waited_for_as_long_again(tmp_path: Path) -> None:
    patience = Patience(FunctionSpec("f", "f.f", (), tmp_path, exchange_s=30.0))

    patience.took(0.1)
    before = patience.limit_s
    patience.ran_out()

    assert (before, patience.limit_s) == (30.0, HUNG_S)


def test_slow_answers_keep_the_limit_longer(tmp_path: Path) -> None:
    patience = Patience(FunctionSpec("f", "f.f", (), tmp_path, exchange_s=30.0))

    patience.took(1.0)
    patience.ran_out()

    assert patience.limit_s == 10.0


def test_without_a_limit_for_exchanges_the_limit_stays(tmp_path: Path) -> None:
    patience = Patience(FunctionSpec("f", "f.f", (), tmp_path, timeout_s=20.0))

    patience.ran_out()

    assert patience.limit_s == 20.0
