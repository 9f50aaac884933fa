"""Takes what is private out of a recorded request, and keeps the request replayable.

Equal values get equal pseudonyms, made with HMAC under a key that is never written; different
values of one shape get different ones. Length and shape stay: digits stay digits, hexadecimal
stays so, a mail address stays one (below ``.example``, which nobody owns: RFC 2606), a card
number keeps its check digit (Luhn). Values are private by their name, their shape, or their path.
"""

from __future__ import annotations

import base64
import hmac
import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, quote_plus, unquote, unquote_plus

_NAMES = re.compile(
    r"passw|passphrase|secret|token|api[-_]?key|authori[sz]ation|csrf|xsrf|credential|signature"
    r"|session[-_]?id|cookie|card[-_]?n|cvc|cvv|iban|\bssn\b|\bpin\b",
    re.IGNORECASE,
)
_SHAPES = re.compile(
    r"(?P<mail>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)|(?P<card>\b\d(?:[ -]?\d){12,18}\b)"
    r"|(?P<key>\beyJ[\w-]{8,}\.[\w-]{4,}\.[\w-]*|\bA(?:KIA|SIA)[0-9A-Z]{16}\b"
    r"|\b(?:Bearer|Basic) [\w.~+/=-]{6,})"
)
_PAIR = re.compile(r"""([\w.-]+)(["']?\s*[:=]\s*["']?|>)([^"'&,;<>\s{}]+)""")
_FORM = re.compile(r"[^\s=&<>{}]+=[^\s&<>{}]*(?:&[^\s=&<>{}]+=[^\s&<>{}]*)*")
_HEX = re.compile(r"(?=.*[a-f])[0-9a-f-]{8,}|(?=.*[A-F])[0-9A-F-]{8,}")
_PIECE = 256
_ALPHABETS = ("0123456789", "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ")


