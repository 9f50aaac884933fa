"""Reading typed values out of what a client sent, keeping every problem and raising once."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import TypeGuard

from shop.domain.errors import Invalid

MOST_MONEY = Decimal(100_000)


def is_text(value: object) -> TypeGuard[str]:
    """Say whether this is a text that can be stored: JSON can spell half a character."""
    return isinstance(value, str) and not any("\ud800" <= char <= "\udfff" for char in value)


class Fields:
    """The fields of one form or JSON object; call ``done`` before using what was read."""

    def __init__(self, data: Mapping[str, object]) -> None:
        self._data = data
        self._problems: dict[str, str] = {}

    def text(self, name: str, *, longest: int = 200, needed: bool = True) -> str:
        """Give a trimmed text, empty only if it is not needed."""
        value = self._data.get(name, "")
        if not is_text(value):
            return self._refuse(name, "must be a text")
        value = value.strip()
        if needed and not value:
            return self._refuse(name, "is missing")
        if len(value) > longest:
            return self._refuse(name, f"must have at most {longest} characters")
        return value

    def secret(self, name: str, *, shortest: int) -> str:
        """Give a text exactly as sent, of a least length."""
        value = self._data.get(name, "")
        if not is_text(value) or len(value) < shortest:
            return self._refuse(name, f"must have at least {shortest} characters")
        return value

    def whole(self, name: str, *, least: int = 0, most: int = 1_000_000) -> int:
        """Give a whole number; JSON's true and 1.0 are none."""
        value = self._data.get(name)
        if not isinstance(value, int) or isinstance(value, bool):
            self._refuse(name, "must be a whole number")
            return least
        if not least <= value <= most:
            self._refuse(name, f"must be between {least} and {most}")
            return least
        return value

    def money(self, name: str) -> Decimal:
        """Give an amount with at most two places, from a text or a whole number, never a float."""
        value = self._data.get(name)
        try:
            if isinstance(value, bool) or not isinstance(value, str | int):
                raise InvalidOperation
            amount = Decimal(value)
            # NaN compares with nothing, and more than two places would be rounded in silence
            exact = amount.is_finite() and 0 < amount <= MOST_MONEY
            if not exact or amount != round(amount, 2):
                raise InvalidOperation
        except InvalidOperation:
            self._refuse(name, 'must be an amount such as "12.50"')
            return Decimal("0.01")
        return round(amount, 2)

    def texts(self, name: str) -> tuple[str, ...]:
        """Give a list of short texts, lower-cased, sorted, each once; none when it is missing."""
        value = self._data.get(name, [])
        if not isinstance(value, list) or not all(map(is_text, value)):
            self._refuse(name, "must be a list of texts")
            return ()
        return tuple(sorted({one.strip().lower() for one in value if one.strip()}))

    def refuse(self, name: str, problem: str) -> None:
        """Remember a problem that the caller found."""
        self._refuse(name, problem)

    def done(self) -> None:
        """Raise Invalid with every problem, or do nothing when there was none."""
        if self._problems:
            raise Invalid(self._problems)

    def _refuse(self, name: str, problem: str) -> str:
        self._problems.setdefault(name, problem)
        return ""
