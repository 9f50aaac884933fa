"""Whole addresses as Werkzeug writes them: IRIs to read, URIs to send.

Source: werkzeug.urls and werkzeug.sansio.utils of Werkzeug 3.1 (BSD-3-Clause), read 2026-11-20 at
https://github.com/pallets/werkzeug/tree/3.1.x/src/werkzeug. Imported only where one is needed.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from urllib.parse import parse_qsl, quote, unquote, urlsplit, urlunsplit

_HOST = re.compile(r"([a-z0-9.-]+|\[[a-f0-9]*:[a-f0-9.:]+])(?::([1-9][0-9]{,4}))?", re.A | re.I)


def _quote_error(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return quote(error.object[error.start : error.end], safe=""), error.end


codecs.register_error("unlith.url_quote", _quote_error)


def parse_query(text: str) -> list[tuple[str, str]]:
    """Split a query string or a form into its fields, blank ones kept."""
    return parse_qsl(text, keep_blank_values=True, errors="unlith.url_quote")


def _unquoter(kept: str) -> Callable[[str], str]:
    unsafe = sorted(bytes((*range(33), 37, 127)).decode() + kept)
    pattern = re.compile(f"((?:%(?:{'|'.join(f'{ord(c):02X}' for c in unsafe)}))+)", re.I)

    def partly(value: str) -> str:
        parts = pattern.split(value)
        return "".join(
            part if i % 2 else unquote(part, "utf-8", "unlith.url_quote")
            for i, part in enumerate(parts)
        )

    return partly


_path, _query = _unquoter("/?#"), _unquoter("&=+#")


def host_of(scheme: str, header: str | None, server: tuple[str, str] | None) -> str:
    """Give the host a request was sent to, without a default port; empty if it is no host."""
    host = header
    if host is None:
        if server is None:
            return ""
        name = f"[{server[0]}]" if ":" in server[0] and server[0][0] != "[" else server[0]
        host = f"{name}:{server[1]}"
    host = host.removesuffix({"http": ":80", "https": ":443"}.get(scheme, "\0"))
    found = _HOST.fullmatch(host)
    return host if found and int(found.group(2) or 1) <= 65535 else ""


def url_of(scheme: str, host: str, root: str, path: str | None, query: bytes = b"") -> str:
    """Give an address as an IRI."""
    url = f"{scheme}://{host}{quote(root.rstrip('/'), safe=_SAFE)}/"
    if path is not None:
        url += quote(path.lstrip("/"), safe=_SAFE)
    if query:
        url += "?" + quote(query, safe=_SAFE.replace("/:", "/:?"))
    return uri_to_iri(url)


_SAFE = "!$&'()*+,/:;=@%"


def uri_to_iri(uri: str) -> str:
    """Give a URI with what is safe to show unquoted."""
    parts = urlsplit(uri)
    netloc = parts.netloc
    if "xn--" in netloc:
        netloc = netloc.encode("ascii", "replace").decode("idna")
    return urlunsplit((parts.scheme, netloc.lower(), _path(parts.path), _query(parts.query), ""))


def iri_to_uri(iri: str) -> str:
    """Give an IRI as ASCII, fit for a ``Location`` header."""
    parts = urlsplit(iri)
    user, at, _ = parts.netloc.rpartition("@")
    host = (parts.hostname or "").encode("idna").decode("ascii")
    host = f"[{host}]" if ":" in host else host
    netloc = quote(user, safe="%!$&'()*+,;=:") + at + host
    if parts.port is not None:
        netloc += f":{parts.port}"
    return urlunsplit(
        (
            parts.scheme,
            netloc,
            quote(parts.path, safe="%!$&'()*+,/:;=@"),
            quote(parts.query, safe="%!$&'()*+,/:;=?@"),
            quote(parts.fragment, safe="%!#$&'()*+,/:;=?@"),
        )
    )
