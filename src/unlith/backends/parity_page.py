"""Parity results as static HTML pages: no script, no external asset, every name escaped."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from unlith.domain.verdict import FoundDifference, ParityResult

Line = tuple[str, bool]
"""A line of text, and whether the other side has another."""


def write_pages(results: Sequence[ParityResult], folder: Path, when: str) -> Path:
    """Write a page for each function and one that leads to them; give the latter's path."""
    from jinja2 import Environment, PackageLoader, StrictUndefined  # heavy; pages are rare

    environment = Environment(
        loader=PackageLoader("unlith.backends"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    template = environment.get_template("parity.html")
    folder.mkdir(parents=True, exist_ok=True)
    for result in results:
        shown = [(group, side_by_side(group[0])) for group in by_reproduction(result)]
        page = template.render(result=result, results=(), shown=shown, when=when)
        (folder / f"{result.function}.html").write_bytes(_encoded(page))
    index = folder / "index.html"
    page = template.render(result=None, results=results, shown=(), when=when)
    index.write_bytes(_encoded(page))
    return index


def by_reproduction(result: ParityResult) -> list[list[FoundDifference]]:
    """Give the differences in groups that one reproduction shows."""
    groups: dict[str, list[FoundDifference]] = {}
    for one in result.differences:
        groups.setdefault(one.curl, []).append(one)
    return list(groups.values())


def side_by_side(one: FoundDifference) -> tuple[tuple[Line, ...], tuple[Line, ...]]:
    """Give the lines of both answers, marked where they differ."""
    left, right = one.control_answer.splitlines(), one.candidate_answer.splitlines()
    pairs = list(_aligned(left, right))
    return tuple(a for a, _ in pairs if a), tuple(b for _, b in pairs if b)


# Private


def _encoded(page: str) -> bytes:
    # Names may hold what is no character; a browser would take NUL for an error.
    return page.replace("\0", "\\x00").encode("utf-8", "backslashreplace")


def _aligned(left: list[str], right: list[str]) -> Iterator[tuple[Line | None, Line | None]]:
    matcher = difflib.SequenceMatcher(None, left, right, autojunk=False)
    for kind, a, b, c, d in matcher.get_opcodes():
        is_other = kind != "equal"
        yield from ((one, None) for one in _marked(left[a:b], is_other))
        yield from ((None, one) for one in _marked(right[c:d], is_other))


def _marked(lines: Iterable[str], is_other: bool) -> Iterator[Line]:
    return ((line, is_other) for line in lines)
