"""What a route costs where it is and elsewhere, from prices, traffic and times. Pure arithmetic.

The formula is AWS's: GB-seconds by memory and billed time, initialisation billed too (since
2025-08-01, https://aws.amazon.com/blogs/compute/aws-lambda-standardizes-billing-for-init-phase,
read 2026-11-20), a price a request, and the gateway's. The free tier is left out: it is one for
all functions, so that it changes no comparison.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

KEPT_WARM_S = 600.0
"""How long an idle environment is taken to live; AWS publishes no figure."""

_MONTH_S = 30.4 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Prices:
    """Prices in US dollars of one region at one date."""

    region: str
    read: str
    per_gb_s: Mapping[str, float]
    per_request: float
    per_gateway_request: float


@dataclass(frozen=True, slots=True)
class Load:
    """How one function is used: requests a month, and times and memory of one request."""

    requests: float
    warm_ms: float
    init_ms: float
    memory_mb: int
    arch: str = "arm64"

    @property
    def cold_share(self) -> float:
        """Give the share of requests that find no warm environment (arrivals at random).

        >>> round(Load(43_800, 100, 1000, 256).cold_share, 6)
        4.5e-05
        """
        return math.exp(-self.requests / _MONTH_S * KEPT_WARM_S)

    @property
    def penalty_ms(self) -> float:
        """Give what cold starts add to a request on average."""
        return self.cold_share * self.init_ms


def monthly(load: Load, prices: Prices) -> float:
    """Give a function's price a month with its gateway, in US dollars."""
    billed_s = (load.warm_ms + load.cold_share * load.init_ms) / 1000
    gb_s = load.memory_mb / 1024 * load.requests * billed_s
    fees = load.requests * (prices.per_request + prices.per_gateway_request)
    return gb_s * prices.per_gb_s[load.arch] + fees
