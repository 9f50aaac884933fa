"""Put the whole monolith and the functions into a stage: plan as data first, then the calls.

A deploy never changes who serves a route.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from unlith.domain.names import cloud_name
from unlith.ports import Bundle, Cloud, Deployed, Reporter


@dataclass(frozen=True, slots=True)
class Step:
    """One change of the cloud: ``action`` is ``create``, ``update`` or ``keep``."""

    action: str
    function: str
    bundle: Bundle
    before: Deployed | None

    def describe(self) -> str:
        """Say it in words."""
        size = f"{self.bundle.size_bytes / 1e6:.2f} MB"
        if self.before is None:
            return f"create {self.function} ({size})"
        if self.action == "keep":
            return f"keep {self.function}: version {self.before.version} has this code"
        return f"update {self.function} ({size}), now version {self.before.version}"


def plan(stage: str, bundles: Iterable[Bundle], cloud: Cloud) -> tuple[Step, ...]:
    """Compare each bundle with what the stage runs.

    Raises:
        OutsideError: if the cloud does not answer.
    """
    steps = []
    for bundle in bundles:
        name = cloud_name(stage, bundle.name)
        before = cloud.describe(name)
        if before is None:
            action = "create"
        else:
            action = "keep" if before.code_sha256 == bundle.sha256 else "update"
        steps.append(Step(action, name, bundle, before))
    return tuple(steps)


def execute(
    steps: Iterable[Step], cloud: Cloud, environ: Mapping[str, str], reporter: Reporter
) -> tuple[Deployed, ...]:
    """Carry out a plan, one function at a time; what was done before a failure stays done.

    Raises:
        OutsideError: at the first call that fails; a second deploy continues from there.
    """
    done = []
    for step in steps:
        if step.action == "keep" and step.before is not None:
            done.append(step.before)
            continue
        reporter.step(step.describe())
        done.append(cloud.put(step.function, step.bundle, environ))
    return tuple(done)
