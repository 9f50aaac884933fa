"""Holds every decision of every target against Flask's own choice, and shrinks what is wrong.

A decision is wrong if a gateway may send a request to a function that Flask would not have given
it to, or whose own map would not end as Flask's does (404, 405 with its methods, redirect); or if
the in-process router names another rule than Flask.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from unlith.domain.routing import RoutingTable
from unlith.domain.survey import SurveyedRule
from unlith.domain.targets.balancer import compile_balancer
from unlith.domain.targets.compiled import Compiled, Owners
from unlith.domain.targets.emulators import Balancer, TemplateGateway
from unlith.domain.targets.router import Ends, Outcome, Router
from unlith.domain.targets.template import compile_http_api, compile_rest_api

TARGETS = ("http-api", "rest-api", "alb")
"""The gateways; the facade and the monolith's Lambda decide in process."""
IN_PROCESS = "in-process"


@dataclass(frozen=True, slots=True)
class Truth:
    """How Flask's own matching ends: ``match`` with a rule's place, ``405`` with its methods."""

    ends: str
    place: int = -1
    allowed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Wrong:
    """A decision that Flask would not have made."""

    target: str
    method: str
    path: str
    said: str
    truth: str

    def __str__(self) -> str:
        """Say it in one line."""
        return f"{self.target}: {self.method} {self.path}: {self.said}; Flask: {self.truth}"


class Proof:
    """One url_map under one table, compiled for every target; *options* are the router's."""

    def __init__(
        self,
        rules: Iterable[SurveyedRule],
        table: RoutingTable,
        *,
        options: Mapping[str, bool] | None = None,
        domain: str = "",
        trusts_slashes: bool = False,
    ) -> None:
        self._domain = domain
        self.owners = Owners(rules, table)
        self.rules = self.owners.rules
        http_api = compile_http_api(self.owners, trusts_slashes=trusts_slashes)
        rest_api = compile_rest_api(self.owners, trusts_slashes=trusts_slashes)
        alb = compile_balancer(self.owners)
        self.compiled: dict[str, Compiled] = {
            "http-api": http_api,
            "rest-api": rest_api,
            "alb": alb,
        }
        hides = not trusts_slashes
        self.gateways: dict[str, TemplateGateway | Balancer] = {
            "http-api": TemplateGateway(http_api.entries, hides_slashes=hides),
            "rest-api": TemplateGateway(rest_api.entries, hides_slashes=hides),
            "alb": Balancer(alb.rules),
        }
        self.router = Router(self.rules, **(options or {}))
        self._places = {id(rule): n for n, rule in enumerate(self.rules)}
        self._submaps = {
            (target, name): Router((self.rules[n] for n in places), **(options or {}))
            for target, made in self.compiled.items()
            for name, places in made.submaps.items()
        }

    def judge(
        self, method: str, path: str, truth: Truth, counts: Counter[str] | None = None
    ) -> Iterator[Wrong]:
        """Yield what is wrong with the decisions for one request; *path* is as it was sent."""
        counts = Counter() if counts is None else counts
        decoded = unquote(path)
        found = self.router.find(decoded, method, self._domain)
        counts[IN_PROCESS] += 1
        counts["asked"] += found.ends is Ends.ASK
        if not self._is_same(found, truth):
            yield Wrong(IN_PROCESS, method, path, self._words(found), self._said(truth))
        for target, gateway in self.gateways.items():
            counts[target] += 1
            for owner in gateway.owners(method, path):
                if owner:
                    counts[f"{target}, function"] += 1
                    said = self._against(target, owner, method, decoded, truth)
                    if said:
                        yield Wrong(target, method, path, said, self._said(truth))

    # Private

    def _against(self, target: str, owner: str, method: str, path: str, truth: Truth) -> str:
        if truth.ends == "match" and self.owners.of(method, truth.place) != owner:
            return f"sent to {owner}"
        found = self._submaps[target, owner].find(path, method, self._domain)
        return "" if self._is_same(found, truth) else f"{owner} answers {self._words(found)}"

    def _is_same(self, found: Outcome, truth: Truth) -> bool:
        if found.ends is Ends.ASK:
            is_edge = truth.ends in (Ends.NOT_FOUND, Ends.METHOD, Ends.REDIRECT)
            return is_edge or self._places[id(found.rule)] == truth.place
        if found.ends is Ends.MATCH:
            return truth.ends == "match" and self._places[id(found.rule)] == truth.place
        return str(found.ends) == truth.ends and found.allowed == truth.allowed

    def _words(self, found: Outcome) -> str:
        if found.rule is not None:
            return found.rule.rule
        return f"{found.ends} {' '.join(sorted(found.allowed))}".rstrip()

    def _said(self, truth: Truth) -> str:
        if truth.ends == "match":
            return self.rules[truth.place].rule
        return f"{truth.ends} {' '.join(sorted(truth.allowed))}".rstrip()


def shrunk(path: str, is_wrong: Callable[[str], bool], *, tries: int = 200) -> str:
    """Give a shorter path that is still wrong, if there is one."""
    left = tries
    while left > 0:
        for candidate in _shorter(path):
            left -= 1
            if left < 0 or is_wrong(candidate):
                break
        else:
            return path
        path = candidate if left >= 0 else path
    return path


# Private


def _shorter(path: str) -> Iterator[str]:
    parts = path.split("/")
    for index in range(1, len(parts)):
        yield "/".join([*parts[:index], *parts[index + 1 :]]) or "/"
    for index, part in enumerate(parts):
        for short in ("a", "1", part[: len(part) // 2]):
            if len(short) < len(part):
                yield "/".join([*parts[:index], short, *parts[index + 1 :]])
