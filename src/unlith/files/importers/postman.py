"""Postman collections, version 2.0 and 2.1: one session a collection, as its runner runs it.

Variables that the collection defines are filled in; those of an environment are not known and stay
as ``{{name}}``, with a note. Scripts are not run. Source:
https://schema.postman.com/collection/json/v2.1.0/draft-07/docs/index.html (read 2026-11).
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from urllib.parse import quote, urlencode

from pydantic import BaseModel, Field

from unlith.domain.exchange import HttpRequest
from unlith.domain.tape import TapedExchange
from unlith.files.importers.found import Found
from unlith.files.importers.source import Source, split_url

_HOLE = re.compile(r"\{\{([^{}]+)\}\}")
_BOUNDARY = "unlith-tape-part"
_DEEP = 50


class _Pair(BaseModel):
    key: str = ""
    value: object = ""
    disabled: bool = False
    type: str = ""


class _Language(BaseModel):
    language: str = ""


class _Options(BaseModel):
    raw: _Language = _Language()


class _Graph(BaseModel):
    query: str = ""
    variables: str = ""


class _Body(BaseModel):
    mode: str = ""
    raw: str = ""
    urlencoded: list[_Pair] = []
    formdata: list[_Pair] = []
    graphql: _Graph | None = None
    options: _Options | None = None
    disabled: bool = False


class _Url(BaseModel):
    raw: str = ""
    variable: list[_Pair] = []


class _Auth(BaseModel):
    type: str = ""
    bearer: object = None
    basic: object = None
    apikey: object = None


class _Request(BaseModel):
    method: str = "GET"
    url: _Url | str = ""
    header: list[_Pair | str] | str | None = None
    body: _Body | None = None
    auth: _Auth | None = None


class _Item(BaseModel):
    name: str = ""
    item: list[_Item] | None = None
    request: _Request | str | None = None
    auth: _Auth | None = None


class _Info(BaseModel):
    form: str = Field(alias="schema")


class _Collection(BaseModel):
    info: _Info
    item: list[_Item]
    variable: list[_Pair] = []
    auth: _Auth | None = None


def read(source: Source) -> Iterator[Found]:
    """Yield a collection's requests in its order.

    Raises:
        ConfigError: if it is malformed, or of version 1.
    """
    collection = source.model(_Collection, source.json())
    if "/v2." not in collection.info.form:
        raise source.mistake(f"not a collection of version 2: {collection.info.form}")
    known = {pair.key: str(pair.value) for pair in collection.variable if not pair.disabled}
    for item, auth in _flat(source, collection.item, collection.auth):
        asked = item.request
        request = _Request(url=asked) if isinstance(asked, str) else asked
        if request is not None:
            yield _found(source, item.name, request, known, request.auth or auth)


# Private


def _flat(
    source: Source, items: list[_Item], auth: _Auth | None, depth: int = 0
) -> Iterator[tuple[_Item, _Auth | None]]:
    if depth > _DEEP:
        raise source.mistake("folders are nested too deeply")
    for item in items:
        yield item, item.auth or auth
        yield from _flat(source, item.item or [], item.auth or auth, depth + 1)


def _found(
    source: Source, name: str, request: _Request, known: Mapping[str, str], auth: _Auth | None
) -> Found:
    missing: dict[str, None] = {}

    def filled(text: object) -> str:
        def value(found: re.Match[str]) -> str:
            if found[1] not in known:
                missing[found[1]] = None
            return known.get(found[1], found[0])

        # A variable may hold another; what holds itself stays.
        once = _HOLE.sub(value, str(text if text is not None else ""))
        return _HOLE.sub(lambda m: known.get(m[1], m[0]), once)

    url = request.url if isinstance(request.url, _Url) else _Url(raw=request.url)
    host, target = _address(filled(url.raw))
    for pair in url.variable:
        value = quote(filled(pair.value), safe="{}")
        target = re.sub(
            rf"(?<=/):{re.escape(pair.key)}(?=[/?]|$)", value.replace("\\", "%5C"), target
        )
    headers = [(n, v) for n, v in _headers(request.header, filled) if n]
    headers += _credentials(auth, filled)
    body, kind = _body(source, request.body, filled)
    if kind and "content-type" not in {header.lower() for header, _ in headers}:
        headers.append(("Content-Type", kind))
    notes = [
        f"not known: {{{{{name}}}}}" for name in missing if not url.raw.startswith("{{" + name)
    ]
    exchange = TapedExchange(
        session=source.name,
        name=source.name,
        source="postman",
        request=HttpRequest(filled(request.method), target, tuple(headers), body),
        notes=tuple([f"request: {name}", *notes] if name else notes),
    )
    return Found(host, exchange)


def _address(raw: str) -> tuple[str, str]:
    if raw.startswith("{{"):  # {{baseUrl}}/path: whose value is not known
        _, _, rest = raw.partition("}}")
        return "", rest if rest.startswith("/") else f"/{rest}" if rest else "/"
    if "://" not in raw and not raw.startswith("/"):
        raw = f"http://{raw}"
    return split_url(raw)


def _headers(given: list[_Pair | str] | str | None, filled: object) -> Iterator[tuple[str, str]]:
    assert callable(filled)
    for one in given.splitlines() if isinstance(given, str) else given or []:
        if isinstance(one, str):
            name, _, value = one.partition(":")
            yield name.strip(), filled(value.strip())
        elif not one.disabled:
            yield filled(one.key), filled(one.value)


def _credentials(auth: _Auth | None, filled: object) -> list[tuple[str, str]]:
    assert callable(filled)
    if auth is None:
        return []
    given = getattr(auth, auth.type, None) if auth.type in ("bearer", "basic", "apikey") else None
    # Version 2.1 has a list of pairs, 2.0 a mapping.
    if isinstance(given, list):
        given = {pair.get("key"): pair.get("value") for pair in given if isinstance(pair, dict)}
    values = {str(k): filled(v) for k, v in given.items()} if isinstance(given, dict) else {}
    if auth.type == "bearer" and values:
        return [("Authorization", f"Bearer {values.get('token', '')}")]
    if auth.type == "basic" and values:
        pair = f"{values.get('username', '')}:{values.get('password', '')}".encode()
        return [("Authorization", f"Basic {base64.b64encode(pair).decode()}")]
    if auth.type == "apikey" and values.get("in", "header") == "header" and values:
        return [(values.get("key", "X-Api-Key"), values.get("value", ""))]
    return []


def _body(source: Source, body: _Body | None, filled: object) -> tuple[bytes, str]:
    assert callable(filled)
    if body is None or body.disabled:
        return b"", ""
    if body.mode == "urlencoded":
        pairs = [(filled(p.key), filled(p.value)) for p in body.urlencoded if not p.disabled]
        return urlencode(pairs, safe="{}").encode(), "application/x-www-form-urlencoded"
    if body.mode == "formdata":
        return _multipart(source, [p for p in body.formdata if not p.disabled], filled)
    if body.mode == "graphql" and body.graphql:
        values = body.graphql.variables.strip() or "{}"
        query = filled(body.graphql.query).replace("\\", "\\\\").replace('"', '\\"')
        query = query.replace("\n", "\\n").replace("\r", "").replace("\t", "\\t")
        text = f'{{"query": "{query}", "variables": {filled(values)}}}'
        return text.encode(), "application/json"
    if body.mode == "file":
        source.leave_out("bodies that are files of the collection's owner (sent empty)")
    language = body.options.raw.language if body.options else ""
    kinds = {"json": "application/json", "xml": "application/xml", "html": "text/html"}
    return filled(body.raw).encode(), kinds.get(language, "text/plain" if body.raw else "")


def _multipart(source: Source, pairs: list[_Pair], filled: object) -> tuple[bytes, str]:
    assert callable(filled)
    parts = []
    for pair in pairs:
        if pair.type == "file":
            source.leave_out("files of forms (left out of the body)")
            continue
        name = filled(pair.key).replace('"', "%22").replace("\r", "").replace("\n", "")
        head = f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'
        parts.append(f"{head}{filled(pair.value)}\r\n")
    text = "".join([*parts, f"--{_BOUNDARY}--\r\n"])
    return text.encode(), f"multipart/form-data; boundary={_BOUNDARY}"
