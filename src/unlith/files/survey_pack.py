"""Packs a survey's JSON: what occurs in many lists is written once and named there.

A *group* is a set of items that always occur together, or a whole list that occurs often.
``groups`` holds each under a name like ``@3``; a list that holds the whole group holds that name
in their place. No module, template or place begins with ``@``. ``expanded`` undoes ``packed``: the
lists concerned are sorted, but for those in ``_ORDERED``.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

_MARK = "@"
_WORTH = 40
_MODULES = ("needed", "shared", "imported", "traced")
_POOLS = (_MODULES, ("used", "pulled"), ("templates",), ("unknown",), ("definitions",))
_ORDERED = ("decorators", "wrappers", "holds")

Slot = tuple[dict[str, Any], str]
"""A JSON object and the key of a list in it."""


def packed(data: dict[str, Any]) -> dict[str, Any]:
    """Give a survey's JSON values with ``groups``; the values given are changed."""
    groups: dict[str, list[Any]] = {}
    for slots in _pools(data):
        _pack(slots, groups)
        _name_lists(slots, groups)
    for slots in _ordered(data):
        _name_items(slots, groups)
        _name_lists(slots, groups)
    return {**data, "groups": groups} if groups else data


def expanded(data: dict[str, Any]) -> dict[str, Any]:
    """Give a survey's JSON values without ``groups``; the values given are changed."""
    groups = data.pop("groups", {})
    for slots in _pools(data):
        for owner, key in slots:
            owner[key] = sorted(_items(owner[key], groups), key=_order)
    for slots in _ordered(data):
        for owner, key in slots:
            owner[key] = list(_items(owner[key], groups))
    return data


# Private


def _pools(data: dict[str, Any]) -> Iterator[list[Slot]]:
    routes = data.get("routes", [])
    closures = [route["closure"] for route in routes if "closure" in route]
    for names in _POOLS:
        yield [(one, name) for one in closures for name in names if one.get(name)]
    yield [(route, "touches") for route in routes if route.get("touches")]
    yield [(one, "routes") for one in data.get("findings", []) if one.get("routes")]


def _ordered(data: dict[str, Any]) -> Iterator[list[Slot]]:
    for name in _ORDERED:
        yield [(rule, name) for rule in data.get("rules", []) if rule.get(name)]


def _name_items(slots: list[Slot], groups: dict[str, list[Any]]) -> None:
    times = Counter(_text(item) for owner, key in slots for item in owner[key])
    named: dict[str, str] = {}
    for text, count in times.items():
        if (count - 1) * len(text) > _WORTH:
            named[text] = _named([json.loads(text)], groups)
    for owner, key in slots:
        owner[key] = [named.get(_text(item), item) for item in owner[key]]


def _name_lists(slots: list[Slot], groups: dict[str, list[Any]]) -> None:
    times = Counter(_text(owner[key]) for owner, key in slots)
    named: dict[str, str] = {}
    for owner, key in slots:
        text = _text(owner[key])
        if (times[text] - 1) * len(text) > _WORTH and len(owner[key]) > 1:
            if text not in named:
                named[text] = _named(owner[key], groups)
            owner[key] = [named[text]]


def _named(items: list[Any], groups: dict[str, list[Any]]) -> str:
    name = f"{_MARK}{len(groups) + 1}"
    groups[name] = items
    return name


def _pack(slots: list[Slot], groups: dict[str, list[Any]]) -> None:
    where: dict[str, list[int]] = defaultdict(list)
    for number, (owner, key) in enumerate(slots):
        for item in owner[key]:
            where[_text(item)].append(number)
    together: dict[tuple[int, ...], list[str]] = defaultdict(list)
    for text, numbers in where.items():
        together[tuple(numbers)].append(text)
    for owner, key in slots:
        owner[key] = []
    for places, texts in sorted(together.items(), key=lambda one: one[1]):
        items = [json.loads(text) for text in sorted(texts)]
        if (len(places) - 1) * sum(map(len, texts)) > _WORTH:
            items = [_named(items, groups)]
        for place in places:
            owner, key = slots[place]
            owner[key] += items
    for owner, key in slots:
        owner[key].sort(key=_order)


def _items(items: list[Any], groups: dict[str, list[Any]]) -> Iterator[Any]:
    for item in items:
        if isinstance(item, str) and item.startswith(_MARK):
            yield from _items(groups[item], groups)
        else:
            yield item


def _text(item: Any) -> str:
    return json.dumps(item, ensure_ascii=False)


def _order(item: Any) -> Any:
    # As the values they become are sorted: a touch by its fields, the rest as text.
    if isinstance(item, str):
        return (item,)
    texts = [item.get(name, "") for name in ("kind", "name", "access", "file")]
    return (*texts, item.get("line", 0))
