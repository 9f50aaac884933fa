"""Who asks: the same request as somebody else, and with a session that is over; pure.

Who is logged in comes from the cases themselves: requests that changed what the client's cookies
say, and values of the headers that carry keys.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl

from unlith.domain.cases import Cookies, Encoding, RequestCase, SessionCase
from unlith.domain.redaction import is_secret_name

KEYS = frozenset({"authorization", "x-api-key", "x-auth-token"})
MOST = 6
"""How many other identities a request is tried with."""


@dataclass(slots=True)
class Identities:
    """The logins and keys that were seen in cases."""

    logins: dict[RequestCase, None] = field(default_factory=dict)
    keys: dict[tuple[str, str], None] = field(default_factory=dict)

    def learn(self, sessions: Iterable[SessionCase]) -> None:
        """Take what looks like a login, and every key."""
        for session in sessions:
            for request in session.requests:
                if looks_like_login(request):
                    self.logins.setdefault(replace(request, save=()))
                for name, value in request.headers:
                    if name.lower() in KEYS:
                        self.keys.setdefault((name.lower(), value))

    def others(self, session: SessionCase, index: int) -> Iterator[SessionCase]:
        """Yield the session up to a request, sent by each other identity."""
        *before, request = session.requests[: index + 1]
        own = [place for place, one in enumerate(before) if replace(one, save=()) in self.logins]
        logins = [login for login in self.logins if replace(login, save=()) != request]
        for login in logins[:MOST]:
            if own:
                swapped = [*before[: own[-1]], login, *before[own[-1] + 1 :], request]
                if login == replace(before[own[-1]], save=()):
                    continue
            else:
                swapped = [*before, login, request]
            yield _named(session, swapped, request, "as somebody else")
        for name, value in list(self.keys)[:MOST]:
            held = [(n, v) for n, v in request.headers if n.lower() == name]
            if held != [(held[0][0], value)] if held else True:
                headers = tuple((n, v) for n, v in request.headers if n.lower() != name)
                changed = replace(request, headers=(*headers, (name.title(), value)))
                yield _named(session, [*before, changed], request, f"another {name}")


def expired(session: SessionCase, index: int, cookies: str) -> SessionCase:
    """Give a request as a session of its own, with cookies that are over."""
    request = session.requests[index]
    headers = tuple((n, v) for n, v in request.headers if n.lower() != "cookie")
    changed = replace(request, headers=(*headers, ("Cookie", cookies)), cookies=Cookies.DROP)
    return _named(session, [changed], request, "expired session")


def looks_like_login(request: RequestCase) -> bool:
    """Say whether a request's body has a field whose name says secret."""
    return any(is_secret_name(name) for name in _fields(request))


# Private


def _fields(request: RequestCase) -> Sequence[str]:
    text = request.body.decode("utf-8", "replace")
    if request.encoding is Encoding.FORM:
        return [name for name, _ in parse_qsl(text, keep_blank_values=True)]
    try:
        body = json.loads(text) if text else None
    except ValueError:
        return []
    return list(body) if isinstance(body, dict) else []


def _named(
    session: SessionCase, requests: Iterable[RequestCase], request: RequestCase, how: str
) -> SessionCase:
    probe = f"{how} {request.method} {request.target}"
    return SessionCase(f"{session.name} · {how}", tuple(requests), probe)
