"""What one route is made of and what it touches: plain values, from ``backends.survey``."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RouteClosure:
    """What a route needs of the project.

    ``needed`` are modules of which this endpoint alone uses something, ``shared`` those that
    others use too, ``imported`` those that come along with an import but hold nothing that runs
    for this route. ``definitions`` are the functions, classes and variables (``module:name``)
    that it reaches, ``templates`` the templates. ``used`` are distributions whose names it
    reaches, ``pulled`` those that are only imported on the way. ``unknown`` names what reading
    cannot follow, each as ``file:line: what``; ``traced`` the modules that a traced run executed.
    """

    needed: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()
    imported: tuple[str, ...] = ()
    definitions: tuple[str, ...] = ()
    templates: tuple[str, ...] = ()
    used: tuple[str, ...] = ()
    pulled: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    traced: tuple[str, ...] = ()

    @property
    def modules(self) -> tuple[str, ...]:
        """Give the modules that hold something the route uses."""
        return tuple(sorted({*self.needed, *self.shared}))


@dataclass(frozen=True, slots=True, order=True)
class Touch:
    """One thing that a route's code reads or writes.

    ``kind`` is one of ``request``, ``session``, ``g``, ``config``, ``env``, ``file``, ``table``,
    ``model``, ``aws``, ``http`` or ``current_app``. ``access`` is ``read``, ``write`` or empty.
    """

    kind: str
    name: str
    access: str = ""
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class RouteFacts:
    """One route with its closure and touches; ``route`` is ``METHOD RULE``."""

    route: str
    endpoint: str
    closure: RouteClosure = RouteClosure()
    touches: tuple[Touch, ...] = ()
