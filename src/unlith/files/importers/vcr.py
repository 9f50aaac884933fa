"""Cassettes of vcrpy, version 1, YAML or JSON: one session a file.

A cassette holds what tests sent *out*; it is of use where that was the app itself. Source:
https://github.com/kevin1024/vcrpy/tree/master/vcr/serializers (read 2026-11).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Literal

from pydantic import BaseModel

from unlith.domain.cookies import parse_set_cookie
from unlith.domain.exchange import HttpRequest
from unlith.domain.tape import TapedAnswer, TapedExchange
from unlith.files.importers.found import Found
from unlith.files.importers.source import Source, split_url

Values = dict[str, list[str] | str]


class _Request(BaseModel):
    method: str
    uri: str
    headers: Values = {}
    body: str | bytes | dict[str, str | bytes] | None = None


class _Status(BaseModel):
    code: int = 0


class _Response(BaseModel):
    status: _Status | int = _Status()  # httpx' cassettes of old
    headers: Values = {}
    status_code: int = 0


class _Interaction(BaseModel):
    request: _Request
    response: _Response = _Response()


class _Cassette(BaseModel):
    version: Literal[1]
    interactions: list[_Interaction]


def read(source: Source) -> Iterator[Found]:
    """Yield a cassette's exchanges in their order.

    Raises:
        ConfigError: if it is malformed.
    """
    for one in source.model(_Cassette, source.document()).interactions:
        host, target = split_url(one.request.uri)
        status = one.response.status
        code = one.response.status_code or (status.code if isinstance(status, _Status) else status)
        headers = tuple(_pairs(one.request.headers))
        exchange = TapedExchange(
            session=source.name,
            name=source.name,
            source="vcr",
            request=HttpRequest(one.request.method, target, headers, _body(source, one.request)),
            answer=TapedAnswer(
                status=code,
                type=next(
                    (
                        value.partition(";")[0]
                        for name, value in _pairs(one.response.headers)
                        if name.lower() == "content-type"
                    ),
                    "",
                ),
                cookies=tuple(
                    parse_set_cookie(value).name
                    for name, value in _pairs(one.response.headers)
                    if name.lower() == "set-cookie"
                ),
            ),
        )
        yield Found(host, exchange)


# Private


def _pairs(headers: Mapping[str, list[str] | str]) -> Iterator[tuple[str, str]]:
    for name, values in headers.items():
        for value in [values] if isinstance(values, str) else values:
            yield name, value


def _body(source: Source, request: _Request) -> bytes:
    body = request.body
    if isinstance(body, dict):
        if "base64_string" in body:
            try:
                return base64.b64decode(body["base64_string"])
            except (binascii.Error, ValueError) as error:
                raise source.mistake(f"base64_string is not base64: {error}") from None
        body = body.get("string")
    return body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body or b""
