"""What effects are called when they are on one side only, and the order in which they happen.

A place of an effect begins with what it reaches: ``aws:service``, ``smtp``, ``http:host``,
``log:logger``, or ``file:table`` for rows. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable

from unlith.domain.exchange import Effect

SQL = "sql"
"""The kind of effects that say when a table was written to, and nothing else."""

ORDER = "effects (order)"
"""The place at which the order of effects is compared."""

_NOUNS = (("aws:", "call"), ("smtp", "mail"), ("http:", "request"), ("log:", "log"))


def noun_of(path: str) -> str:
    """Say what an effect at a place is: a write, a call, a mail, a request, a log."""
    where = path.removeprefix("effects/")
    return next((noun for start, noun in _NOUNS if where.startswith(start)), "write")


def order_of(effects: Iterable[Effect]) -> list[object]:
    """Give calls, mails and requests in order, and among them the first write to each table.

    A table counts where rows of it changed in the end: what was rolled back, or written and
    written back, is no effect.
    """
    known = tuple(effects)
    changed = {one.where.rpartition(":")[2].lower() for one in known if one.kind != SQL}
    order: list[object] = []
    for one in known:
        if one.kind == SQL:
            label = f"{one.data} {one.where}"
            if one.where in changed and label not in order:
                order.append(label)
        elif noun_of(one.where) in ("call", "mail", "request"):
            order.append(f"{one.kind} {one.where}")
    return order
