"""Reads and writes the values of HTTP fields: dates, cookies, entity tags, lists, options.

Behaves as werkzeug.http does in Werkzeug 3.1 (BSD-3-Clause; read 2026-11-20 at
https://github.com/pallets/werkzeug/tree/3.1.x), for the names that are here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time
from typing import Any
from urllib.parse import quote, unquote

_DAYS = "Mon Tue Wed Thu Fri Sat Sun".split()
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_TOKEN = re.compile(r"[\w!#$%&'*+\-.^`|~]+", re.A)
_KEY = re.compile(r"([\w!#$%&'*+\-.^`|~]+)=", re.A)
_COOKIE = re.compile(
    r'[ \t]*([^ \t=";]+)(?:[ \t]*=[ \t]*("(?:[^\\"]|\\.)*"|[^ \t";]*))?[ \t]*(?:;|\Z)', re.A
)
_COOKIE_PLAIN = re.compile(r"[\w!#$%&'()*+\-./:<=>?@\[\]^`{|}~]*", re.A)
_ETAG = re.compile(r'[ \t]*([Ww]/)?(?:"([^"]*)"|([^" \t,]+))[ \t]*(?:,|\Z)', re.A)


class ETags:
    """The entity tags of ``If-None-Match`` or ``If-Match``."""

    def __init__(self, value: str | None) -> None:
        self.star_tag = value == "*"
        tags: tuple[set[str], set[str]] = set(), set()
        for weak, tag, bare in () if self.star_tag else _matches(_ETAG, value or "", ","):
            tags[bool(weak)].add(tag or bare)
        self._strong, self._weak = tags

    def is_weak(self, etag: str) -> bool:
        return etag in self._weak

    def is_strong(self, etag: str) -> bool:
        return etag in self._strong

    def contains(self, etag: str) -> bool:
        return self.star_tag or etag in self._strong

    __contains__ = contains

    def contains_weak(self, etag: str) -> bool:
        return etag in self._weak or self.contains(etag)

    def contains_raw(self, etag: str) -> bool:
        tag, weak = unquote_etag(etag)
        return self.contains_weak(tag) if weak else self.contains(tag)

    def __bool__(self) -> bool:
        return bool(self.star_tag or self._strong or self._weak)


def _matches(pattern: re.Pattern[str], text: str, separator: str) -> Iterator[tuple[Any, ...]]:
    # What does not match is passed over up to the next separator.
    position, last = 0, -1
    while text and position != last:
        last, found = position, pattern.match(text, position)
        if found:
            yield found.groups()
            position = found.end()
        elif not (position := text.find(separator, position) + 1):
            return


def quoted(value: object) -> str:
    text = str(value)
    if _TOKEN.fullmatch(text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def unquoted(value: str) -> str:
    if len(value) >= 2 and value[0] == value[-1] == '"':
        return re.sub(r"\\(.)", r"\g<1>", value[1:-1])
    return value


def parse_list(value: str | None) -> list[str]:
    """Split a list header at its commas; quotes taken off."""
    items = re.findall(r'(?:[^",]|"(?:\\.|[^"\\])*")+', value or "", re.S)
    if (value or "").replace('\\"', "").count('"') % 2:
        return []
    return [unquoted(item.strip(" \t")) for item in items]


def parse_dict(value: str | None) -> dict[str, str | None]:
    """Give the ``key=value`` items of a list header; a bare key has None."""
    found: dict[str, str | None] = {}
    for item in parse_list(value):
        key, has_value, text = item.partition("=")
        if key := key.strip(" \t"):
            found[key] = unquoted(text.strip(" \t")) if has_value else None
    return found


def parse_options(value: str | None) -> tuple[str, dict[str, str]]:
    """Split ``text/html; charset=utf-8`` into the value and its options."""
    head, _, rest = (value or "").partition(";")
    options: dict[str, str] = {}
    rest, position = rest.strip(" \t"), 0
    while position < len(rest):
        if key := _KEY.match(rest, position):
            position = key.end()
            found = _TOKEN.match(rest, position) or re.compile(r'"(?:\\[\\"]|[^"])*"').match(
                rest, position
            )
            if found:
                _option(options, key.group(1).lower(), found.group())
        delimiter = re.compile(r";[ \t]*").search(rest, position)
        if not delimiter:
            break
        position = delimiter.end()
    return head.strip(" \t"), options


def _option(options: dict[str, str], key: str, value: str) -> None:
    if key.endswith("*"):
        charset, _, text = value.partition("'")
        if charset.lower() in ("ascii", "us-ascii", "utf-8", "iso-8859-1"):
            value = unquote(text.partition("'")[2], encoding=charset)
        options[key[:-1]] = value
    else:
        options[key] = unquoted(value).replace("%22", '"')


def parse_cookie(header: str | None) -> list[tuple[str, str]]:
    """Give the cookies of a ``Cookie`` header as WSGI holds it, in order, with repeats."""
    cookies = []
    for key, value in _matches(_COOKIE, header or "", ";"):
        text = value or ""
        if text.startswith('"') and text.endswith('"'):
            raw = re.sub(rb"\\([0-3][0-7]{2}|.)", _unslashed, text[1:-1].encode())
            text = raw.decode(errors="replace")
        cookies.append((key, text))
    return cookies


def _unslashed(found: re.Match[bytes]) -> bytes:
    text = found.group(1)
    return text if len(text) == 1 else bytes([int(text, 8)])


def _slashed(found: re.Match[bytes]) -> bytes:
    byte = found.group()
    return b"\\" + byte if byte in b'"\\' else b"\\%03o" % byte[0]


def dump_cookie(
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
) -> str:
    """Give the value of a ``Set-Cookie`` header."""
    if domain:
        domain = domain.partition(":")[0].lstrip(".").encode("idna").decode("ascii")
    if hasattr(max_age, "total_seconds"):
        max_age = int(max_age.total_seconds())
    if expires is not None:
        expires = expires if isinstance(expires, str) else http_date(expires)
    elif max_age is not None:
        expires = http_date(datetime.now(tz=UTC).timestamp() + max_age)
    if samesite is not None and (samesite := samesite.title()) not in ("Strict", "Lax", "None"):
        raise ValueError("SameSite must be 'Strict', 'Lax', or 'None'.")
    if not _COOKIE_PLAIN.fullmatch(value):
        raw = re.sub(rb'[\x00-\x19",;\\\x7f-\xff]', _slashed, value.encode())
        value = f'"{raw.decode("ascii")}"'
    parts = [f"{key.encode().decode('latin1')}={value}"]
    for name, item in (
        ("Domain", domain),
        ("Expires", expires),
        ("Max-Age", max_age),
        ("Secure", secure or partitioned),
        ("HttpOnly", httponly),
        ("Path", None if path is None else quote(path, safe="%!$&'()*+,/:=@")),
        ("SameSite", samesite),
        ("Partitioned", partitioned),
    ):
        if item is not None and item is not False:
            parts.append(name if item is True else f"{name}={item}")
    return "; ".join(parts)


def http_date(when: Any = None) -> str:
    """Give an HTTP date for a date, datetime, or seconds since the epoch (now, without one)."""
    if isinstance(when, date) and not isinstance(when, datetime):
        when = datetime.combine(when, time(), tzinfo=UTC)
    elif when is None:
        when = datetime.now(UTC)
    elif not isinstance(when, datetime):
        when = datetime.fromtimestamp(when, UTC)
    when = _utc(when)
    day, month = _DAYS[when.weekday()], _MONTHS[when.month - 1]
    return f"{day}, {when.day:02} {month} {when.year:04} {when:%H:%M:%S} GMT"


def parse_date(value: str | None) -> datetime | None:
    """Give the time an HTTP date means, or None."""
    if value is None:
        return None
    from email.utils import parsedate_to_datetime  # heavy, and few requests carry a date

    try:
        when = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def _utc(when: datetime) -> datetime:
    return when.astimezone(UTC) if when.tzinfo else when.replace(tzinfo=UTC)


def quote_etag(etag: str, weak: bool = False) -> str:
    if '"' in etag:
        raise ValueError("invalid etag")
    return f'W/"{etag}"' if weak else f'"{etag}"'


def unquote_etag(etag: str | None) -> tuple[Any, Any]:
    if not etag:
        return None, None
    weak = etag.startswith(("W/", "w/"))
    tag = etag[2:] if weak else etag
    return (tag[1:-1] if tag[:1] == tag[-1:] == '"' else tag), weak


def is_modified(environ: Mapping[str, Any], etag: str | None, last_modified: str | None) -> bool:
    """Say whether a conditional request must get the full answer (RFC 9110, 13)."""
    unmodified = False
    since, changed = parse_date(environ.get("HTTP_IF_MODIFIED_SINCE")), parse_date(last_modified)
    if since and changed and _utc(changed.replace(microsecond=0)) <= since:
        unmodified = True
    if etag:
        tag = unquote_etag(etag)[0]
        if none_match := ETags(environ.get("HTTP_IF_NONE_MATCH")):
            unmodified = none_match.contains_weak(tag)
        if match := ETags(environ.get("HTTP_IF_MATCH")):
            unmodified = not match.is_strong(tag)
    return not unmodified


def escape(text: object) -> str:
    """Give text as HTML, as markupsafe does."""
    if hasattr(text, "__html__"):
        return str(text.__html__())
    out = str(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return out.replace("'", "&#39;").replace('"', "&#34;")
