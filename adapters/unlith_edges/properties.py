"""Properties of a response that live in its headers, and ``Cache-Control``."""

from __future__ import annotations

from typing import Any

from unlith_edges.fields import parse_dict, parse_list, quoted
from unlith_edges.values import Headers, HeaderSet

_CACHE_FLAGS = frozenset(
    "no_store no_transform public must_revalidate proxy_revalidate immutable".split()
)
_CACHE_NUMBERS = frozenset("max_age s_maxage stale_while_revalidate stale_if_error".split())


def in_header(name: str, load: Any = str, dump: Any = str) -> Any:
    def read(self: Any) -> Any:
        value = self.headers.get(name)
        try:
            return None if value is None else load(value)
        except ValueError:
            return None

    def write(self: Any, value: Any) -> None:
        if value is None:
            self.headers.remove(name)
        else:
            self.headers[name] = dump(value)

    return property(read, write, lambda self: self.headers.remove(name))


def in_set(name: str) -> Any:
    def read(self: Any) -> HeaderSet:
        def changed(items: HeaderSet) -> None:
            write(self, items)

        return HeaderSet(parse_list(self.headers.get(name)), changed)

    def write(self: Any, value: Any) -> None:
        if not value:
            self.headers.remove(name)
        else:
            self.headers[name] = value if isinstance(value, str) else ", ".join(map(quoted, value))

    return property(read, write)


class CacheControl(dict[str, Any]):
    """``Cache-Control`` of a response: attributes for its directives, written back at once."""

    def __init__(self, headers: Headers) -> None:
        super().__init__(parse_dict(headers.get("Cache-Control")))
        object.__setattr__(self, "_headers", headers)

    def __getattr__(self, name: str) -> Any:
        key = name.replace("_", "-")
        value = self.get(key)
        if name in _CACHE_FLAGS:
            return key in self
        if key in self and value is None:
            return True
        return int(value) if value is not None and name in _CACHE_NUMBERS else value

    def __setattr__(self, name: str, value: Any) -> None:
        if value is None or value is False:
            self.pop(name.replace("_", "-"), None)
        else:
            self[name.replace("_", "-")] = None if value is True else str(value)
        headers = object.__getattribute__(self, "_headers")
        parts = (key if item is None else f"{key}={quoted(item)}" for key, item in self.items())
        if text := ", ".join(parts):
            headers["Cache-Control"] = text
        else:
            headers.remove("Cache-Control")
