"""Takes secrets out of what is shown or written; pure.

A value is a secret when the name it stands under says so, or when it looks like one. Equality is
kept within one report by a short digest, so that people see that two secrets differ.
"""

from __future__ import annotations

import hashlib
import re

_NAMES = re.compile(
    r"passw|passphrase|secret|token|api[-_]?key|authori[sz]ation|cookie|session|csrf|xsrf"
    r"|credential|signature|card|cvc|cvv|iban|ssn|\bpin\b",
    re.IGNORECASE,
)
_SHAPES = re.compile(
    r"(?P<jwt>eyJ[\w-]{8,}\.[\w-]{4,}\.[\w-]{8,})"
    r"|(?P<signed>\.?eJ[\w-]{8,}\.[\w-]{5,8}\.[\w-]{20,})"
    r"|(?P<bearer>(?:Bearer|Basic) [\w.~+/=-]{6,})"
    r"|(?P<aws>\bA(?:KIA|SIA)[0-9A-Z]{16}\b)"
    r"|(?P<card>\b(?:\d[ -]?){12,18}\d\b)"
    r"|(?P<mail>[\w.+-]+@[\w-]+\.[\w.-]+)"
)
_PAIR = re.compile(r"([^&=?#]+)=([^&#]*)")


def is_secret_name(name: str) -> bool:
    """Say whether what stands under a name is to be hidden."""
    return bool(_NAMES.search(name))


def redacted(text: str, name: str = "") -> str:
    """Give a text with its secrets replaced by marks like ``<mail 3f2a>``."""
    if name and is_secret_name(name):
        return _mark("hidden", text)
    return _SHAPES.sub(_hidden, text)


def redacted_target(target: str) -> str:
    """Give a request target with the secret values of its query replaced."""
    path, found, query = target.partition("?")
    pairs = _PAIR.sub(lambda m: f"{m[1]}={redacted(m[2], m[1])}", query)
    return redacted(path) + found + pairs


# Private


def _hidden(found: re.Match[str]) -> str:
    if found.lastgroup == "card" and not _is_card(found[0]):
        return found[0]
    return _mark(str(found.lastgroup), found[0])


def _is_card(text: str) -> bool:
    """Say whether the digits have a card number's check digit (ISO/IEC 7812-1, Annex B)."""
    digits = [int(c) for c in reversed(text) if c.isdigit()]
    doubled = [d if n % 2 == 0 else d * 2 - 9 * (d > 4) for n, d in enumerate(digits)]
    return sum(doubled) % 10 == 0


def _mark(kind: str, text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:4]
    return f"<{kind} {digest}>" if text else ""
