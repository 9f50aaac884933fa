"""Flask's signed session cookie without Flask and itsdangerous: a cookie of either is good here.

The same signer (URLSafeTimedSerializer: salt ``cookie-session``, hmac key derivation, SHA-1),
the same tagged JSON, the same Set-Cookie and Vary. Sources, read 2026-11-20:
https://github.com/pallets/flask/blob/3.1.x/src/flask/sessions.py and json/tag.py,
https://github.com/pallets/itsdangerous/tree/2.2.x/src/itsdangerous (BSD-3-Clause).
"""

from __future__ import annotations

import base64
import hmac
import json
import sys
import time
import zlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from unlith_edges.fields import http_date, parse_date


class Session(dict[str, Any]):
    """The session of one request; changes to itself are noticed, to nested values not."""

    new = False
    accessed = False
    modified = False

    @property
    def permanent(self) -> bool:
        return bool(self.get("_permanent", False))

    @permanent.setter
    def permanent(self, value: bool) -> None:
        self["_permanent"] = bool(value)


def _noticed(name: str) -> Any:
    plain = getattr(dict, name)

    def changed(self: Session, *args: Any, **options: Any) -> Any:
        self.modified = True
        return plain(self, *args, **options)

    return changed


for _name in ("__setitem__", "__delitem__", "clear", "popitem", "update", "__ior__"):
    setattr(Session, _name, _noticed(_name))


def _setdefault(self: Session, key: str, default: Any = None) -> Any:
    self.modified = self.modified or key not in self
    return dict.setdefault(self, key, default)


def _pop(self: Session, key: str, *default: Any) -> Any:
    self.modified = self.modified or key in self
    return dict.pop(self, key, *default)


Session.setdefault = _setdefault  # type: ignore[assignment, method-assign]  # dict's overloads
Session.pop = _pop  # type: ignore[assignment, method-assign]  # dict's overloads


class NullSession(Session):
    """The session of an app without a secret key: empty, and refuses to be changed."""

    def _refuse(self, *_: Any, **__: Any) -> Any:
        raise RuntimeError(
            "The session is unavailable because no secret key was set.  Set the secret_key on"
            " the application to something unique and secret."
        )

    __setitem__ = __delitem__ = clear = pop = popitem = update = setdefault = _refuse


def open_session(config: Mapping[str, Any], cookies: Mapping[str, str]) -> Session:
    """Give the session of a request; an unknown, old or forged cookie gives an empty one."""
    if not config.get("SECRET_KEY"):
        return NullSession()
    cookie = cookies.get(config["SESSION_COOKIE_NAME"])
    data = _loads(cookie, config) if cookie else None
    return Session() if data is None else Session(data)


def save_session(config: Mapping[str, Any], session: Session, response: Any) -> None:
    """Put the session on a response, where Flask would."""
    if isinstance(session, NullSession):
        return
    if session.accessed:
        response.vary.add("Cookie")
    attributes = {
        "path": config["SESSION_COOKIE_PATH"] or config["APPLICATION_ROOT"],
        **{
            name: config[f"SESSION_COOKIE_{name.upper()}"]
            for name in ("domain", "secure", "httponly", "samesite", "partitioned")
        },
    }
    name = config["SESSION_COOKIE_NAME"]
    if not session:
        if session.modified:
            response.delete_cookie(name, **attributes)
            response.vary.add("Cookie")
        return
    if session.modified or (session.permanent and config["SESSION_REFRESH_EACH_REQUEST"]):
        lifetime = timedelta(seconds=config["PERMANENT_SESSION_LIFETIME"])
        expires = datetime.now(UTC) + lifetime if session.permanent else None
        response.set_cookie(name, dumps(dict(session), config), expires=expires, **attributes)
        response.vary.add("Cookie")


def dumps(data: Mapping[str, Any], config: Mapping[str, Any]) -> str:
    """Give the signed cookie for some data."""
    text = json.dumps(_tag(data), separators=(",", ":")).encode()
    packed = zlib.compress(text)
    payload = b"." + _b64(packed) if len(packed) < len(text) - 1 else _b64(text)
    stamp = int(time.time())
    signed = payload + b"." + _b64(stamp.to_bytes((stamp.bit_length() + 7) // 8))
    return (signed + b"." + _b64(_signature(config["SECRET_KEY"], signed))).decode()


# Private


def _loads(cookie: str, config: Mapping[str, Any]) -> Any:
    signed, _, signature = cookie.encode().rpartition(b".")
    given = _unb64(signature)
    if not any(hmac.compare_digest(given, _signature(key, signed)) for key in _keys(config)):
        return None
    payload, dot, stamp = signed.rpartition(b".")
    age = int(time.time()) - int.from_bytes(_unb64(stamp))
    if not dot or not stamp or not 0 <= age <= int(config["PERMANENT_SESSION_LIFETIME"]):
        return None
    try:
        packed = payload.startswith(b".")
        text = _unb64(payload[packed:])
        return _untag(json.loads(zlib.decompress(text) if packed else text))
    except (ValueError, zlib.error):
        return None


def _keys(config: Mapping[str, Any]) -> Iterator[Any]:
    yield config["SECRET_KEY"]
    yield from reversed(config.get("SECRET_KEY_FALLBACKS") or ())


def _signature(key: str | bytes, value: bytes) -> bytes:
    secret = key.encode() if isinstance(key, str) else key
    derived = hmac.digest(secret, b"cookie-session", "sha1")
    return hmac.digest(derived, value, "sha1")


def _b64(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def _unb64(data: bytes) -> bytes:
    try:
        return base64.urlsafe_b64decode(data + b"=" * (-len(data) % 4))
    except ValueError:
        return b""


_TAGS = (" di", " t", " b", " m", " u", " d")


def _tag(value: Any) -> Any:
    # The order of these checks is Flask's.
    if isinstance(value, dict):
        if len(value) == 1 and (key := next(iter(value))) in _TAGS:
            return {" di": {f"{key}__": _tag(value[key])}}
        return {key: _tag(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return {" t": [_tag(item) for item in value]}
    if isinstance(value, list):
        return [_tag(item) for item in value]
    if isinstance(value, bytes):
        return {" b": base64.b64encode(value).decode()}
    if callable(getattr(value, "__html__", None)):
        return {" m": str(value.__html__())}
    if type(value).__name__ == "UUID":
        return {" u": value.hex}
    return {" d": http_date(value)} if isinstance(value, datetime) else value


def _untag(value: Any) -> Any:
    if isinstance(value, list):
        return [_untag(item) for item in value]
    if not isinstance(value, dict):
        return value
    data = {key: _untag(item) for key, item in value.items()}
    if len(data) != 1 or (key := next(iter(data))) not in _TAGS:
        return data
    return _FROM_TAG[key](data[key])


def _uuid(text: str) -> Any:
    from uuid import UUID  # heavy, and few sessions hold one

    return UUID(text)


class _Safe(str):
    """Text that is HTML, where markupsafe is not loaded."""

    __slots__ = ()

    def __html__(self) -> str:
        return str(self)


def _markup(text: str) -> Any:
    # Who uses markupsafe has loaded it; nobody else gets it into a bundle for this.
    found = sys.modules.get("markupsafe")
    return found.Markup(text) if found else _Safe(text)


_FROM_TAG: dict[str, Any] = {
    " di": lambda value: {key[:-2]: item for key, item in value.items()},
    " t": tuple,
    " b": base64.b64decode,
    " m": _markup,
    " u": _uuid,
    " d": parse_date,
}
