"""What each gateway makes of a request, and of a handler's answer: pure emulation, no I/O.

``GATEWAYS`` maps the shape's name to its gateway. The facade, parity and the adapter's tests ask
the same code, so they cannot disagree about what a gateway does. Each module names its sources;
what no source says is marked there as not verified. Never talks to a real gateway.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from unlith.domain.gateways.api_gateway import FunctionUrl, HttpApiV1, HttpApiV2, RestApi
from unlith.domain.gateways.arrival import Arrival, Gateway
from unlith.domain.gateways.balancer import Alb, AlbMulti, Lattice, LatticeV1

GATEWAYS: Mapping[str, Gateway] = MappingProxyType(
    {
        gateway.name: gateway
        for gateway in (
            HttpApiV2(),
            HttpApiV1(),
            RestApi(),
            FunctionUrl(),
            Alb(),
            AlbMulti(),
            Lattice(),
            LatticeV1(),
        )
    }
)

__all__ = ["GATEWAYS", "Arrival", "Gateway"]
