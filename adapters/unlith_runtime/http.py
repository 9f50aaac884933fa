"""One request and one response, whatever the event was: the whole monolith and functions share it.

Values only: no I/O, no Flask, no Werkzeug, and nothing imported that is slow to import.
WSGI's strings are bytes seen through latin-1 (PEP 3333, https://peps.python.org/pep-3333/);
``path_info``, ``script_name`` and ``query_string`` are such strings, everything else is text.
"""

from __future__ import annotations

from binascii import unhexlify
from typing import Any

_CLASSES = ("Unknown", "Informational", "Success", "Redirection", "Client Error", "Server Error")
BODILESS = frozenset((*range(100, 200), 204, 304))


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


class Answer:
    """What any answer has: status, headers in order with repeats, body, and the status line.

    Header values are WSGI's latin-1 strings. Made without ``__init__``, which costs each request.
    """

    status = 0
    line = ""
    headers: list[tuple[str, str]]
    body = b""

    @property
    def reason(self) -> str:
        """Give the reason that stands in the status line, or nothing."""
        return self.line[4:]

    @property
    def status_line(self) -> str:
        """Give e.g. ``404 Not Found``."""
        return f"{self.status} {self.reason or reason_of(self.status)}"


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


def reason_of(status: int) -> str:
    """Give the standard reason phrase, or the name of the status's class."""
    from http import HTTPStatus  # here: only a balancer's answer without a reason needs it

    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return _CLASSES[status // 100 if 100 <= status < 600 else 0]


def has_no_body(method: str, status: int) -> bool:
    """Say whether such an answer never has a body on the wire (RFC 9110, 6.4.1)."""
    return method == "HEAD" or status in BODILESS


def public_scheme(forwarded: str, default: str) -> str:
    """Give the scheme; of several, the last was written by the gateway itself."""
    scheme = (
        forwarded.rpartition(",")[2].strip().lower() if "," in forwarded else forwarded.lower()
    )
    return scheme if scheme in ("https", "http") else default


def public_port(forwarded: str, host: str, scheme: str) -> str:
    """Give the port the client used: the gateway's word, else the host's, else the scheme's."""
    port = forwarded.rpartition(",")[2].strip() if "," in forwarded else forwarded
    if not (port.isascii() and port.isdecimal()):
        port = host.rpartition(":")[2]
    if port.isascii() and port.isdecimal() and len(port) < 6:
        return port
    return "80" if scheme == "http" else "443"


def latin1(text: str) -> str:
    """Give *text*'s UTF-8 bytes as the latin-1 string WSGI carries bytes in."""
    return text if text.isascii() else text.encode("utf-8", "surrogatepass").decode("latin-1")


def unquoted(path: str) -> str:
    """Decode ``%xx`` once, as latin-1; a ``%`` that starts no byte stays as it is."""
    if not path.isascii():
        path = latin1(path)
    if "%" not in path:
        return path
    first, *rest = path.split("%")
    pieces = [first]
    for piece in rest:
        try:
            byte = unhexlify(piece[:2] or "-")
        except ValueError:
            pieces.append("%" + piece)
        else:
            pieces.append(byte.decode("latin-1") + piece[2:])
    return "".join(pieces)


def quoted(text: str, keep: str = "-._~!*'()") -> str:
    """Percent-encode *text* for a query: letters, digits and *keep* stay (RFC 3986, 2.3)."""
    if text.isascii() and text.isalnum():
        return text
    codes = _CODES.get(keep)
    if codes is None:
        codes = _CODES[keep] = [
            chr(byte)
            if byte < 128 and (chr(byte).isalnum() or chr(byte) in keep)
            else f"%{byte:02X}"
            for byte in range(256)
        ]
    return "".join(map(codes.__getitem__, text.encode("utf-8", "surrogatepass")))


_CODES: dict[str, list[str]] = {}  # what stays -> each byte's code; three entries in all
