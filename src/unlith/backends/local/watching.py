"""Sides like those that are compared, with their code watched; made from a lab's own parts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from unlith.backends.code_map import CodeMap
from unlith.backends.local.coverage_meter import Meter
from unlith.backends.local.covered_sides import CoveredFacade, CoveredMonolith, watched
from unlith.backends.local.hosts import WorkerHost
from unlith.backends.local.sandbox import FileState
from unlith.backends.local.session_aws import LocalAws
from unlith.domain.function import FunctionInfo
from unlith.domain.gateways import Gateway
from unlith.ports import Bundle


@dataclass(frozen=True, slots=True)
class Kit:
    """What a lab makes sides of; *folder* is for what watching needs."""

    state: Callable[[str], FileState]
    host: Callable[[str, Bundle], WorkerHost]
    base: object
    whole: Bundle
    gateway: Gateway
    folder: Path
    aws: LocalAws | None = None


def watched_sides(kit: Kit, function: FunctionInfo, bundle: Bundle, code: CodeMap) -> Meter:
    """Give both sides, watched and prepared.

    Raises:
        FunctionFailed: if one does not import when it is watched.
    """
    states, hosts, files = [], [], code.files(function)
    for side in ("monolith", "function"):
        name = f"watched-{function.name}-{side}"
        states.append(kit.state(name))
        states[-1].restore(kit.base)
        hosts.append(kit.host(name, kit.whole))
    served = kit.host(f"watched-{function.name}-function", bundle)
    for host in (hosts[0], served):
        host.spec = watched(host.spec, kit.folder, files)
    control = CoveredMonolith(hosts[0], states[0], kit.gateway, kit.aws)
    candidate = CoveredFacade(hosts[1], served, function.routes, states[1], kit.gateway, kit.aws)
    for one in (control, candidate):
        one.prepare(kit.base)
    trees = {"monolith": hosts[0].spec.paths[0], "function": served.spec.paths[0]}
    return Meter(control, candidate, trees, files, [*hosts, served])
