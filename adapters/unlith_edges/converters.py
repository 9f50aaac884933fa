"""Converters of URL rules, as Werkzeug has them.

Source: werkzeug.routing.converters and rules of Werkzeug 3.1 (BSD-3-Clause), read 2026-11-20 at
https://github.com/pallets/werkzeug/tree/3.1.x/src/werkzeug/routing.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

_ARGUMENT = re.compile(
    r"\s*((?P<name>\w+)\s*=\s*)?(?P<value>True|False|\d+.\d+|\d+.|\d+|[\w\d_.]+"
    r"|[urUR]?(?P<text>\"[^\"]*?\"|'[^']*'))\s*,"
)


class ValidationError(ValueError):
    """Raised by a converter's ``to_python``: the rule does not match after all."""


class BaseConverter:
    """What a custom converter derives from; ``map`` is None here."""

    regex = "[^/]+"
    weight = 100
    part_isolating = True

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "regex" in cls.__dict__ and "part_isolating" not in cls.__dict__:
            cls.part_isolating = "/" not in cls.regex

    def __init__(self, map: Any, *args: Any, **options: Any) -> None:
        self.map = map

    def to_python(self, value: str) -> Any:
        return value

    def to_url(self, value: Any) -> str:
        return quote(str(value), safe="!$&'()*+,/:;=@")


class UnicodeConverter(BaseConverter):
    """``string``, and the default."""

    def __init__(
        self, map: Any, minlength: int = 1, maxlength: int | None = None, length: Any = None
    ) -> None:
        super().__init__(map)
        most = "" if maxlength is None else int(maxlength)
        span = f"{int(minlength)},{most}" if length is None else int(length)
        self.regex = f"[^/]{{{span}}}"


class AnyConverter(BaseConverter):
    """``any(a, b)``."""

    def __init__(self, map: Any, *items: str) -> None:
        super().__init__(map)
        self.items = set(items)
        self.regex = f"(?:{'|'.join(re.escape(item) for item in items)})"

    def to_url(self, value: Any) -> str:
        if value not in self.items:
            raise ValueError(f"{value!r} is not one of {sorted(self.items)}")
        return str(value)


class PathConverter(BaseConverter):
    """``path``: slashes too."""

    part_isolating = False
    regex = "[^/].*?"
    weight = 200


class NumberConverter(BaseConverter):
    """What ``int`` and ``float`` share."""

    weight = 50
    num_convert: Any = int

    def __init__(
        self,
        map: Any,
        fixed_digits: int = 0,
        min: Any = None,
        max: Any = None,
        signed: bool = False,
    ) -> None:
        if signed:
            self.regex = f"-?{self.regex}"
        super().__init__(map)
        self.fixed_digits, self.min, self.max = fixed_digits, min, max

    def to_python(self, value: str) -> Any:
        if self.fixed_digits and len(value) != self.fixed_digits:
            raise ValidationError
        try:
            number = self.num_convert(value)
        except ValueError:
            # Python refuses numbers of more than 4,300 digits: no match, as Werkzeug has it.
            raise ValidationError from None
        if (self.min is not None and number < self.min) or (
            self.max is not None and number > self.max
        ):
            raise ValidationError
        return number

    def to_url(self, value: Any) -> str:
        return str(self.num_convert(value)).zfill(self.fixed_digits)


class IntegerConverter(NumberConverter):
    """``int``."""

    regex = r"\d+"


class FloatConverter(NumberConverter):
    """``float``."""

    regex = r"\d+\.\d+"
    num_convert = float

    def __init__(self, map: Any, min: Any = None, max: Any = None, signed: bool = False) -> None:
        super().__init__(map, 0, min, max, signed)


class UUIDConverter(BaseConverter):
    """``uuid``."""

    regex = r"[A-Fa-f0-9]{8}-(?:[A-Fa-f0-9]{4}-){3}[A-Fa-f0-9]{12}"

    def to_python(self, value: str) -> Any:
        from uuid import UUID  # heavy, and few rules need it

        return UUID(value)


CONVERTERS: dict[str, Any] = {
    "default": UnicodeConverter,
    "string": UnicodeConverter,
    "any": AnyConverter,
    "path": PathConverter,
    "int": IntegerConverter,
    "float": FloatConverter,
    "uuid": UUIDConverter,
}


def pattern(regex: str, *, part_isolating: bool = True, weight: int = 100) -> type[BaseConverter]:
    """Give a converter that only matches: it stands for one of the monolith's own."""
    fields = {"regex": regex, "part_isolating": part_isolating, "weight": weight}
    return type("Pattern", (BaseConverter,), fields)


def made(converter: Any, arguments: str | None) -> Any:
    """Give a converter made with the arguments that stand in a rule."""
    args, options = [], {}
    for item in _ARGUMENT.finditer((arguments or "") + ","):
        value = _python(item["value"] if item["text"] is None else item["text"])
        if item["name"]:
            options[item["name"]] = value
        else:
            args.append(value)
    return converter(None, *args, **options)


# Private


def _python(value: str) -> Any:
    if value in ("None", "True", "False"):
        return {"None": None, "True": True, "False": False}[value]
    for convert in (int, float):
        try:
            return convert(value)
        except ValueError:
            pass
    return value[1:-1] if value[:1] == value[-1:] and value[0] in "\"'" else value
