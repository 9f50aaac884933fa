"""Multi-dicts, headers and header sets, as Flask's users know them.

Behaves as werkzeug.datastructures does in Werkzeug 3.1 (BSD-3-Clause; read 2026-11-20 at
https://github.com/pallets/werkzeug/tree/3.1.x), for the names that are here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, MutableSet
from typing import Any, NoReturn

from unlith_edges.fields import quoted


class BadKey(KeyError):
    """Replaced by ``BadRequestKeyError`` when ``problems`` is imported."""


bad_key: Callable[[object], KeyError] = BadKey


def _pairs(data: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(data, MultiDict):
        yield from data.items(multi=True)
    elif isinstance(data, Mapping):
        for key, value in data.items():
            if isinstance(value, list | tuple | set):
                yield from ((key, item) for item in value)
            else:
                yield key, value
    else:
        yield from data


class MultiDict(dict[Any, Any]):
    """A dict with several values a key; the first is the one that plain access gives."""

    def __init__(self, data: Any = ()) -> None:
        super().__init__()
        for key, value in _pairs(data or ()):
            dict.setdefault(self, key, []).append(value)

    def __getitem__(self, key: Any) -> Any:
        if key in self and (values := dict.__getitem__(self, key)):
            return values[0]
        raise bad_key(key)

    def __setitem__(self, key: Any, value: Any) -> None:
        dict.__setitem__(self, key, [value])

    def get(self, key: Any, default: Any = None, type: Any = None) -> Any:
        try:
            value = self[key]
        except KeyError:
            return default
        if type is None:
            return value
        try:
            return type(value)
        except (ValueError, TypeError):
            return default

    def getlist(self, key: Any, type: Any = None) -> list[Any]:
        values = list(dict.get(self, key, ()))
        return values if type is None else list(_converted(values, type, (ValueError, TypeError)))

    def items(self, multi: bool = False) -> Any:
        for key, values in dict.items(self):
            yield from ((key, v) for v in (values if multi else values[:1]))

    def lists(self) -> Iterator[tuple[Any, list[Any]]]:
        return ((key, list(values)) for key, values in dict.items(self))

    def values(self) -> Any:
        return (values[0] for values in dict.values(self))

    def listvalues(self) -> Any:
        return dict.values(self)

    def to_dict(self, flat: bool = True) -> dict[Any, Any]:
        return dict(self.items() if flat else self.lists())

    def copy(self) -> MultiDict:
        return MultiDict(self)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({list(self.items(multi=True))!r})"


class ImmutableMultiDict(MultiDict):
    """What a request holds: a MultiDict that cannot be changed."""

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError(f"{type(self).__name__!r} objects are immutable")

    __setitem__ = __delitem__ = clear = pop = popitem = setdefault = update = _refuse
    add = setlist = setlistdefault = poplist = popitemlist = _refuse


def _converted(values: Iterable[Any], convert: Any, errors: Any) -> Iterator[Any]:
    for value in values:
        try:
            yield convert(value)
        except errors:
            continue


class Headers:
    """Header fields in order, with repeats; names compare whatever their case."""

    def __init__(self, defaults: Any = None) -> None:
        self._list: list[tuple[str, str]] = []
        self.extend(defaults or ())

    def _find(self, key: str) -> str:
        for name, value in self:
            if name.lower() == key.lower():
                return value
        raise bad_key(key)

    def __getitem__(self, key: str) -> str:
        return self._find(key)

    def get(self, key: str, default: Any = None, type: Any = None) -> Any:
        try:
            value = self._find(key)
            return value if type is None else type(value)
        except (KeyError, ValueError):
            return default

    def getlist(self, key: str, type: Any = None) -> list[Any]:
        values = [value for name, value in self if name.lower() == key.lower()]
        return values if type is None else list(_converted(values, type, ValueError))

    get_all = getlist

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and self.get(key) is not None

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._list)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def items(self, lower: bool = False) -> Iterator[tuple[str, str]]:
        return ((name.lower() if lower else name, value) for name, value in self)

    def keys(self, lower: bool = False) -> Iterator[str]:
        return (name for name, _ in self.items(lower))

    def values(self) -> Iterator[str]:
        return (value for _, value in self)

    def add(self, key: str, value: Any, /, **options: Any) -> None:
        self._list.append((key, _field(value, options)))

    add_header = add

    def set(self, key: str, value: Any, /, **options: Any) -> None:
        new, out, done = (key, _field(value, options)), [], False
        for item in self._list:
            if item[0].lower() != key.lower():
                out.append(item)
            elif not done:
                out.append(new)
                done = True
        self._list[:] = out if done else [*out, new]

    __setitem__ = set

    def setlist(self, key: str, values: Iterable[Any]) -> None:
        self.remove(key)
        for value in values:
            self.add(key, value)

    def setdefault(self, key: str, default: Any) -> str:
        if key not in self:
            self.set(key, default)
        return self._find(key)

    def extend(self, data: Any = (), /, **more: Any) -> None:
        for key, value in [*_pairs(data), *_pairs(more)]:
            self.add(key, value)

    def update(self, data: Any = (), /, **more: Any) -> None:
        if isinstance(data, Headers):
            data = {key: data.getlist(key) for key in data.keys()}  # noqa: SIM118  # not a dict
        for key, value in [*(data.items() if isinstance(data, Mapping) else data), *more.items()]:
            (self.setlist if isinstance(value, list | tuple | set) else self.set)(key, value)

    def remove(self, key: str) -> None:
        self._list[:] = [item for item in self._list if item[0].lower() != key.lower()]

    __delitem__ = remove

    def pop(self, key: str, default: Any = bad_key) -> Any:
        try:
            value = self._find(key)
        except KeyError:
            if default is not bad_key:
                return default
            raise
        self.remove(key)
        return value

    def clear(self) -> None:
        self._list.clear()

    def copy(self) -> Headers:
        return Headers(self)

    def to_wsgi_list(self) -> list[tuple[str, str]]:
        return list(self)


class EnvironHeaders(Headers):
    """A request's headers, as WSGI holds them; cannot be changed."""

    def __init__(self, environ: Mapping[str, Any]) -> None:
        self._environ = environ

    def _find(self, key: str) -> str:
        name = key.upper().replace("-", "_")
        if name not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            name = f"HTTP_{name}"
        if name not in self._environ:
            raise KeyError(name)
        return str(self._environ[name])

    def __iter__(self) -> Iterator[tuple[str, str]]:
        plain = ("CONTENT_TYPE", "CONTENT_LENGTH")
        for key, value in self._environ.items():
            name = key.removeprefix("HTTP_")
            if (key in plain and value) or (name != key and name not in plain):
                yield name.replace("_", "-").title(), value

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError("the headers of a request are immutable")

    __setitem__ = __delitem__ = add = set = setlist = setdefault = extend = _refuse
    update = remove = pop = clear = add_header = _refuse


