"""What an importer found: an exchange, and the host it was sent to."""

from __future__ import annotations

from typing import NamedTuple

from unlith.domain.tape import TapedExchange


class Found(NamedTuple):
    """One exchange; ``host`` is empty where the recording does not say."""

    host: str
    exchange: TapedExchange