class Redactor:
    """Redacts targets, headers and bodies; *paths* like ``/user/*/name`` or ``$.user[*].name``."""

    def __init__(self, key: bytes, paths: Iterable[str] = ()) -> None:
        self._key = key
        self._paths = [tuple(re.findall(r"[^./\[\]$]+", path)) for path in paths]

    def target(self, target: str) -> str:
        """Give a request target: segments of the path by shape, the query by name too."""
        path, mark, query = target.partition("?")
        parts = []
        for part in path.split("/"):
            plain = unquote(part)
            hidden = self.text(plain)
            parts.append(part if hidden == plain else quote(hidden, safe="@:"))
        return "/".join(parts) + mark + self._form(query)

    def header(self, name: str, value: str) -> str:
        """Give a header's value; an authorization keeps its scheme."""
        lower = name.lower()
        if lower == "cookie":
            pairs = (pair.partition("=") for pair in value.split(";"))
            return ";".join(n + mark + self.pseudonym(v) for n, mark, v in pairs)
        if lower == "referer":
            return self.target(value)
        scheme, space, rest = value.partition(" ")
        if "authorization" in lower and space:
            return f"{scheme} {self._basic(rest) if scheme == 'Basic' else self.pseudonym(rest)}"
        return self.pseudonym(value) if _NAMES.search(name) else self.text(value)

    def body(self, body: bytes, kind: str) -> bytes:
        """Give a body, by its content type; what holds nothing private stays byte for byte."""
        lower = kind.lower()
        if "multipart/" in lower:
            return self._multipart(body, kind)
        try:
            text = body.decode("utf-8")
            if "json" in lower or text[:1] in ("{", "["):
                return self._json(text)
        except UnicodeDecodeError:
            return body
        except (ValueError, RecursionError):
            pass
        if "x-www-form-urlencoded" in lower or _FORM.fullmatch(text):
            return self._form(text).encode()
        hidden = self.text(text)
        return body if hidden == text else hidden.encode()

    def text(self, text: str) -> str:
        """Give a text: what looks private, and what stands after a private name."""
        text = _SHAPES.sub(self._shape, text)
        return _PAIR.sub(
            lambda m: m[1] + m[2] + self.pseudonym(m[3]) if _NAMES.search(m[1]) else m[0], text
        )

    def mark(self, text: str) -> str:
        """Give 16 digits that tell one text from another and do not say it."""
        return hmac.new(self._key, text.encode("utf-8", "replace"), "sha256").hexdigest()[:16]

    def pseudonym(self, text: str) -> str:
        """Give what stands for a private text: same length, same shape."""
        found = _SHAPES.fullmatch(text)
        if found and found.lastgroup != "key":
            return self._shape(found)
        pieces = (text[at : at + _PIECE] for at in range(0, len(text), _PIECE))
        return "".join(self._permuted(piece) for piece in pieces)

    # Private

    def _shape(self, found: re.Match[str]) -> str:
        text = found[0]
        if found.lastgroup == "mail":
            local, _, domain = text.rpartition("@")
            host = self._permuted(domain)[: max(1, len(domain) - 8)]
            host = f"{host[:-1]}x" if host[-1] in ".-" else host
            return f"{self._permuted(local, domain.encode())}@{host}.example"
        if found.lastgroup == "card":
            digits = [int(c) for c in text if c.isdigit()]
            if _luhn(digits):
                return text
            rest = [int(c) for c in self._permuted("".join(map(str, digits[:-1])))]
            rest.append(-_luhn([*rest, 0]) % 10)
            return re.sub(r"\d", lambda _: str(rest.pop(0)), text)
        scheme, space, secret = text.rpartition(" ")
        return scheme + space + self._permuted(secret)

    def _basic(self, text: str) -> str:
        try:
            user, mark, word = base64.b64decode(text).decode().partition(":")
        except ValueError:
            return self.pseudonym(text)
        hidden = self.pseudonym(user) + mark + self.pseudonym(word)
        return base64.b64encode(hidden.encode()).decode()

    def _is_private(self, steps: tuple[str, ...]) -> bool:
        return any(
            len(path) == len(steps)
            and all(p in ("*", s) for p, s in zip(path, steps, strict=True))
            for path in self._paths
        )

    def _form(self, text: str) -> str:
        pairs = []
        for pair in text.split("&"):
            name, mark, value = pair.partition("=")
            key, plain = unquote_plus(name), unquote_plus(value)
            hidden = self._value(key, plain, (key,))
            pairs.append(pair if hidden == plain else name + mark + quote_plus(hidden))
        return "&".join(pairs)

    def _value(self, name: str, value: str, steps: tuple[str, ...]) -> str:
        is_private = _NAMES.search(name) or self._is_private(steps)
        return self.pseudonym(value) if is_private else self.text(value)

    def _json(self, text: str) -> bytes:
        value = json.loads(text)
        hidden = self._walk(value, (), False)
        if hidden == value:
            return text.encode()
        gaps = (", ", ": ") if '": ' in text else (",", ":")
        return json.dumps(hidden, ensure_ascii=text.isascii(), separators=gaps).encode()

    def _walk(self, value: Any, steps: tuple[str, ...], is_private: bool) -> Any:
        is_private = is_private or self._is_private(steps)
        if isinstance(value, dict):
            return {
                k: self._walk(v, (*steps, k), is_private or bool(_NAMES.search(k)))
                for k, v in value.items()
            }
        if isinstance(value, list):
            return [self._walk(v, (*steps, str(n)), is_private) for n, v in enumerate(value)]
        if isinstance(value, str):
            return self.pseudonym(value) if is_private else self.text(value)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return value
        plain = f"{value:f}" if isinstance(value, float) else str(value)
        hidden = self.pseudonym(plain) if is_private else self.text(plain)
        return value if hidden == plain else type(value)(hidden)

    def _multipart(self, body: bytes, kind: str) -> bytes:
        found = re.search(r'boundary="?([^";]+)', kind)
        if not found:
            return body
        edge = b"--" + found[1].encode("latin-1", "replace")
        parts = body.split(edge)
        for place, part in enumerate(parts):
            head, mark, value = part.partition(b"\r\n\r\n")
            name = re.search(rb'\bname="([^"]*)"', head)
            if name and b"filename" not in head:
                key = name[1].decode("latin-1")
                text = value.removesuffix(b"\r\n").decode("latin-1")
                hidden = self._value(key, text, (key,)).encode("latin-1")
                parts[place] = head + mark + hidden + value[len(text) :]
        return edge.join(parts)

    def _permuted(self, text: str, tweak: bytes = b"") -> str:
        # A Feistel network over the texts of this shape: nothing else keeps both the shape and
        # that different texts stay different.
        is_hex = _HEX.fullmatch(text)
        lower = "0123456789abcdef" if is_hex and text.islower() else "0123456789ABCDEF"
        alphabets: list[tuple[int, str]] = []
        value, total = 0, 1
        for place, letter in enumerate(text):
            if not letter.isalnum():
                continue
            letters = lower if is_hex else _alphabet(letter)
            if place == 0 and letters[0] == "0" and not is_hex:
                letters = "0" if letter == "0" else letters[1:]
            at = letters.find(letter) if letter in letters else ord(letter) % len(letters)
            alphabets.append((place, letters))
            value, total = value * len(letters) + at, total * len(letters)
        value = self._walked(value, total, tweak) if total > 1 else value
        result = list(text)
        for place, letters in reversed(alphabets):
            value, at = divmod(value, len(letters))
            result[place] = letters[at]
        return "".join(result)

    def _walked(self, value: int, total: int, tweak: bytes) -> int:
        half = ((total - 1).bit_length() + 1) // 2
        size, mask = (half + 7) // 8, (1 << half) - 1
        while True:
            left, right = value >> half, value & mask
            for turn in range(8):
                mixed = self._mix(turn, right.to_bytes(size) + tweak, size)
                left, right = right, left ^ (mixed & mask)
            value = left << half | right
            if value < total:
                return value

    def _mix(self, turn: int, data: bytes, size: int) -> int:
        made = b""
        while len(made) < size:
            made += hmac.digest(self._key, bytes([turn, len(made) // 32]) + data, "sha256")
        return int.from_bytes(made[:size])


# Private


def _alphabet(letter: str) -> str:
    if letter in _ALPHABETS[0]:
        return _ALPHABETS[0]
    return _ALPHABETS[2] if letter.isupper() else _ALPHABETS[1]


def _luhn(digits: list[int]) -> int:
    """Give the sum of the digits, every other one doubled, modulo 10: 0 is a card number."""
    doubled = (2 * d - 9 * (d > 4) if n % 2 else d for n, d in enumerate(reversed(digits)))
    return sum(doubled) % 10
