"""One request and one response, whatever the event was: the whole monolith and functions share it.

Values only: no I/O, no Flask, no Werkzeug, and nothing imported that is slow to import.
WSGI's strings are bytes seen through latin-1 (PEP 3333, https://peps.python.org/pep-3333/);
``path_info``, ``script_name`` and ``query_string`` are such strings, everything else is text.
"""

from __future__ import annotations

from typing import Any

from unlith_runtime.parts import Answer


def _at(key: str, told: str) -> Any:
    return property(lambda self: self.environ[key], doc=told)


class Request:
    """One HTTP request as the client sent it, as far as the gateway lets us know.

    ``headers`` keep their spelling, order and repeats. ``path`` is text, ``path_info`` the same
    path as WSGI wants it. ``scheme``, ``host`` and ``port`` are those of the public address.
    All but the body is read from ``environ``, the request as WSGI apps get it, and its event.
    """

    __slots__ = ("body", "environ")

    def __init__(self, environ: dict[str, Any], body: bytes = b"") -> None:
        self.environ = environ
        self.body = body

    method = _at("REQUEST_METHOD", "Give the method, e.g. ``GET``.")
    path_info = _at("PATH_INFO", "Give the decoded path's bytes as WSGI's latin-1 string.")
    script_name = _at("SCRIPT_NAME", "Give the prefix before the path, stage and base path.")
    query_string = _at("QUERY_STRING", "Give the raw query string.")
    client_address = _at("REMOTE_ADDR", "Give the address the gateway saw, or nothing.")
    scheme = _at("wsgi.url_scheme", "Give ``https`` or ``http`` as the gateway saw it.")
    event = _at("unlith.event", "Give the event the request came in.")
    context = _at("unlith.context", "Give Lambda's context.")

    @property
    def path(self) -> str:
        """Give the decoded path as text; bytes that are not UTF-8 become U+FFFD."""
        raw: str = self.environ["PATH_INFO"]
        return raw if raw.isascii() else raw.encode("latin-1").decode("utf-8", "replace")

    @property
    def host(self) -> str:
        """Give the public host name, with its port if the client named one."""
        return str(self.environ.get("HTTP_HOST") or self.environ["SERVER_NAME"])

    @property
    def port(self) -> int:
        """Give the public port."""
        return int(self.environ["SERVER_PORT"])

    @property
    def headers(self) -> list[tuple[str, str]]:
        """Give every header as it was sent, in order, repeats too."""
        event = self.environ["unlith.event"]
        fields = event.get("multiValueHeaders") or event.get("headers") or {}
        pairs = [
            (name, str(one))
            for name, value in fields.items()
            for one in (value if isinstance(value, list) else (value,))
            if one is not None
        ]
        if cookies := event.get("cookies"):
            pairs = [pair for pair in pairs if pair[0].lower() != "cookie"]
            pairs.append(("cookie", "; ".join(cookies)))
        return pairs

    def header(self, name: str, default: str = "") -> str:
        """Give a header's value, repeats joined as the protocol says, or *default*."""
        wanted = name.lower()
        found = [value for spelled, value in self.headers if spelled.lower() == wanted]
        return ("; " if wanted == "cookie" else ", ").join(found) if found else default


class Response(Answer):
    """One HTTP response, made in one go."""

    def __init__(
        self,
        status: int,
        headers: list[tuple[str, str]] | None = None,
        body: bytes = b"",
        reason: str = "",
    ) -> None:
        """An empty *reason* means the standard one."""
        self.status = status
        self.headers = [] if headers is None else headers
        self.body = body
        self.line = f"{status} {reason}"
