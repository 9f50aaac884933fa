"""``Response`` as Flask's users know it; a WSGI application of one answer.

Source: werkzeug.wrappers.response and werkzeug.sansio.response (BSD-3-Clause), read 2026-11-20 at
https://github.com/pallets/werkzeug/tree/3.1.x. Ranges are not here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from unlith_edges import problems, urls
from unlith_edges.fields import (
    ETags,
    dump_cookie,
    escape,
    http_date,
    is_modified,
    parse_date,
    parse_options,
    quote_etag,
    unquote_etag,
)
from unlith_edges.properties import CacheControl, in_header, in_set
from unlith_edges.values import Headers

_ENTITY = frozenset(
    "allow content-encoding content-language content-length content-md5 content-range "
    "content-type last-modified".split()
)
_WITH_CHARSET = frozenset(
    f"application/{kind}"
    for kind in "ecmascript javascript sql xml xml-dtd xml-external-parsed-entity".split()
)


class Response:
    """One answer."""

    default_mimetype: str | None = "text/html"

    def __init__(
        self,
        response: Any = None,
        status: Any = None,
        headers: Any = None,
        mimetype: str | None = None,
        content_type: str | None = None,
        direct_passthrough: bool = False,
    ) -> None:
        self.headers = headers if isinstance(headers, Headers) else Headers(headers)
        if content_type is None and mimetype is None and "content-type" not in self.headers:
            mimetype = self.default_mimetype
        if content_type is not None:
            self.headers["Content-Type"] = content_type
        elif mimetype is not None:
            self.mimetype = mimetype
        self.status = 200 if status is None else status
        self.direct_passthrough = direct_passthrough
        self._on_close: list[Callable[[], Any]] = []
        self.response: Any = []
        if isinstance(response, str | bytes | bytearray):
            self.set_data(response)
        elif response is not None:
            self.response = response

    @property
    def status(self) -> str:
        return self._status

    @status.setter
    def status(self, value: Any) -> None:
        if not isinstance(value, int):
            value = value.decode() if isinstance(value, bytes | bytearray) else value.strip()
            if not value:
                raise ValueError("Empty status argument")
            code, space, _ = value.partition(" ")
            if not code.lstrip("+-").isdigit():
                self._status, self._code = f"0 {value}", 0
                return
            if space:
                self._status, self._code = value, int(code)
                return
        self._code = int(value)
        phrase = problems.PHRASES.get(self._code, "Unknown").upper()
        self._status = f"{self._code} {phrase}"

    @property
    def status_code(self) -> int:
        return self._code

    @status_code.setter
    def status_code(self, code: int) -> None:
        self.status = code

    @property
    def mimetype(self) -> str | None:
        return parse_options(self.headers.get("Content-Type"))[0] or None

    @mimetype.setter
    def mimetype(self, value: str) -> None:
        text = value.startswith("text/") or value in _WITH_CHARSET or value.endswith("+xml")
        self.headers["Content-Type"] = f"{value}; charset=utf-8" if text else value

    content_type = in_header("Content-Type")
    content_length = in_header("Content-Length", int)
    content_encoding = in_header("Content-Encoding")
    content_location = in_header("Content-Location")
    location = in_header("Location")
    date = in_header("Date", parse_date, http_date)
    expires = in_header("Expires", parse_date, http_date)
    last_modified = in_header("Last-Modified", parse_date, http_date)
    vary = in_set("Vary")
    allow = in_set("Allow")
    content_language = in_set("Content-Language")
    access_control_allow_origin = in_header("Access-Control-Allow-Origin")
    access_control_allow_methods = in_set("Access-Control-Allow-Methods")
    access_control_allow_headers = in_set("Access-Control-Allow-Headers")
    access_control_expose_headers = in_set("Access-Control-Expose-Headers")
    access_control_max_age = in_header("Access-Control-Max-Age", int)

    @property
    def cache_control(self) -> CacheControl:
        return CacheControl(self.headers)

    @property
    def retry_after(self) -> Any:
        value = self.headers.get("Retry-After")
        return int(value) if value and value.isdigit() else parse_date(value)

    @retry_after.setter
    def retry_after(self, value: Any) -> None:
        self.headers["Retry-After"] = http_date(value) if isinstance(value, date) else str(value)

    @property
    def is_json(self) -> bool:
        kind = self.mimetype or ""
        return kind.startswith("application/") and (kind[12:] == "json" or kind.endswith("+json"))

    @property
    def is_sequence(self) -> bool:
        return isinstance(self.response, list | tuple)

    @property
    def is_streamed(self) -> bool:
        return not hasattr(self.response, "__len__")

    def iter_encoded(self) -> Iterator[bytes]:
        return (part.encode() if isinstance(part, str) else part for part in self.response)

    def get_data(self, as_text: bool = False) -> Any:
        if not self.is_sequence:
            if self.direct_passthrough:
                raise RuntimeError(
                    "Attempted implicit sequence conversion but the response object is in direct"
                    " passthrough mode."
                )
            close = getattr(self.response, "close", None)
            self.response = list(self.iter_encoded())
            if close is not None:
                self.call_on_close(close)
        data = b"".join(self.iter_encoded())
        return data.decode() if as_text else data

    def set_data(self, value: Any) -> None:
        data = value.encode() if isinstance(value, str) else bytes(value)
        self.response = [data]
        self.headers["Content-Length"] = str(len(data))

    data = property(get_data, set_data)

    @property
    def json(self) -> Any:
        return self.get_json()

    def get_json(self, force: bool = False, silent: bool = False) -> Any:
        if not (force or self.is_json):
            return None
        try:
            return json.loads(self.get_data())
        except ValueError:
            if not silent:
                raise
            return None

    def call_on_close(self, func: Callable[[], Any]) -> Callable[[], Any]:
        self._on_close.append(func)
        return func

    def set_cookie(
        self,
        key: str,
        value: str = "",
        max_age: Any = None,
        expires: Any = None,
        path: str | None = "/",
        domain: str | None = None,
        secure: bool = False,
        httponly: bool = False,
        samesite: str | None = None,
        partitioned: bool = False,
    ) -> None:
        flags = secure, httponly, samesite, partitioned
        self.headers.add(
            "Set-Cookie", dump_cookie(key, value, max_age, expires, path, domain, *flags)
        )

    def delete_cookie(
        self, key: str, path: str | None = "/", domain: str | None = None, *flags: Any, **rest: Any
    ) -> None:
        self.set_cookie(key, "", 0, 0, path, domain, *flags, **rest)

    def get_etag(self) -> tuple[Any, Any]:
        return unquote_etag(self.headers.get("ETag"))

    def set_etag(self, etag: str, weak: bool = False) -> None:
        self.headers["ETag"] = quote_etag(etag, weak)

    def add_etag(self, overwrite: bool = False, weak: bool = False) -> None:
        if overwrite or "etag" not in self.headers:
            import hashlib  # few functions need it

            self.set_etag(hashlib.sha1(self.get_data(), usedforsecurity=False).hexdigest(), weak)

    def make_conditional(self, request_or_environ: Any) -> Response:
        environ = getattr(request_or_environ, "environ", request_or_environ)
        if environ["REQUEST_METHOD"] in ("GET", "HEAD"):
            if "date" not in self.headers:
                self.headers["Date"] = http_date()
            headers = self.headers
            if not is_modified(environ, headers.get("ETag"), headers.get("Last-Modified")):
                self.status_code = 412 if ETags(environ.get("HTTP_IF_MATCH")) else 304
            if "content-length" not in headers and not self.direct_passthrough:
                headers["Content-Length"] = str(len(self.get_data()))
        return self

    def close(self) -> None:
        if hasattr(self.response, "close"):
            self.response.close()
        for func in self._on_close:
            func()

    def get_wsgi_headers(self, environ: Mapping[str, Any]) -> Headers:
        headers, code = Headers(self.headers), self._code
        for name in ("Location", "Content-Location"):
            if name in headers:
                headers[name] = urls.iri_to_uri(headers[name])
        bodyless = 100 <= code < 200 or code in (204, 304)
        if bodyless and code != 304:
            headers.remove("Content-Length")
        elif code == 304:
            for name in _ENTITY:
                headers.remove(name)
        elif self.is_sequence and "content-length" not in headers:
            headers["Content-Length"] = str(sum(map(len, self.iter_encoded())))
        return headers

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response(self.status, self.get_wsgi_headers(environ).to_wsgi_list())
        code = self._code
        if environ["REQUEST_METHOD"] == "HEAD" or 100 <= code < 200 or code in (204, 304):
            return _Closing((), self)
        return _Closing(self.iter_encoded(), self)


class _Closing:
    def __init__(self, parts: Iterable[bytes], response: Response) -> None:
        self._parts, self._response = iter(parts), response

    def __iter__(self) -> Iterator[bytes]:
        return self._parts

    def close(self) -> None:
        self._response.close()


def redirect(location: str, code: int = 302, Response: Any = None) -> Any:
    """Give an answer that sends the client elsewhere."""
    shown = escape(location)
    answer = (Response or globals()["Response"])(
        "<!doctype html>\n<html lang=en>\n<title>Redirecting...</title>\n"
        "<h1>Redirecting...</h1>\n<p>You should be redirected automatically to the target URL: "
        f'<a href="{shown}">{shown}</a>. If not, click the link.\n',
        code,
        mimetype="text/html",
    )
    answer.headers["Location"] = location
    return answer


problems.made[:] = [Response, redirect]
