"""Matches URL rules as Werkzeug does: order of rules, 404, 405 and slash redirects.

Source: werkzeug.routing of Werkzeug 3.1 (matcher, rules, converters; BSD-3-Clause), read
2026-11-20 at https://github.com/pallets/werkzeug/tree/3.1.x/src/werkzeug/routing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from unlith_edges import problems
from unlith_edges.converters import CONVERTERS, made
from unlith_edges.converters import BaseConverter as BaseConverter
from unlith_edges.converters import ValidationError as ValidationError
from unlith_edges.converters import pattern as pattern
from unlith_edges.problems import HTTPException, MethodNotAllowed, NotFound

_PART = re.compile(
    r"(?P<slash>/)|(?P<static>[^</]+)"
    r"|<(?:(?P<converter>[a-zA-Z_]\w*)(?:\((?P<arguments>.*?)\))?:)?(?P<variable>[a-zA-Z_]\w*)>",
    re.A,
)


_SEVERAL = (list, tuple, set)
_QUERY_SAFE = "!$'()*,/:;?@"


class RequestRedirect(HTTPException):
    """308: the same address with its slashes put right; error handlers never see it."""

    code = 308

    def __init__(self, new_url: str) -> None:
        super().__init__(new_url)
        self.new_url = new_url

    def get_response(self, environ: Any = None, scope: Any = None) -> Any:
        return problems.made[1](self.new_url, 308)


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

    def is_fit(self, values: Mapping[str, Any]) -> bool:
        return all(key in self.defaults or key in values for key in self.arguments) and all(
            values.get(key, value) == value for key, value in self.defaults.items()
        )

    def build(self, values: Mapping[str, Any]) -> str:
        text = re.sub("/{2,}", "/", self.rule) if self.merge_slashes else self.rule
        out = ""
        for found in _PART.finditer(text):
            name = found["variable"]
            if name is None:
                out += quote(found[0], safe="!$&'()*+,/:;=@")
            else:
                given = self.defaults[name] if name in self.defaults else values[name]
                out += self.converters[name].to_url(given)
        rest = [(k, v) for k, v in values.items() if k not in self.arguments]
        query = [(k, i) for k, v in rest for i in (v if isinstance(v, _SEVERAL) else [v])]
        query = [(key, item) for key, item in query if item is not None]
        return f"{out}?{urlencode(query, safe=_QUERY_SAFE)}" if query else out


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
        self._rules = tuple(rules)
        for rule in self._rules:
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

    def build(self, endpoint: str, values: Mapping[str, Any], method: str) -> str | None:
        """Give the path and query of an endpoint, by a rule for the method if there is one."""
        given = {key: value for key, value in values.items() if value is not None}
        rules = [rule for rule in self._rules if rule.endpoint == endpoint]
        rules.sort(key=lambda rule: (-len(rule.arguments), -len(rule.defaults)))
        for rule in [r for r in rules if method in r.methods] + rules:
            if rule.is_fit(given):
                try:
                    return rule.build(given)
                except ValidationError:
                    continue
        return None

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
                converter = made(
                    self._converters[found["converter"] or "default"], found["arguments"]
                )
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
