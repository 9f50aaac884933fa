"""Recorded requests: exchanges of a tape, and the sessions they make for a comparison; pure.

Of an answer only what a replay needs is kept: its status, and the names of the cookies it set.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from unlith.domain.cases import Cookies, Encoding, RequestCase, SessionCase
from unlith.domain.exchange import Headers, HttpRequest

_PER_CONNECTION = frozenset(
    "connection content-length expect keep-alive proxy-connection te trailer transfer-encoding "
    "upgrade".split()
)


@dataclass(frozen=True, slots=True)
class TapedAnswer:
    """What was kept of an answer; ``cookies`` are names, ``error`` is an exception's class."""

    status: int = 0
    type: str = ""
    size_bytes: int = 0
    cookies: tuple[str, ...] = ()
    error: str = ""


@dataclass(frozen=True, slots=True)
class TapedExchange:
    """One line of a tape; ``name`` is for people (a test's id), ``notes`` are warnings."""

    session: str
    request: HttpRequest
    answer: TapedAnswer = TapedAnswer()
    name: str = ""
    source: str = ""
    app: str = ""
    at: float = 0.0
    notes: tuple[str, ...] = ()


def session_case(exchanges: Sequence[TapedExchange]) -> SessionCase:
    """Give the session that exchanges of one client make, in their order.

    Cookies that an earlier answer has set are left to the replay's own answers; those that came
    from elsewhere are sent as they were recorded.
    """
    first = exchanges[0]
    requests = []
    was_set: set[str] = set()
    for exchange in exchanges:
        case = _request_case(exchange.request, was_set)
        requests.append(replace(case, recorded=exchange.answer.status))
        was_set.update(exchange.answer.cookies)
    return SessionCase(first.name or first.session, tuple(requests))


def encoding_of(kind: str) -> Encoding:
    """Give how a body of a content type is written."""
    essence = kind.partition(";")[0].strip().lower()
    if essence == "application/json" or essence.endswith("+json"):
        return Encoding.JSON
    is_form = essence == "application/x-www-form-urlencoded"
    return Encoding.FORM if is_form else Encoding.RAW


# Private


def _request_case(request: HttpRequest, was_set: set[str]) -> RequestCase:
    headers: Headers = tuple(
        (name, value)
        for name, value in request.headers
        if name.lower() not in _PER_CONNECTION and name.lower() != "cookie"
    )
    case = RequestCase(
        method=request.method,
        target=request.target,
        headers=headers,
        body=request.body,
        encoding=encoding_of(request.header("content-type")),
        is_exact=True,
    )
    sent = [
        pair.strip()
        for name, value in request.headers
        if name.lower() == "cookie"
        for pair in value.split(";")
        if pair.strip()
    ]
    if not sent:
        # Whoever had cookies and sent none had reasons: another path, or no wish to.
        return replace(case, cookies=Cookies.DROP) if was_set else case
    own = [pair for pair in sent if pair.partition("=")[0].strip() not in was_set]
    if not own:
        return case
    return replace(case, cookies=Cookies.MERGE, headers=(*headers, ("Cookie", "; ".join(own))))
