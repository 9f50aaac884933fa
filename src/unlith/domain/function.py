"""A function as its folder in ``extracted/`` describes it (``function.toml``)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from unlith.domain.route import Route


class Level(StrEnum):
    """How much of the web framework a function runs under.

    ``slim`` runs the view under Flask; ``pure`` runs without Flask.
    """

    SLIM = "slim"
    PURE = "pure"


@dataclass(frozen=True, slots=True)
class FunctionInfo:
    """One extracted function.

    ``handler`` is ``module.name`` as Lambda has it. ``environ`` names the environment variables
    it reads. ``carried`` names the hooks it carries, ``omitted`` those it does not, each with
    the reason. ``sources`` maps files it was carried from to their digests, ``files`` those that
    were generated to the digests of what was generated.
    """

    name: str
    level: Level
    routes: tuple[Route, ...]
    endpoints: tuple[str, ...]
    handler: str
    environ: tuple[str, ...] = ()
    carried: tuple[str, ...] = ()
    omitted: tuple[tuple[str, str], ...] = ()
    sources: tuple[tuple[str, str], ...] = ()
    files: tuple[tuple[str, str], ...] = ()
