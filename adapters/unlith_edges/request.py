"""``request`` as Flask's users know it, read from a WSGI environment.

Source: werkzeug.wrappers.request, werkzeug.sansio.request and flask.wrappers (BSD-3-Clause), read
2026-11-20 at https://github.com/pallets/werkzeug/tree/3.1.x. Names that are not here are refused
by `unlith extract`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from io import BytesIO
from typing import Any, cast

from unlith_edges import problems, urls
from unlith_edges.credentials import Authorization, UserAgent
from unlith_edges.fields import (
    ETags,
    parse_cookie,
    parse_date,
    parse_list,
    parse_options,
)
from unlith_edges.problems import BadRequest, ClientDisconnected
from unlith_edges.values import EnvironHeaders, ImmutableMultiDict


class _Short(BytesIO):
    """A body that is shorter than announced, which is noticed when somebody reads it."""

    def read(self, size: int | None = -1) -> bytes:
        raise ClientDisconnected


class _Cut(BytesIO):
    """A body cut at its limit; as in Werkzeug, only who reads on learns of it."""

    def read(self, size: int | None = -1) -> bytes:
        if self.tell() >= len(self.getbuffer()):
            raise problems.RequestEntityTooLarge
        return super().read(size)


def _text(value: str) -> str:
    return value.encode("latin1").decode(errors="replace")


class Request:
    """One request, read from its WSGI environment."""

    routing_exception: Any = None
    url_rule: Any = None
    view_args: dict[str, Any] | None = None
    _json_cache: tuple[Any, Any] = (..., ...)
    _data: bytes | None = None

    def __init__(self, environ: dict[str, Any], config: Mapping[str, Any], provider: Any) -> None:
        self.environ, self._provider = environ, provider
        self.max_content_length: int | None = config["MAX_CONTENT_LENGTH"]
        self.method: str = environ.get("REQUEST_METHOD", "GET").upper()
        self.scheme: str = environ.get("wsgi.url_scheme", "http")
        self.root_path = self.script_root = _text(environ.get("SCRIPT_NAME") or "").rstrip("/")
        self.path = "/" + _text(environ.get("PATH_INFO") or "").lstrip("/")
        self.query_string: bytes = environ.get("QUERY_STRING", "").encode("latin1")
        self.headers = EnvironHeaders(environ)
        self.remote_addr: str | None = environ.get("REMOTE_ADDR")

    @property
    def endpoint(self) -> str | None:
        return self.url_rule.endpoint if self.url_rule else None

    @property
    def blueprint(self) -> str | None:
        return (self.endpoint or "").rpartition(".")[0] or None

    @property
    def blueprints(self) -> list[str]:
        parts = (self.blueprint or "").split(".")
        return [".".join(parts[:n]) for n in range(len(parts), 0, -1) if parts[0]]

    @cached_property
    def args(self) -> ImmutableMultiDict:
        return ImmutableMultiDict(urls.parse_query(self.query_string.decode()))

    @cached_property
    def cookies(self) -> ImmutableMultiDict:
        return ImmutableMultiDict(parse_cookie(self.environ.get("HTTP_COOKIE")))

    @cached_property
    def host(self) -> str:
        server = (self.environ.get("SERVER_NAME"), self.environ.get("SERVER_PORT"))
        given = cast("tuple[str, str]", server) if all(server) else None
        return urls.host_of(self.scheme, self.environ.get("HTTP_HOST"), given)

    @property
    def full_path(self) -> str:
        return f"{self.path}?{self.query_string.decode()}"

    @property
    def is_secure(self) -> bool:
        return self.scheme == "https"

    @property
    def url(self) -> str:
        return urls.url_of(self.scheme, self.host, self.root_path, self.path, self.query_string)

    @property
    def base_url(self) -> str:
        return urls.url_of(self.scheme, self.host, self.root_path, self.path)

    @property
    def root_url(self) -> str:
        return urls.url_of(self.scheme, self.host, self.root_path, None)

    url_root = root_url

    @property
    def host_url(self) -> str:
        return urls.url_of(self.scheme, self.host, "", None)

    @property
    def access_route(self) -> list[str]:
        if "X-Forwarded-For" in self.headers:
            return parse_list(self.headers["X-Forwarded-For"])
        return [self.remote_addr] if self.remote_addr is not None else []

    @property
    def content_type(self) -> str | None:
        return cast("str | None", self.headers.get("Content-Type"))

    @property
    def content_length(self) -> int | None:
        length = self.headers.get("Content-Length")
        if length is None or "chunked" in parse_list(self.headers.get("Transfer-Encoding")):
            return None
        return int(length) if length.isascii() and length.isdigit() else 0

    @property
    def mimetype(self) -> str:
        return parse_options(self.content_type)[0].lower()

    @property
    def mimetype_params(self) -> dict[str, str]:
        return parse_options(self.content_type)[1]

    @property
    def is_json(self) -> bool:
        kind = self.mimetype
        return kind.startswith("application/") and (kind[12:] == "json" or kind.endswith("+json"))

    @property
    def referrer(self) -> str | None:
        return cast("str | None", self.headers.get("Referer"))

    @property
    def origin(self) -> str | None:
        return cast("str | None", self.headers.get("Origin"))

    @property
    def user_agent(self) -> UserAgent:
        return UserAgent(self.headers.get("User-Agent", ""))

    @property
    def authorization(self) -> Authorization | None:
        return Authorization.from_header(self.headers.get("Authorization"))

    @property
    def if_none_match(self) -> ETags:
        return ETags(self.headers.get("If-None-Match"))

    @property
    def if_match(self) -> ETags:
        return ETags(self.headers.get("If-Match"))

    @property
    def if_modified_since(self) -> datetime | None:
        return parse_date(self.headers.get("If-Modified-Since"))

    @property
    def if_unmodified_since(self) -> datetime | None:
        return parse_date(self.headers.get("If-Unmodified-Since"))

    @cached_property
    def stream(self) -> BytesIO:
        length, limit, source = self.content_length, self.max_content_length, b""
        if length is not None and limit is not None and length > limit:
            raise problems.RequestEntityTooLarge
        if "wsgi.input_terminated" in self.environ:
            source = self.environ["wsgi.input"].read()
            if limit is not None and len(source) >= limit:
                return _Cut(source[:limit])
        elif length is not None:
            source = self.environ["wsgi.input"].read(length)
            if len(source) < length:
                return _Short()
        return BytesIO(source)

    @cached_property
    def form(self) -> ImmutableMultiDict:
        # Reading a form asks for the body, and so for its limit, whatever its type.
        stream = self.stream if self._data is None else BytesIO(self._data)
        if self.mimetype not in ("application/x-www-form-urlencoded", "multipart/form-data"):
            return ImmutableMultiDict()
        if self.mimetype == "multipart/form-data":
            from unlith_edges.multipart import fields  # few functions need it

            return ImmutableMultiDict(fields(stream, self.mimetype_params.get("boundary", "")))
        try:
            return ImmutableMultiDict(urls.parse_query(stream.read().decode()))
        except ValueError:
            return ImmutableMultiDict()

    @cached_property
    def values(self) -> ImmutableMultiDict:
        sources = [self.args] if self.method == "GET" else [self.args, self.form]
        return ImmutableMultiDict([item for found in sources for item in found.items(multi=True)])

    @property
    def data(self) -> bytes:
        return cast("bytes", self.get_data(parse_form_data=True))

    def get_data(
        self, cache: bool = True, as_text: bool = False, parse_form_data: bool = False
    ) -> Any:
        data = self._data
        if data is None:
            if parse_form_data:
                _ = self.form
            data = self.stream.read()
            if cache:
                self._data = data
        return data.decode(errors="replace") if as_text else data

    @property
    def json(self) -> Any:
        return self.get_json()

    def get_json(self, force: bool = False, silent: bool = False, cache: bool = True) -> Any:
        if cache and self._json_cache[silent] is not ...:
            return self._json_cache[silent]
        if not (force or self.is_json):
            if silent:
                return None
            raise problems.UnsupportedMediaType(
                "Did not attempt to load JSON data because the request Content-Type was not"
                " 'application/json'."
            )
        try:
            value = self._provider.loads(self.get_data(cache=cache))
        except ValueError:
            if not silent:
                raise BadRequest from None
            if cache:
                self._json_cache = (self._json_cache[0], None)
            return None
        if cache:
            self._json_cache = (value, value)
        return value
