"""A route is one HTTP method and one rule, the unit of migration."""

from __future__ import annotations

import re
from dataclasses import dataclass

from unlith.errors import UsageError

# RFC 9110, 5.6.2: a method is a token; ours are the upper-case ones Flask registers.
_METHOD = re.compile(r"[A-Z][A-Z0-9_-]*\Z")


@dataclass(frozen=True, slots=True, order=True)
class Route:
    """One HTTP method and one rule in Flask syntax, e.g. ``GET /orders/<int:id>``."""

    method: str
    rule: str

    @classmethod
    def parse(cls, text: str) -> Route:
        """Read ``METHOD RULE``.

        Raises:
            UsageError: if the text is not a method, white space and a rule that starts with ``/``
                (or with a host, for apps that match hosts: ``GET example.com|/x``).
        """
        method, _, rule = text.strip().partition(" ")
        method, rule = method.upper(), rule.strip()
        if not _METHOD.match(method) or not (rule.startswith("/") or "|/" in rule):
            raise UsageError(
                f"not a route: {text!r}",
                hint='write a method and a rule, e.g. "GET /orders/<int:id>"',
            )
        return cls(method, rule)

    def __str__(self) -> str:
        """Give ``METHOD RULE``."""
        return f"{self.method} {self.rule}"
