"""Runs sessions of requests on one side, as a browser would: cookies and saved values kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from unlith.domain.cases import Cookies, MissingValue, RequestCase, take_out
from unlith.domain.cookies import CookieJar
from unlith.domain.exchange import HttpRequest, Observation
from unlith.ports import ParitySide


@dataclass(frozen=True, slots=True)
class Step:
    """One request as it was sent, and what came of it.

    ``is_felt`` says that later requests of the session may get other answers for it: something
    was written, or the client's cookies say something else.
    """

    request: HttpRequest
    observation: Observation
    is_felt: bool = False


class Client:
    """The client of one session: it remembers cookies and values."""

    def __init__(self, side: ParitySide) -> None:
        self._side = side
        self._jar, self._saved = CookieJar(), dict[str, object]()

    def copy(self) -> Client:
        """Give a client that remembers the same and shares the side."""
        other = Client(self._side)
        other._jar, other._saved = self._jar.copy(), dict(self._saved)
        return other

    def send(self, asked: RequestCase) -> Step:
        """Send a request.

        Raises:
            MissingValue: if it needs a value that no answer gave.
        """
        sent = CookieJar()
        if asked.cookies in (Cookies.KEEP, Cookies.MERGE):
            sent = self._jar
        elif asked.cookies is Cookies.TAMPER:
            sent = self._jar.copy()
            sent.tamper()
        request = asked.filled(self._saved, sent)
        observation = self._side.exchange(request)
        before = self._jar.content()
        if observation.answer is not None:
            self._jar.take(observation.answer.all("set-cookie"), request.path)
            for name, source in asked.save:
                try:
                    self._saved[name] = take_out(source, observation.answer)
                except MissingValue:
                    self._saved.pop(name, None)
        is_felt = bool(observation.effects) or self._jar.content() != before
        return Step(request, observation, is_felt)


def run(side: ParitySide, requests: Sequence[RequestCase], number: int = 0) -> list[Step]:
    """Run a session; it ends early where a request needs a value that no answer gave.

    Runs of one *number* have the same pinned clock and random values.
    """
    side.begin(number)
    client = Client(side)
    steps: list[Step] = []
    for asked in requests:
        try:
            steps.append(client.send(asked))
        except MissingValue:
            break
    side.end()
    return steps


def run_each(
    side: ParitySide,
    prefix: Sequence[RequestCase],
    probes: Sequence[RequestCase],
    *,
    until_write: bool = False,
    number: int = 0,
) -> tuple[list[Step], list[Step]]:
    """Run a session, then each probe as if it came next; give the steps of both.

    Probes share the process and the state, and none sees another's cookies. With *until_write*
    the first one that writes anything is the last one.
    """
    side.begin(number)
    client = Client(side)
    before: list[Step] = []
    steps: list[Step] = []
    try:
        for asked in prefix:
            before.append(client.send(asked))
        for asked in probes:
            steps.append(client.copy().send(asked))
            if until_write and steps[-1].observation.effects:
                break
    except MissingValue:
        pass
    side.end()
    return before, steps
