"""Calls to AWS that a parity run saw, each kept once: names and parameters' names, no values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from unlith.domain.exchange import Effect
from unlith.domain.iam.actions import prefix_of
from unlith.domain.iam.arns import given_in, names_in

LIMIT = 1000
"""How many different calls of one function are kept: a name may be made of a request."""


@dataclass(frozen=True, slots=True, order=True)
class SeenCall:
    """One call: boto3's service, the API's operation, what it reached, which parameters it had."""

    service: str
    operation: str
    names: tuple[str, ...] = ()
    given: tuple[str, ...] = ()

    def as_list(self) -> list[object]:
        """Give the fields as JSON values."""
        return [self.service, self.operation, list(self.names), list(self.given)]


def calls_in(effects: Iterable[Effect]) -> Iterator[SeenCall]:
    """Yield the calls to AWS among effects."""
    for effect in effects:
        place, _, service = effect.where.partition(":")
        if place == "aws" and isinstance(effect.data, Mapping):
            names = names_in(prefix_of(service, service), effect.data)
            yield SeenCall(service, effect.kind, names, given_in(effect.data))


def seen_calls(value: object) -> dict[SeenCall, None]:
    """Give the calls that ``as_list`` wrote, in order.

    Raises:
        ValueError: if it is not that.
    """
    if not isinstance(value, list):
        raise ValueError("calls is a list")
    found: dict[SeenCall, None] = {}
    for one in value:
        if not (isinstance(one, list) and [type(part) for part in one] == [str, str, list, list]):
            raise ValueError("a call is a service, an operation, names and parameters")
        service, operation, names, given = cast("tuple[str, str, list[str], list[str]]", one)
        found[SeenCall(service, operation, tuple(names), tuple(given))] = None
    return found
