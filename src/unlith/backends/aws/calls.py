"""How calls to AWS fail: one error for all of them, with service, operation and code."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from unlith.errors import OutsideError


@contextlib.contextmanager
def outside(service: str, operation: str) -> Iterator[None]:
    """Turn what boto3 raises into an OutsideError."""
    from botocore.exceptions import BotoCoreError, ClientError  # heavy; most commands need none

    try:
        yield
    except ClientError as error:
        said = error.response.get("Error", {})
        raise OutsideError(
            service, operation, said.get("Code", "Unknown"), said.get("Message", str(error))
        ) from error
    except BotoCoreError as error:
        raise OutsideError(service, operation, type(error).__name__, str(error)) from error
