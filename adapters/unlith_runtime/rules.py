"""Matches URL rules as Werkzeug does: converters, order of rules, 404, 405 and slash redirects.

Source: werkzeug.routing of Werkzeug 3.1 (matcher, rules, converters; BSD-3-Clause), read
2026-11-20 at https://github.com/pallets/werkzeug/tree/3.1.x/src/werkzeug/routing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from unlith_runtime.problems import HTTPException, MethodNotAllowed, NotFound, made

_PART = re.compile(
    r"(?P<slash>/)|(?P<static>[^</]+)"
    r"|<(?:(?P<converter>[a-zA-Z_]\w*)(?:\((?P<arguments>.*?)\))?:)?(?P<variable>[a-zA-Z_]\w*)>",
    re.A,
)
_ARGUMENT = re.compile(
    r"\s*((?P<name>\w+)\s*=\s*)?(?P<value>True|False|\d+.\d+|\d+.|\d+|[\w\d_.]+"
    r"|[urUR]?(?P<text>\"[^\"]*?\"|'[^']*'))\s*,"
)


class ValidationError(ValueError):
    """Raised by a converter's ``to_python``: the rule does not match after all."""


class RequestRedirect(HTTPException):
    """308: the same address with its slashes put right; error handlers never see it."""

    code = 308

    def __init__(self, new_url: str) -> None:
        super().__init__(new_url)
        self.new_url = new_url

    def get_response(self, environ: Any = None, scope: Any = None) -> Any:
        return made[1](self.new_url, 308)


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
        self.regex = f"(?:{'|'.join(map_escape(items))})"


def map_escape(items: Iterable[str]) -> list[str]:
    return [re.escape(item) for item in items]


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
        number = self.num_convert(value)
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


class Rule:
    """One rule; ``methods`` are all it answers, HEAD and OPTIONS included where they are."""

    def __init__(
        self,
        rule: str,
        endpoint: str,
        methods: Iterable[str],
        *,
        defaults: Mapping[str, Any] | None = None,
        strict_slashes: bool = True,
        merge_slashes: bool = True,
        provide_automatic_options: bool = True,
    ) -> None:
        self.rule, self.endpoint, self.methods = rule, endpoint, set(methods)
        self.defaults = dict(defaults or {})
        self.strict_slashes, self.merge_slashes = strict_slashes, merge_slashes
        self.provide_automatic_options = provide_automatic_options
        self.converters: dict[str, Any] = {}

    @property
    def arguments(self) -> set[str]:
        return {*self.defaults, *self.converters}


class _State:
    __slots__ = ("dynamic", "rules", "static")

    def __init__(self) -> None:
        self.dynamic: list[tuple[tuple[Any, ...], _State]] = []
        self.rules: list[Rule] = []
        self.static: dict[str, _State] = {}


class _SlashRequired(Exception):
    pass


