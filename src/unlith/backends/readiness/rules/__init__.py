"""The readiness rules, a module a family: every ``RULES`` in this package is one table."""

from __future__ import annotations

import importlib
import pkgutil

from unlith.backends.readiness.rule import Rule


def all_rules() -> tuple[Rule, ...]:
    """Give every rule, by id."""
    found: list[Rule] = []
    for module in pkgutil.iter_modules(__path__):
        found += importlib.import_module(f"{__name__}.{module.name}").RULES
    return tuple(sorted(found, key=lambda rule: rule.id))