def _field(value: Any, options: Mapping[str, Any]) -> str:
    text = str(value)
    if options:
        named = {key.replace("_", "-"): item for key, item in options.items()}
        parts = [f"{k}={quoted(v)}" for k, v in named.items() if v is not None]
        text = "; ".join([text, *parts])
    if "\r" in text or "\n" in text:
        raise ValueError("Header values must not contain newline characters.")
    return text


class HeaderSet(MutableSet[str]):
    """A list header such as ``Vary`` or ``Allow``: written back whenever it changes."""

    def __init__(self, headers: Iterable[str] = (), on_update: Any = None) -> None:
        self._items = list(headers)
        self._on_update = on_update or (lambda _: None)

    def add(self, header: str) -> None:
        self.update((header,))

    def update(self, headers: Iterable[str]) -> None:
        before = len(self._items)
        for header in headers:
            if header not in self:
                self._items.append(header)
        if len(self._items) > before:
            self._on_update(self)

    def discard(self, header: str) -> None:
        if header in self:
            self._items = [item for item in self._items if item.lower() != header.lower()]
            self._on_update(self)

    def __contains__(self, header: object) -> bool:
        return str(header).lower() in (item.lower() for item in self._items)

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def to_header(self) -> str:
        return ", ".join(map(quoted, self._items))

    __str__ = to_header
