"""OpenAPI 3 documents: a request for each example, each a session of its own.

Values come from ``example``, ``examples``, ``default``, ``const`` and ``enum``, in this order; an
operation that requires a value and gives none is left out. The first server's path comes first.
Source: https://spec.openapis.org/oas/v3.1.0.html (read 2026-11).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, quote_plus, urlencode

from pydantic import BaseModel

from unlith.domain.exchange import HttpRequest
from unlith.domain.tape import TapedExchange
from unlith.files.importers.found import Found
from unlith.files.importers.source import Source, split_url

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_DEEP = 30
_MANY = 20
_NONE = object()


class _Server(BaseModel):
    url: str = "/"
    variables: dict[str, dict[str, object]] = {}


class _Document(BaseModel):
    openapi: str
    paths: dict[str, dict[str, object] | None] = {}
    servers: list[_Server] = []


def read(source: Source) -> Iterator[Found]:
    """Yield the requests that a document's examples make.

    Raises:
        ConfigError: if it is malformed, or of version 2 (Swagger).
    """
    value = source.document()
    if isinstance(value, dict) and "swagger" in value:
        raise source.mistake("Swagger 2 is not read: convert it to OpenAPI 3 first")
    document = source.model(_Document, value)
    assert isinstance(value, dict)
    reading = _Reading(source, value, _prefix(document))
    for path, item in document.paths.items():
        shared = _list(reading.meant(item or {}).get("parameters"))
        for method, operation in reading.meant(item or {}).items():
            if method in METHODS and isinstance(operation, dict):
                yield from reading.requests(path, method, operation, shared)


# Private


def _prefix(document: _Document) -> str:
    if not document.servers:
        return ""
    server = document.servers[0]
    url = server.url
    for name, variable in server.variables.items():
        url = url.replace(f"{{{name}}}", str(variable.get("default", "")))
    return split_url(url)[1].partition("?")[0].rstrip("/")


class _Reading:
    """One document while it is read."""

    def __init__(self, source: Source, root: Mapping[str, Any], prefix: str) -> None:
        self._source, self._root, self._prefix = source, root, prefix

    def meant(self, value: object) -> dict[str, Any]:
        """Follow local references to a mapping; an empty one where there is none."""
        for _ in range(_DEEP):
            if not isinstance(value, dict):
                return {}
            reference = value.get("$ref")
            if not isinstance(reference, str):
                return value
            value = self._at(reference)
        return {}

    def requests(
        self, path: str, method: str, operation: dict[str, Any], shared: list[object]
    ) -> Iterator[Found]:
        """Yield an operation's requests, one a body's example."""
        name = f"{method.upper()} {path}"
        given: dict[tuple[str, str], dict[str, Any]] = {}
        for parameter in (*shared, *_list(operation.get("parameters"))):
            one = self.meant(parameter)
            given[str(one.get("name", "")), str(one.get("in", ""))] = one
        target, query, headers = path, [], []
        for (key, place), parameter in given.items():
            value = self._example(parameter)
            if value is _NONE:
                if parameter.get("required") or place == "path":
                    self._source.leave_out(f"no example of {key}: {name}")
                    return
                continue
            text = _plain(value)
            if place == "path":
                target = target.replace(f"{{{key}}}", quote(text, safe=""))
            elif place == "query":
                values = value if isinstance(value, list) else [value]
                query += [f"{quote_plus(key)}={quote_plus(_plain(one))}" for one in values]
            elif place in ("header", "cookie"):
                headers.append((key, text) if place == "header" else ("Cookie", f"{key}={text}"))
        address = self._prefix + target + (f"?{'&'.join(query)}" if query else "")
        for title, kind, body in self._bodies(operation, name):
            sent = (*headers, ("Content-Type", kind)) if kind else tuple(headers)
            label = f"{operation.get('operationId') or name}{f', {title}' if title else ''}"
            exchange = TapedExchange(
                session=f"{self._source.name} {name} {title}".strip()[:500],
                name=f"{self._source.name}: {label}",
                source="openapi",
                request=HttpRequest(method.upper(), address, sent, body),
            )
            yield Found("", exchange)

    # Private

    def _at(self, reference: str) -> object:
        if not reference.startswith("#/"):
            return None  # other files are not opened
        value: object = self._root
        for part in reference[2:].split("/"):
            key = part.replace("~1", "/").replace("~0", "~")
            value = value.get(key) if isinstance(value, dict) else None
        return value

    def _example(self, holder: dict[str, Any]) -> object:
        """Give the first example of a parameter or media type, or nothing."""
        return next((value for _, value in self._examples(holder)), _NONE)

    def _examples(self, holder: dict[str, Any]) -> Iterator[tuple[str, object]]:
        if "example" in holder:
            yield "", holder["example"]
            return
        named = [(str(k), self.meant(v)) for k, v in _dict(holder.get("examples")).items()]
        found = [(title, one["value"]) for title, one in named if "value" in one]
        if found:
            yield from found[:_MANY]
            return
        for content in _dict(holder.get("content")).values():
            yield from self._examples(self.meant(content))
            return
        value = self._schema(holder.get("schema"), 0)
        if value is not _NONE:
            yield "", value

    def _schema(self, schema: object, depth: int) -> object:
        one = self.meant(schema)
        if depth > _DEEP or not one:
            return _NONE
        for key in ("example", "default", "const"):
            if key in one:
                return one[key]
        for key in ("examples", "enum"):
            if _list(one.get(key)):
                return one[key][0]
        if _list(one.get("allOf")):
            parts = [self._schema(part, depth + 1) for part in one["allOf"]]
            return {k: v for part in parts if isinstance(part, dict) for k, v in part.items()}
        for part in (*_list(one.get("oneOf")), *_list(one.get("anyOf"))):
            return self._schema(part, depth + 1)
        return self._composed(one, depth)

    def _composed(self, one: dict[str, Any], depth: int) -> object:
        if "properties" in one:
            made = {k: self._schema(v, depth + 1) for k, v in _dict(one["properties"]).items()}
            if any(made.get(str(key), _NONE) is _NONE for key in _list(one.get("required"))):
                return _NONE
            known = {key: value for key, value in made.items() if value is not _NONE}
            return known or _NONE
        if "items" in one:
            item = self._schema(one["items"], depth + 1)
            return _NONE if item is _NONE else [item]
        return _NONE

    def _bodies(self, operation: dict[str, Any], name: str) -> Iterator[tuple[str, str, bytes]]:
        body = self.meant(operation.get("requestBody"))
        found = False
        for kind, media in _dict(body.get("content")).items():
            for title, value in self._examples(self.meant(media)):
                sent = _body(kind, value)
                if sent is None:
                    self._source.leave_out(f"a body of type {kind}: {name}")
                    continue
                found = True
                yield title, kind, sent
        if not found:
            if body.get("required"):
                self._source.leave_out(f"no example of the body: {name}")
            else:
                yield "", "", b""


def _body(kind: str, value: object) -> bytes | None:
    if "json" in kind:
        return json.dumps(value, default=_plain).encode()
    if "x-www-form-urlencoded" in kind and isinstance(value, dict):
        return urlencode({k: _plain(v) for k, v in value.items()}).encode()
    return value.encode() if isinstance(value, str) and "multipart" not in kind else None


def _plain(value: object) -> str:
    if isinstance(value, str):
        return value
    if hasattr(value, "isoformat"):  # YAML reads dates
        return str(value.isoformat())
    return json.dumps(value, default=str)


def _dict(value: object) -> dict[Any, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