class Matcher:
    """Rules in the order in which the app holds them."""

    def __init__(self, rules: Iterable[Rule], converters: Mapping[str, Any]) -> None:
        self._converters = {**CONVERTERS, **converters}
        self._root = _State()
        for rule in rules:
            self._add(rule)
        self._sort(self._root)

    def match(self, path: str, method: str) -> tuple[Rule, dict[str, Any]]:
        """Give the rule and its arguments.

        Raises:
            NotFound, MethodNotAllowed: as Flask does.
            RequestRedirect: with the right path alone, still unquoted.
        """
        path, allowed = "/" + path.lstrip("/"), set[str]()
        found = self._search(path, method, allowed)
        if found is None:
            merged = re.sub("/{2,}", "/", path)
            found = self._search(merged, method, allowed)
            if found is not None and found[0].merge_slashes:
                raise RequestRedirect(merged)
            found = None
        if found is not None:
            rule, texts = found
            try:
                values = {
                    name: converter.to_python(text)
                    for (name, converter), text in zip(
                        rule.converters.items(), texts, strict=False
                    )
                }
            except ValidationError:
                found = None
            else:
                return rule, {**values, **rule.defaults}
        if allowed:
            raise MethodNotAllowed(list(allowed))
        raise NotFound

    def allowed_methods(self, path: str) -> list[str]:
        """Give every method that some rule answers at a path."""
        try:
            self.match(path, "--")
        except MethodNotAllowed as error:
            return list(error.valid_methods)
        except HTTPException:
            pass
        return []

    # Private

    def _add(self, rule: Rule) -> None:
        state = self._root
        text = re.sub("/{2,}", "/", rule.rule) if rule.merge_slashes else rule.rule
        for part in self._parts(rule, text):
            is_static, content = part[0], part[1]
            if is_static:
                state = state.static.setdefault(content, _State())
                continue
            for known, following in state.dynamic:
                if known == part:
                    state = following
                    break
            else:
                state.dynamic.append((part, _State()))
                state = state.dynamic[-1][1]
        state.rules.append(rule)

    def _sort(self, state: _State) -> None:
        state.dynamic.sort(key=lambda entry: entry[0][4])
        for following in [*state.static.values(), *(entry[1] for entry in state.dynamic)]:
            self._sort(following)

    def _parts(self, rule: Rule, text: str) -> Iterable[tuple[Any, ...]]:
        # A part is (is static, content, is final, is suffixed, weight), as Werkzeug has it.
        content, static, final, number = "", True, False, 0
        static_weights: list[tuple[int, int]] = []
        weights: list[int] = []

        def weight() -> tuple[Any, ...]:
            return -len(static_weights), static_weights, -len(weights), weights

        for found in _PART.finditer(text):
            if (fixed := found["static"]) is not None:
                static_weights.append((len(static_weights), -len(fixed)))
                content += fixed if static else re.escape(fixed)
            elif found["variable"] is not None:
                content = re.escape(content) if static else content
                converter = self._converter(found)
                rule.converters[found["variable"]] = converter
                static, final = False, final or not converter.part_isolating
                content += f"(?P<__werkzeug_{number}>{converter.regex})"
                number += 1
                weights.append(converter.weight)
            elif final:
                content += "/"
            else:
                yield static, content if static else content + r"\Z", False, False, weight()
                content, static, number, static_weights, weights = "", True, 0, [], []
        suffixed = final and content.endswith("/")
        content = content[:-1] + "(?<!/)(/?)" if suffixed else content
        yield static, content if static else content + r"\Z", final, suffixed, weight()
        if suffixed:
            yield True, "", False, False, weight()

    def _converter(self, found: re.Match[str]) -> Any:
        args, options = [], {}
        for item in _ARGUMENT.finditer((found["arguments"] or "") + ","):
            value = _python(item["value"] if item["text"] is None else item["text"])
            if item["name"]:
                options[item["name"]] = value
            else:
                args.append(value)
        return self._converters[found["converter"] or "default"](None, *args, **options)

    def _search(self, path: str, method: str, allowed: set[str]) -> tuple[Rule, list[str]] | None:
        try:
            return _walk(self._root, path.split("/"), [], method, allowed)
        except _SlashRequired:
            raise RequestRedirect(f"{path}/") from None


def _walk(
    state: _State, parts: list[str], values: list[str], method: str, allowed: set[str]
) -> tuple[Rule, list[str]] | None:
    if not parts:
        return _end(state, values, method, allowed)
    if parts[0] in state.static:
        found = _walk(state.static[parts[0]], parts[1:], values, method, allowed)
        if found is not None:
            return found
    for (_, content, final, suffixed, _), following in state.dynamic:
        target, rest = ("/".join(parts), []) if final else (parts[0], parts[1:])
        if match := re.compile(content).match(target):
            if suffixed and match.groups()[-1] == "/":
                rest = [""]
            groups = {k: v for k, v in match.groupdict().items() if k.startswith("__werkzeug_")}
            found = _walk(following, rest, values + list(groups.values()), method, allowed)
            if found is not None:
                return found
    loose = [rule for rule in state.rules if not rule.strict_slashes] if parts == [""] else ()
    return _first(loose, values, method, allowed)


def _first(
    rules: Iterable[Rule], values: list[str], method: str, allowed: set[str]
) -> tuple[Rule, list[str]] | None:
    for rule in rules:
        if method in rule.methods:
            return rule, values
        allowed.update(rule.methods)
    return None


def _end(
    state: _State, values: list[str], method: str, allowed: set[str]
) -> tuple[Rule, list[str]] | None:
    found = _first(state.rules, values, method, allowed)
    if found is not None:
        return found
    for rule in state.static[""].rules if "" in state.static else ():
        if method in rule.methods:
            if rule.strict_slashes:
                raise _SlashRequired
            return rule, values
    return None


def _python(value: str) -> Any:
    if value in ("None", "True", "False"):
        return {"None": None, "True": True, "False": False}[value]
    for convert in (int, float):
        try:
            return convert(value)
        except ValueError:
            pass
    return value[1:-1] if value[:1] == value[-1:] and value[0] in "\"'" else value
