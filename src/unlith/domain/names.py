"""Names of things in the cloud, made from names here: short enough, legal, never two the same."""

from __future__ import annotations

import hashlib
import re

FUNCTION_LIMIT = 64
"""Characters that a Lambda function's name can have.

https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html (FunctionName), read
2026-11-20.
"""


def cloud_name(stage: str, name: str) -> str:
    """Give a function's name in a stage: at most 64 characters of ``[A-Za-z0-9_-]``."""
    full = f"unlith-{stage}-{name}"
    if len(full) <= FUNCTION_LIMIT:
        return full
    return f"{full[: FUNCTION_LIMIT - 9]}-{_digest(name)}"


def logical_id(name: str, kind: str = "") -> str:
    """Give the id of a resource in a template: letters and digits, its name in capitals.

    Names that capitals cannot tell apart (``a_1`` and ``a1``) get a digest.
    """
    words = [word for word in re.split(r"[^A-Za-z0-9]+", name) if word]
    camel = "".join(word[:1].upper() + word[1:] for word in words)
    back = re.sub(r"(?<!^)(?=[A-Z])", "_", camel).lower()
    return camel + ("" if back == name else _digest(name).capitalize()) + kind


# Private


def _digest(name: str) -> str:
    return hashlib.blake2b(name.encode(), digest_size=4).hexdigest()
