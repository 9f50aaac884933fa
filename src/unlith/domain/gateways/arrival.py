"""How a request reaches a gateway, and what every gateway does to it before Lambda sees it.

Sources, read 2026-11-21: X-Forwarded headers are appended to, not replaced,
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/x-forwarded-headers.html;
hop-by-hop headers end at a proxy, RFC 9110, 7.6.1; live events of four gateways,
https://github.com/hotsock/voker/tree/main/vokerhttp/testdata (captured 2026-07-10).
Not verified: how gateways read header bytes that are not UTF-8 (here: as latin-1).
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import unquote, unquote_plus

from unlith.domain.exchange import Headers, HttpAnswer, HttpRequest

LAMBDA_REQUEST_BYTES = 6_291_456  # docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
TRACE = "Root=1-00000000-000000000000000000000000"
_HOP_BY_HOP = {
    "connection",
    "expect",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
}
_OWN = {"x-amzn-trace-id", "x-forwarded-for", "x-forwarded-port", "x-forwarded-proto"}
_TEXT_TYPES = ("application/json", "application/javascript", "application/xml")


@dataclass(frozen=True, slots=True)
class Arrival:
    """Where a request comes from and what the client called the gateway.

    ``domain`` is the gateway's own name, empty for the usual one of its kind; ``stage`` is empty
    where the public address has none. ``scheme`` and ``port`` are those of the listener.
    """

    client_address: str = "203.0.113.7"
    domain: str = ""
    stage: str = ""
    scheme: str = "https"
    port: int = 443


class Gateway(Protocol):
    """One gateway in front of a function."""

    @property
    def name(self) -> str:
        """Give the shape's name, e.g. ``http-v2``."""

    @property
    def request_limit_bytes(self) -> int:
        """Give the largest request the gateway hands on; larger ones get a 413."""

    def event(self, request: HttpRequest, arrival: Arrival = ...) -> dict[str, object]:
        """Give the event Lambda gets for *request*, as plain JSON data."""

    def answer(self, result: object) -> HttpAnswer:
        """Give what the client gets for a handler's *result*, a 502 if it is malformed."""

    def failure(self) -> HttpAnswer:
        """Give what the client gets when the function failed."""

    @property
    def limit_s(self) -> float | None:
        """Give how long the gateway waits for the function; None: as long as the function may."""

    def late(self) -> HttpAnswer:
        """Give what the client gets when the function took longer than that."""


def arrived(request: HttpRequest, arrival: Arrival, domain: str) -> Headers:
    """Give the headers after the gateway: hop-by-hop ones gone, its own added."""
    kept = [
        (name, decoded(value))
        for name, value in request.headers
        if name.lower() not in _HOP_BY_HOP and name.lower() not in _OWN
    ]
    if not any(name.lower() == "host" for name, _ in kept):
        kept.append(("Host", domain))
    before = [value for name, value in request.headers if name.lower() == "x-forwarded-for"]
    kept += [
        ("X-Amzn-Trace-Id", TRACE),
        ("X-Forwarded-For", ", ".join([*before, arrival.client_address])),
        ("X-Forwarded-Port", str(arrival.port)),
        ("X-Forwarded-Proto", arrival.scheme),
    ]
    return tuple(kept)


def decoded(value: str) -> str:
    """Give a header's bytes (seen as latin-1) as the text that goes into JSON."""
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return value


def body_of(request: HttpRequest, *, binary: bool | None = None) -> tuple[str | None, bool]:
    """Give the event's body and whether it is base64; without *binary* the type decides.

    Text are ``text/*``, JSON, JavaScript and XML without Content-Encoding; all else is base64 [1].

    [1] https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
    """
    if not request.body:
        return None, False
    kind = request.header("content-type").partition(";")[0].strip().lower()
    if binary is None:
        is_text = kind.startswith("text/") or kind in _TEXT_TYPES
        binary = not is_text or bool(request.header("content-encoding"))
    if not binary:
        try:
            return request.body.decode("utf-8"), False
        except UnicodeDecodeError:
            pass  # JSON could not hold it; what gateways do here is not verified
    return b64encode(request.body).decode("ascii"), True


def query_items(query: str, *, decode: bool) -> list[tuple[str, str]]:
    """Split a raw query string into pairs, in order, empty values kept."""
    pairs = [part.partition("=") for part in query.split("&") if part]
    if decode:
        return [(unquote_plus(key), unquote_plus(value)) for key, _, value in pairs]
    return [(key, value) for key, _, value in pairs]


def decoded_path(path: str) -> str:
    """Give the path as HTTP APIs send it: decoded, and cut where a ``?`` appears by that.

    Source: https://github.com/middleapi/standard-server/pull/93 (live tests, 2026).
    """
    return unquote(path).partition("?")[0] or "/"


def last_values(pairs: Headers | list[tuple[str, str]]) -> dict[str, str] | None:
    """Give one value a key, the last one, or None for no pairs at all."""
    return dict(pairs) or None


def all_values(pairs: Headers | list[tuple[str, str]]) -> dict[str, list[str]] | None:
    """Give every value of each key in order, or None for no pairs at all."""
    many: dict[str, list[str]] = {}
    for key, value in pairs:
        many.setdefault(key, []).append(value)
    return many or None


def joined_values(pairs: Headers | list[tuple[str, str]], glue: str = ",") -> dict[str, str]:
    """Give one value a key, repeats joined with *glue*."""
    return {key: glue.join(values) for key, values in (all_values(pairs) or {}).items()}
