"""A function's statements from its calls: what it may do, to what, and what is not known yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from unlith.domain.iam.actions import ANY, needs_of
from unlith.domain.iam.arns import arn_of, given_arn
from unlith.domain.iam.values import Arn, AwsCall, Name, Need, Pseudo


@dataclass(frozen=True, slots=True)
class Known:
    """What a stage knows of names: its environment, and resources by action or prefix."""

    environ: Mapping[str, str] = field(default_factory=dict)
    resources: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Grant:
    """An action on the resources that are known; no ARN where the action knows no resources.

    ``places`` are where code calls it. ``is_seen`` says whether a parity run saw it.
    """

    action: str
    arns: tuple[Arn, ...]
    places: tuple[str, ...] = ()
    is_seen: bool = False
    takes_any: bool = False


@dataclass(frozen=True, slots=True, order=True)
class Missing:
    """An action whose resource is not known, in one place; it is in no statement for it."""

    action: str
    place: str
    why: str


@dataclass(frozen=True, slots=True)
class Policy:
    """What one function may do, and what is left out."""

    function: str
    grants: tuple[Grant, ...] = ()
    missing: tuple[Missing, ...] = ()

    @property
    def never_exercised(self) -> tuple[str, ...]:
        """Give the actions that code has and no parity run saw."""
        return tuple(grant.action for grant in self.grants if not grant.is_seen)

    @property
    def not_seen_statically(self) -> tuple[str, ...]:
        """Give the actions that only a parity run saw."""
        return tuple(grant.action for grant in self.grants if not grant.places)

    @property
    def statements(self) -> tuple[tuple[tuple[str, ...], tuple[Arn, ...]], ...]:
        """Give actions and ARNs of each statement; no ARN stands for ``*``."""
        together: dict[tuple[Arn, ...], list[str]] = {}
        for grant in self.grants:
            if grant.arns or grant.takes_any:
                together.setdefault(grant.arns, []).append(grant.action)
        found = ((tuple(sorted(actions)), arns) for arns, actions in together.items())
        return tuple(sorted(found, key=lambda one: one[0]))


def policy(function: str, calls: Iterable[AwsCall], known: Known) -> Policy:
    """Give the policy of a function that makes these calls."""
    by_need: dict[Need, list[AwsCall]] = {}
    for call in sorted(set(calls)):
        for need in needs_of(call):
            by_need.setdefault(need, []).append(call)
    merged: dict[str, list[Grant]] = {}
    missing: set[Missing] = set()
    for need, callers in by_need.items():
        grant, left = _granted(need, callers, known)
        merged.setdefault(need.action, []).append(grant)
        missing.update(left)
    grants = tuple(_one(grants) for _, grants in sorted(merged.items()))
    return Policy(function, grants, tuple(sorted(missing)))


def statement_of(
    actions: Sequence[str], arns: Sequence[Arn], filled: Mapping[Pseudo, str]
) -> dict[str, object]:
    """Give a statement as IAM has it, with texts for what only a stage knows."""
    shown = [as_text(arn, filled) for arn in arns] or ["*"]
    return {"Effect": "Allow", "Action": list(actions), "Resource": shown}


def as_text(arn: Arn, filled: Mapping[Pseudo, str]) -> str:
    """Give an ARN as a text; what is not filled in shows as CloudFormation writes it."""
    return "".join(
        filled.get(part, f"${{{part}}}") if isinstance(part, Pseudo) else part for part in arn
    )


def partition_of(region: str) -> str:
    """Give the partition that a region is in.

    https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html,
    read 2026-11-26.
    """
    starts = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}
    return next((name for start, name in starts.items() if region.startswith(start)), "aws")


# Private


def _granted(need: Need, callers: Iterable[AwsCall], known: Known) -> tuple[Grant, list[Missing]]:
    callers = tuple(callers)
    places = tuple(dict.fromkeys(call.place for call in callers if call.place))
    is_seen = any(call.is_seen for call in callers)
    if need.kind == ANY:
        return Grant(need.action, (), places, is_seen, takes_any=True), []
    found: dict[Arn, None] = {}
    seen: dict[Arn, None] = {}
    left: list[Missing] = []
    for call in callers:
        for name in call.names or (Name(),):
            arn = arn_of(need.kind, _text(name, known))
            if arn is not None:
                (seen if call.is_seen else found)[arn] = None
            else:
                left.append(Missing(need.action, call.place, _why(name, call)))
    told = _told(need, known)
    # What reading cannot name is what a parity run saw and reading did not find elsewhere.
    if told or (set(seen) - set(found) and not any(not one.place for one in left)):
        left = []
    arns = tuple(sorted({*found, *seen, *(told if _is_needed(callers, found) else ())}))
    return Grant(need.action, arns, places, is_seen), left


def _is_needed(callers: Iterable[AwsCall], found: Mapping[Arn, None]) -> bool:
    # What the user wrote stands in for names that nobody found.
    return not found or any(
        not call.names or not all(n.text for n in call.names) for call in callers
    )


def _told(need: Need, known: Known) -> tuple[Arn, ...]:
    prefix = need.action.partition(":")[0]
    texts = known.resources.get(need.action, known.resources.get(prefix, ()))
    arns = (given_arn(need.kind, text) for text in texts)
    return tuple(arn for arn in arns if arn is not None)


def _text(name: Name, known: Known) -> str:
    return known.environ.get(name.variable, name.text) if name.variable else name.text


def _why(name: Name, call: AwsCall) -> str:
    if name.variable:
        return f"the environment variable {name.variable} names it, and the stage does not set it"
    if name.text:
        return f"{name.text!r} is no name that this action can be limited to"
    return name.why or f"{call.operation} is called with a name made at run time"


def _one(grants: Sequence[Grant]) -> Grant:
    return Grant(
        grants[0].action,
        tuple(sorted({arn for grant in grants for arn in grant.arns})),
        tuple(dict.fromkeys(place for grant in grants for place in grant.places)),
        any(grant.is_seen for grant in grants),
        any(grant.takes_any for grant in grants),
    )
