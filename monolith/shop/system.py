"""The clock and the chance of the machine, for the ports of the same names."""

from __future__ import annotations

import secrets
import time
from datetime import UTC, datetime
from uuid import UUID, uuid4


class SystemClock:
    """The machine's clock, to the second: the shop shows no smaller times."""

    def now(self) -> datetime:
        """Give the time, in UTC."""
        return datetime.now(UTC).replace(microsecond=0)

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


class RandomIds:
    """Ids and tokens from the machine's own chance."""

    def uuid(self) -> UUID:
        """Give a new id."""
        return uuid4()

    def token(self, size: int = 16) -> bytes:
        """Give bytes nobody can guess."""
        return secrets.token_bytes(size)
