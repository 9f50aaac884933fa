"""Paths that put a url_map to the test: of its own grammar, and everything that nearly is.

Every rule gives paths for each sample of its variables; each path gives neighbours: a slash more
or less, doubled and encoded slashes, encoded letters, other case, a segment more, less or changed
to another rule's. Paths are as a client sends them: percent-encoded, without the query.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import quote

from unlith.domain.survey import Converter, SurveyedRule
from unlith.domain.targets.parts import TOKEN, built_in

SAFE = "!$&'()*+,;=:@~-._"
_SAMPLES = {
    "string": ("a", "new", "7", "é", "x.y"),
    "int": ("1", "42", "007", "٣"),
    "float": ("1.5", "0.0"),
    "path": ("a", "a/b", "new", "1/edit"),
    "uuid": ("6ba7b810-9dad-11d1-80b4-00c04fd430c8",),
}
_TRIES = (
    "a", "A", "1", "12", "0", "ab", "abc", "A1", "a1", "a-b", "a_b", "AB-12", "a.b", "x,y",
    "2024-01-31", "en", "true", "abcdefghijklmnopqrstuvwxyz", "0123456789abcdef", "a/b", "", "-1",
    "1.5", "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "é", "a b", "+", "~",
)  # fmt: skip
_STRANGE = ("zz-none", "0", "NEW", "%20", "a%2Fb", "..x")
METHODS = ("GET", "POST", "HEAD", "OPTIONS", "PUT")


def texts_for(rule: SurveyedRule, converter: Converter) -> tuple[str, ...]:
    """Give texts that a variable's regular expression takes; one that it may not, if none."""
    name = built_in(converter)
    pattern = re.compile(converter.regex)
    if name == "any":
        found = [item for item in _alternatives(converter.regex) if pattern.fullmatch(item)]
    else:
        found = [t for t in _SAMPLES.get(name, _TRIES) if pattern.fullmatch(t)]
    found = found or [t for t in _TRIES if pattern.fullmatch(t)]
    return tuple(found[:4]) or ("zz",)


def paths_of(rule: SurveyedRule, *, limit: int = 6) -> tuple[str, ...]:
    """Give up to *limit* paths that fit a rule, encoded."""
    converters = {converter.variable: converter for converter in rule.converters}
    pieces: list[tuple[str, ...]] = []
    for found in TOKEN.finditer(re.sub("/{2,}", "/", rule.rule)):
        name = found["variable"]
        if name is None:
            pieces.append((quote(found[0], safe=SAFE + "/"),))
        else:
            converter = converters.get(name) or Converter(name, "default", "", "[^/]+")
            texts = texts_for(rule, converter)
            pieces.append(tuple(quote(text, safe=SAFE + "/") for text in texts))
    most = max((len(piece) for piece in pieces), default=1)
    # All variables change at once: the texts of one kind lie side by side.
    paths = ("".join(piece[n % len(piece)] for piece in pieces) for n in range(most))
    return tuple(dict.fromkeys(itertools.islice(paths, limit)))


def near(path: str, others: Iterable[str]) -> Iterator[str]:
    """Yield what lies around a path: slashes, encodings, case, and segments from *others*."""
    yield path
    yield path.rstrip("/") if path.endswith("/") and len(path) > 1 else path + "/"
    yield path + "//"
    yield "/" + path
    yield path.swapcase()
    parts = path.strip("/").split("/")
    for index, part in enumerate(parts):
        before, after = parts[:index], parts[index + 1 :]
        yield "/" + "/".join([*before, "", part, *after])
        if before:
            yield "/" + "/".join(before) + "%2F" + "/".join([part, *after])
        if part:
            yield "/" + "/".join([*before, f"%{ord(part[0]):02X}{part[1:]}", *after])
            yield "/" + "/".join([*before, part + ".x", *after])
        for other in (*others, *_STRANGE):
            yield "/" + "/".join([*before, other, *after])
    yield "/" + "/".join(parts[:-1])
    yield "/" + "/".join([*parts, "zz"])
    yield path + "%2F"
    yield path + "%2f%2F"


def siblings(rules: Iterable[SurveyedRule]) -> dict[int, tuple[str, ...]]:
    """Give, for each depth, some segments that rules have there as fixed text."""
    found: dict[int, dict[str, None]] = {}
    for rule in rules:
        for depth, text in enumerate(rule.rule.strip("/").split("/")):
            if text and "<" not in text:
                found.setdefault(depth, {})[quote(text, safe=SAFE)] = None
    return {depth: tuple(texts) for depth, texts in found.items()}


def requests(
    rules: Sequence[SurveyedRule], limit: int, turn: int = 0
) -> Iterator[tuple[str, str]]:
    """Yield methods and paths that put every rule to the test, with at most *limit* paths.

    The same for the same *turn*; another turn gives others where there are more than *limit*.
    """
    texts = siblings(rules)
    seen: dict[str, None] = {}
    for rule in rules:
        for path in paths_of(rule):
            here = texts.get(len(path.strip("/").split("/")) - 1, ())
            start = (turn * 5) % max(1, len(here))
            seen.update(dict.fromkeys(near(path, (here[start:] + here[:start])[:5])))
    paths = list(seen)
    step = max(1, -(-len(paths) // limit))
    for path in itertools.islice(paths, turn % step, None, step):
        for method in METHODS:
            yield method, path


# Private


def _alternatives(regex: str) -> list[str]:
    inner = regex.removeprefix("(?:").removesuffix(")")
    return [re.sub(r"\\(.)", r"\1", item) for item in inner.split("|")]
