"""A policy's statements as a template has them: what only the stage knows is a reference."""

from __future__ import annotations

from collections.abc import Iterator

from unlith.domain.iam.policy import Policy
from unlith.domain.iam.values import Arn, Pseudo
from unlith.domain.stack.values import joined


def statements(made: Policy) -> Iterator[dict[str, object]]:
    """Yield the statements of what is known."""
    for actions, arns in made.statements:
        shown: list[object] = [_arn(arn) for arn in arns]
        yield {"Effect": "Allow", "Action": list(actions), "Resource": shown or ["*"]}


# Private


def _arn(arn: Arn) -> object:
    if not any(isinstance(part, Pseudo) for part in arn):
        return "".join(arn)
    return joined(*({"Ref": str(part)} if isinstance(part, Pseudo) else str(part) for part in arn))
