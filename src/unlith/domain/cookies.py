"""Cookies: what a Set-Cookie header says, what Flask's session cookie holds, a small jar.

Sources: RFC 6265, 5.2 to 5.4; Flask's session format is itsdangerous' URLSafeTimedSerializer
(https://github.com/pallets/flask/blob/main/src/flask/sessions.py, read 2026-11): payload,
time stamp and signature in base64 without padding, joined by dots; a leading dot says zlib.
Signatures are never checked here: no secret is known.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime

_SESSION = re.compile(r"(\.?)([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{5,8}\.[A-Za-z0-9_-]{27,86})\Z")
_UNPACKED_LIMIT = 1 << 20


@dataclass(frozen=True, slots=True)
class SetCookie:
    """One Set-Cookie header: attributes with lower-case names, in the order sent."""

    name: str
    value: str
    attributes: tuple[tuple[str, str], ...] = ()

    def attribute(self, name: str) -> str | None:
        """Give an attribute's value (the last one counts), or None where it is not set."""
        return dict(self.attributes).get(name)


def parse_set_cookie(header: str) -> SetCookie:
    """Read a Set-Cookie header's value."""
    first, *rest = header.split(";")
    name, _, value = first.partition("=")
    attributes = []
    for part in rest:
        key, _, content = part.partition("=")
        attributes.append((key.strip().lower(), content.strip()))
    return SetCookie(name.strip(), value.strip(), tuple(attributes))


def session_payload(value: str) -> tuple[object, str] | None:
    """Give payload and signature part of a Flask session cookie, or None if it is none."""
    found = _SESSION.match(value.strip('"'))
    if not found:
        return None
    try:
        data = base64.urlsafe_b64decode(found[2] + "=" * (-len(found[2]) % 4))
        if found[1]:
            # Bounded: a cookie must not make us unpack gigabytes.
            data = zlib.decompressobj().decompress(data, _UNPACKED_LIMIT)
        payload: object = json.loads(data)
    except (ValueError, binascii.Error, zlib.error):
        return None
    return payload, found[1] + found[3]


@dataclass(frozen=True, slots=True)
class _Kept:
    cookie: SetCookie
    path: str
    order: int


class CookieJar:
    """Keeps the cookies of one session of requests to one site."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], _Kept] = {}

    def take(self, headers: Iterable[str], request_path: str) -> None:
        """Take the Set-Cookie headers of an answer; deletions and past expiry delete."""
        for header in headers:
            cookie = parse_set_cookie(header)
            path = cookie.attribute("path") or ""
            if not path.startswith("/"):
                path = request_path[: request_path.rfind("/")] or "/"
            key = (cookie.name, path)
            if _is_over(cookie):
                self._kept.pop(key, None)
            else:
                order = self._kept[key].order if key in self._kept else len(self._kept)
                self._kept[key] = _Kept(cookie, path, order)

    def header(self, request_path: str) -> str:
        """Give the Cookie header for a path, longest cookie paths first, or an empty text."""
        fitting = [kept for kept in self._kept.values() if _fits(kept.path, request_path)]
        fitting.sort(key=lambda kept: (-len(kept.path), kept.order))
        return "; ".join(f"{kept.cookie.name}={kept.cookie.value}" for kept in fitting)

    def content(self) -> frozenset[tuple[str, str, str]]:
        """Give what the cookies say: name, path and value, of a Flask session its payload."""
        said = set()
        for (name, path), kept in self._kept.items():
            payload = session_payload(kept.cookie.value)
            said.add((name, path, repr(payload[0]) if payload else kept.cookie.value))
        return frozenset(said)

    def tamper(self) -> None:
        """Change one character of every value, as somebody who cannot sign would."""
        for key, kept in self._kept.items():
            value = kept.cookie.value
            middle = len(value) // 2
            other = "A" if value[middle : middle + 1] != "A" else "B"
            changed = value[:middle] + other + value[middle + 1 :]
            self._kept[key] = replace(kept, cookie=replace(kept.cookie, value=changed))

    def copy(self) -> CookieJar:
        """Give a jar with the same cookies."""
        other = CookieJar()
        other._kept = dict(self._kept)
        return other


# Private


def _is_over(cookie: SetCookie) -> bool:
    age = cookie.attribute("max-age")
    if age is not None and re.fullmatch(r"-?\d+", age):
        return int(age) <= 0
    expires = cookie.attribute("expires")
    if expires is None:
        return False
    try:
        # Only the sure case: clocks are not asked here, and deletions use the epoch.
        return parsedate_to_datetime(expires).year < 2000
    except (ValueError, TypeError):
        return False


def _fits(cookie_path: str, request_path: str) -> bool:
    if cookie_path == request_path:
        return True
    prefix = cookie_path if cookie_path.endswith("/") else cookie_path + "/"
    return request_path.startswith(prefix)
