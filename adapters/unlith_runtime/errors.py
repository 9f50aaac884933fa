"""What the Lambda side raises on purpose: one root, one sentence each, data as attributes.

* RuntimeFault
  * BadEvent    an event that no kind of HTTP event matches
  * NoRoute     a function was asked for a route it does not serve
  * BadTarget   ``"module:app"`` names nothing that can be called
  * NoResponse  the app returned without calling ``start_response``
"""

from __future__ import annotations


class RuntimeFault(Exception):
    """The root of everything ``unlith_runtime`` raises on purpose."""


class BadEvent(RuntimeFault):
    """The event is no HTTP event, or a broken one; ``keys`` are its top-level keys, sorted."""

    def __init__(self, event: object, why: str = "") -> None:
        self.keys = tuple(sorted(map(str, event))) if isinstance(event, dict) else ()
        if isinstance(event, dict):
            found = f"its keys are {', '.join(self.keys)}" if self.keys else "it is empty"
        else:
            found = f"it is a {type(event).__name__}, not an object"
        super().__init__(
            f"not an HTTP event of API Gateway, a Function URL, a load balancer or VPC Lattice: "
            f"{found}; {why + '; ' if why else ''}"
            "give make_handler(..., on_event=...) to serve other events"
        )


class NoRoute(RuntimeFault):
    """The function does not serve that method and path."""


class BadTarget(RuntimeFault):
    """The text does not name a WSGI app or a factory of one."""


class NoResponse(RuntimeFault):
    """The WSGI app gave an answer without ever calling ``start_response``."""
