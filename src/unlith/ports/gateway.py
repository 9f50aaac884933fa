"""The switch of a deployed gateway, as a Protocol: which function serves each group."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from unlith.domain.stack.values import Cut


class Gateway(Protocol):
    """One deployed gateway. Methods may raise OutsideError, and OutsideError only."""

    def serving(self, cuts: tuple[Cut, ...]) -> Mapping[str, str]:
        """Give, for each group of *cuts*, the function that serves it now, as the cloud names it.

        A group whose routes go to several functions has ``mixed``; one unknown to the gateway
        is left out.
        """
        ...

    def point(self, cuts: tuple[Cut, ...]) -> None:
        """Make each group's routes go to the function that its cuts name."""
        ...
