"""What varying texts and numbers have in common, so that a noisy value is still compared.

From two or more values that one program gave for the same thing, a pattern is learnt: the parts
that never varied must be equal, a part that varied must keep its form (a time stamp its zone and
precision, a uuid its version, hexadecimal its length) and, for times, stay near. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

Check = Callable[[str], bool]

NEAR_S = 600.0
"""How far apart the same moment may be in two runs, at least, in seconds."""

_TOKEN = re.compile(
    r"(?P<iso>\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)"
    r"|(?P<http>[A-Z][a-z]{2}, \d\d[ -][A-Z][a-z]{2}[ -]\d{4} \d\d:\d\d:\d\d GMT)"
    r"|(?P<uuid>[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12})"
    r"|(?P<date>\d{4}-\d\d-\d\d)"
    r"|(?P<time>\d\d:\d\d:\d\d(?:\.\d+)?)"
    r"|(?P<decimal>\d+\.\d+)"
    r"|(?P<word>\w+)"
    r"|(?P<space>\s+)"
    r"|(?P<mark>.)",
    re.DOTALL,
)
_FRACTION = re.compile(r"[.,](\d+)")
_HEX = (re.compile(r"[0-9a-f]+\Z"), re.compile(r"[0-9A-F]+\Z"))
_WORD = re.compile(r"\w+\Z")


@dataclass(frozen=True, slots=True)
class Pattern:
    """What candidates must look like; ``is_loose`` when little could be learnt."""

    accepts: Check
    is_loose: bool = False


def text_pattern(values: Sequence[str]) -> Pattern:
    """Learn from texts of one place, line by line, token by token."""
    split = [value.split("\n") for value in values]
    if len({len(lines) for lines in split}) > 1:
        return _between(values)
    parts = [_line_pattern(lines) for lines in zip(*split, strict=True)]

    def accepts(text: str) -> bool:
        lines = text.split("\n")
        return len(lines) == len(parts) and all(
            part.accepts(line) for part, line in zip(parts, lines, strict=True)
        )

    return Pattern(accepts, any(part.is_loose for part in parts))


def tokens_of(text: str) -> list[str]:
    """Split a text into moments, ids, numbers, words, spaces and marks."""
    return [token for _, token in _tokens(text)]


def is_near(values: Sequence[float], candidate: float) -> bool:
    """Say whether a number fits numbers that varied: near them, if they look like moments."""
    if any(value < 0 for value in values) != (candidate < 0):
        return min(values) <= candidate <= max(values)
    size = min(abs(value) for value in values)
    if size < 1e8:
        return candidate < 1e8 or candidate <= 10 * max(values)
    # Seconds, milliseconds or microseconds since 1970.
    unit = 1.0 if size < 1e11 else 1e3 if size < 1e14 else 1e6
    return _in_reach(values, candidate, NEAR_S * unit)


# Private


def _in_reach(values: Sequence[float], candidate: float, at_least: float) -> bool:
    spread = max(values) - min(values)
    reach = max(at_least, 10 * spread)
    return min(values) - reach <= candidate <= max(values) + reach


def _line_pattern(lines: Sequence[str]) -> Pattern:
    first = lines[0]
    if all(line == first for line in lines):
        return Pattern(lambda line: line == first)
    tokens = [_tokens(line) for line in lines]
    if len({len(line) for line in tokens}) > 1:
        return _between(lines)
    places = [_token_check(place) for place in zip(*tokens, strict=True)]
    if not all(places):
        return _between(lines)

    def accepts(line: str) -> bool:
        found = _tokens(line)
        return len(found) == len(places) and all(
            check is not None and check(token)
            for check, (_, token) in zip(places, found, strict=True)
        )

    return Pattern(accepts)


def _tokens(line: str) -> list[tuple[str, str]]:
    return [(m.lastgroup or "", m[0]) for m in _TOKEN.finditer(line)]


def _token_check(place: Sequence[tuple[str, str]]) -> Check | None:
    kinds, values = {kind for kind, _ in place}, [value for _, value in place]
    if len(set(values)) == 1:
        return lambda token: token == values[0]
    forms = {_form(kind, value) for kind, value in place}
    if len(kinds) == 1 and kinds <= {"word"}:
        return _word_check(values)
    if len(forms) > 1 or kinds & {"mark", "space"}:
        return None
    form = forms.pop()
    return lambda token: _form(_kind(token), token) == form and _is_near_text(form, values, token)


def _form(kind: str, token: str) -> str:
    """Give a token's form: what must stay when its value varies."""
    if kind == "iso":
        fraction = _FRACTION.search(token)
        zone = re.search(r"(Z|[+-]\d\d:?\d\d)\Z", token[10:])
        digits = len(fraction[1]) if fraction else -token[10:].count(":")
        return f"iso {token[10]} {digits} {zone[1] if zone else 'naive'}"
    if kind == "uuid":
        return f"uuid {token[14]} {token.lower() == token}"
    return kind


def _word_check(values: Sequence[str]) -> Check:
    """Give the narrowest form that fits all: digits, hexadecimal, same length, a word."""
    if all(value.isascii() and value.isdigit() for value in values):
        numbers = [float(value) for value in values]
        return lambda token: token.isascii() and token.isdigit() and is_near(numbers, float(token))
    lengths = {len(value) for value in values}
    if len(lengths) == 1 and (length := lengths.pop()) >= 8:
        letters = next((form for form in _HEX if all(form.match(v) for v in values)), _WORD)
        return lambda token: len(token) == length and bool(letters.match(token))
    return lambda token: bool(_WORD.match(token))


def _kind(token: str) -> str:
    match = _TOKEN.match(token)
    return (match.lastgroup or "") if match and match.end() == len(token) else ""


def _is_near_text(form: str, values: Sequence[str], candidate: str) -> bool:
    if form == "decimal":
        return is_near([float(value) for value in values], float(candidate))
    moments = [_moment(form, value) for value in (*values, candidate)]
    known = [moment for moment in moments if moment is not None]
    if len(known) < len(moments):
        return True
    return _in_reach(known[:-1], known[-1], NEAR_S if form != "date" else 86400.0)


def _moment(form: str, text: str) -> float | None:
    try:
        if form == "http":
            return parsedate_to_datetime(text).timestamp()
        if form.startswith(("iso", "date")):
            parsed = datetime.fromisoformat(text.replace(",", "."))
            # Naive times are compared with each other only: any fixed zone does.
            fixed = parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
            return fixed.timestamp()
    except (ValueError, OverflowError):
        return None
    return None


def _between(values: Sequence[str]) -> Pattern:
    """Learn the common beginning and end, and the alphabet and length of what is between."""
    shortest = min(map(len, values))
    first = values[0]
    start = 0
    while start < shortest and all(v[start] == first[start] for v in values):
        start += 1
    end = 0
    while end < shortest - start and all(v[-1 - end] == first[-1 - end] for v in values):
        end += 1
    head, tail = first[:start], first[len(first) - end :]
    middles = [v[start : len(v) - end] for v in values]
    lengths = {len(v) for v in values}
    alphabet = {_alphabet(c) for middle in middles for c in middle}

    def accepts(text: str) -> bool:
        if not text.startswith(head) or not text.endswith(tail) or len(text) < start + end:
            return False
        if len(lengths) == 1 and len(text) not in lengths:
            return False
        return all(_alphabet(c) in alphabet for c in text[start : len(text) - end])

    return Pattern(accepts, is_loose=True)


def _alphabet(character: str) -> str:
    if character.isalnum():
        return "alnum"
    if character in "-_":
        return "url"
    return "space" if character.isspace() else "mark"
