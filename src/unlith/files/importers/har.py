"""HAR 1.2, as browsers and proxies save it: one session a file.

Source: http://www.softwareishard.com/blog/har-12-spec/ (read 2026-11). Chrome leaves cookies and
authorizations out unless told otherwise; Firefox keeps them.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urlencode

from pydantic import BaseModel, Field

from unlith.domain.cookies import parse_set_cookie
from unlith.domain.exchange import HttpRequest
from unlith.domain.tape import TapedAnswer, TapedExchange
from unlith.files.importers.found import Found
from unlith.files.importers.source import Source, split_url


class _Pair(BaseModel):
    name: str
    value: str = ""


class _Param(_Pair):
    file_name: str | None = Field(default=None, alias="fileName")


class _Posted(BaseModel):
    kind: str = Field(default="", alias="mimeType")
    text: str | None = None
    params: list[_Param] = []
    encoding: str = ""


class _Request(BaseModel):
    method: str
    url: str
    headers: list[_Pair] = []
    posted: _Posted | None = Field(default=None, alias="postData")


class _Content(BaseModel):
    size: int = 0
    kind: str = Field(default="", alias="mimeType")


class _Response(BaseModel):
    status: int = 0
    headers: list[_Pair] = []
    content: _Content = _Content()


class _Entry(BaseModel):
    started: str = Field(default="", alias="startedDateTime")
    request: _Request
    response: _Response = _Response()


class _Log(BaseModel):
    entries: list[_Entry]


class _File(BaseModel):
    log: _Log


def read(source: Source) -> Iterator[Found]:
    """Yield a HAR's exchanges in their order.

    Raises:
        ConfigError: if it is malformed.
    """
    for entry in source.model(_File, source.json()).log.entries:
        host, target = split_url(entry.request.url)
        if not entry.request.url.lower().startswith(("http:", "https:", "/")):
            source.leave_out("no HTTP (data:, blob:, ws:)")
            continue
        headers = tuple((pair.name, pair.value) for pair in entry.request.headers)
        body, note = _body(source, entry.request.posted)
        kind = entry.request.posted.kind if entry.request.posted else ""
        if kind and not any(name.lower() == "content-type" for name, _ in headers):
            headers = (*headers, ("Content-Type", kind))
        answer = entry.response
        exchange = TapedExchange(
            session=source.name,
            name=source.name,
            source="har",
            request=HttpRequest(entry.request.method, target, headers, body),
            answer=TapedAnswer(
                max(0, answer.status),
                answer.content.kind.partition(";")[0],
                max(0, answer.content.size),
                tuple(
                    parse_set_cookie(line).name
                    for pair in answer.headers
                    if pair.name.lower() == "set-cookie"
                    for line in pair.value.split("\n")
                ),
            ),
            at=_moment(entry.started),
            notes=(note,) if note else (),
        )
        yield Found(host, exchange)


# Private


def _body(source: Source, posted: _Posted | None) -> tuple[bytes, str]:
    if posted is None:
        return b"", ""
    if posted.text and posted.encoding == "base64":
        try:
            return base64.b64decode(posted.text, validate=True), ""
        except binascii.Error as error:
            raise source.mistake(f"postData.text is not base64: {error}") from None
    if posted.text:
        return posted.text.encode("utf-8", "surrogatepass"), ""
    if posted.params and "x-www-form-urlencoded" in posted.kind:
        return urlencode([(p.name, p.value) for p in posted.params]).encode(), ""
    return b"", "the HAR does not hold the body" if posted.params else ""


def _moment(text: str) -> float:
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        return 0.0
