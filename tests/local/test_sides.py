"""The function's side asks Flask where a request goes only where that is not known."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from unlith.backends.local.sides import FacadeSide
from unlith.domain.exchange import HttpRequest
from unlith.domain.gateways import GATEWAYS
from unlith.domain.route import Route
from unlith.ports import Invocation, Match

FOUND = Match("match", "pet", "/pets/<int:id>", "GET")


@dataclass
class Host:
    """A host that is its own session, and says what it was asked."""

    asked: list[str] = field(default_factory=list)

    def start(self) -> None:
        pass

    def session(self, **_: object) -> Host:
        return self

    def match(self, event: dict[str, object]) -> Match:
        self.asked.append(f"match {event['rawPath']}")
        return FOUND

    def invoke(self, event: dict[str, object], moment: object = None) -> Invocation:
        return Invocation(answer={"statusCode": 200})

    def close(self) -> None:
        pass


class State:
    """A state without anything in it."""

    def snapshot(self) -> object:
        return None

    def restore(self, snapshot: object) -> None:
        pass

    def changes(self) -> tuple[()]:
        return ()


@pytest.mark.parametrize(("known", "count"), [(FOUND, 1), (None, 4)])
def test_what_is_known_is_asked_once(known: Match | None, count: int) -> None:
    host = Host()
    side = FacadeSide(
        host,  # type: ignore[arg-type]  # what a side uses of a host
        host,  # type: ignore[arg-type]
        [Route.parse("GET /pets/<int:id>")],
        State(),
        GATEWAYS["http-v2"],
    )
    side.know(lambda _: known)
    side.prepare()

    side.begin()
    served = {side.exchange(HttpRequest("GET", f"/pets/{n}")).served_by for n in range(4)}

    assert served == {"function GET /pets/<int:id>"}
    assert len(host.asked) == count
