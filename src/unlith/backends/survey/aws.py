"""Which AWS operation a followed expression calls: every usual way to write boto3.

Clients, resources, sessions, paginators, waiters, collections and typed parameters
(``mypy_boto3_s3``); aliases were followed before. Operations keep boto3's method names.
"""

from __future__ import annotations

import re

_MAKER = re.compile(
    r"^(?:aio)?boto(?:3|core|core3)?"
    r"(?:\.(?:Session|session|DEFAULT_SESSION|_get_default_session|setup_default_session|"
    r"session\.Session|session\.get_session|get_session)(?:\([^)]*\))?)*"
    r"\.(client|resource|create_client)\((['\"])([\w-]+)\2\)"
)
_TYPED = re.compile(
    r"^(?:types_boto3|mypy_boto3)_(\w+?)(?:\.\w+)*\.\w+(?:Client|ServiceResource|Resource)"
)
_NESTED = re.compile(r"\.(?:get_paginator|get_waiter)\((['\"])(\w+)\1\)")
_STEP = re.compile(r"\.(\w+)")
_NOT_OPERATIONS = frozenset(
    """meta exceptions can_paginate paginate wait build_full_result search close Table Bucket
    Object Queue Topic get_waiter get_paginator batch_writer load name arn url attributes
    get_available_subresources Message Key""".split()
)


def is_made(text: str) -> bool:
    """Say whether a text starts with a client or resource that boto3 made."""
    return _MAKER.match(text) is not None


def operation(text: str) -> tuple[str, str] | None:
    """Give the service and the operation, or None if the text calls none."""
    made = _MAKER.match(text) or _TYPED.match(text)
    if made is None:
        return None
    service = made.group(3) if made.re is _MAKER else made.group(1).replace("_", "-")
    rest = text[made.end() :]
    nested = _NESTED.search(rest)
    if nested:
        return service, nested.group(2)
    called = [
        step for step in _STEP.findall(_without_arguments(rest)) if step not in _NOT_OPERATIONS
    ]
    return (service, called[-1]) if called else None


def _without_arguments(text: str) -> str:
    return re.sub(r"\([^()]*\)|\[[^\[\]]*\]", "", text)
