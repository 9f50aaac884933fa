"""Writes parity results as JUnit XML, for continuous integration.

Valid against Ant's schema (https://github.com/windyroad/JUnit-Schema, read 2026-11), the
strictest of those in use: a suite a function, a test case a difference, or one that passes.
"""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from unlith.domain.verdict import FoundDifference, ParityResult


def to_junit(results: Iterable[ParityResult], when: str) -> bytes:
    """Give the XML text; *when* is the time in ISO 8601."""
    root = Element("testsuites")
    for number, result in enumerate(results):
        _suite(root, number, result, when[:19])
    ElementTree.indent(root)
    text: bytes = ElementTree.tostring(root, "utf-8", xml_declaration=True)
    return text


# Private


def _suite(root: Element, number: int, result: ParityResult, when: str) -> None:
    failures, errors = len(result.differences), len(result.reasons)
    suite = SubElement(
        root,
        "testsuite",
        name=_clean(result.function),
        package="unlith.parity",
        id=str(number),
        timestamp=when,
        hostname="localhost",
        tests=str(failures + errors or 1),
        failures=str(failures),
        errors=str(errors),
        time="0",
    )
    properties = SubElement(suite, "properties")
    for name, value in _properties(result).items():
        SubElement(properties, "property", name=name, value=_clean(value))
    for difference in result.differences:
        _failure(_case(suite, result, f"{difference.kind} at {difference.path}"), difference)
    for reason in result.reasons:
        case = _case(suite, result, f"comparable: {reason.splitlines()[0]}")
        SubElement(case, "error", type="not comparable", message=_clean(reason))
    if not failures + errors:
        _case(suite, result, "the same as the monolith")
    SubElement(suite, "system-out").text = _clean(
        "\n".join([result.words, str(result.bound), *map(str, result.coverage.gaps)])
    )
    SubElement(suite, "system-err")


def _case(suite: Element, result: ParityResult, name: str) -> Element:
    return SubElement(
        suite,
        "testcase",
        name=_clean(name),
        classname=f"unlith.parity.{result.function}",
        time="0",
    )


def _failure(case: Element, one: FoundDifference) -> None:
    failure = SubElement(
        case,
        "failure",
        type=one.kind,
        message=_clean(f"monolith: {one.control}, function: {one.candidate}"),
    )
    failure.text = _clean(
        f"{one.request}, {one.count} times, first in {one.session}\n"
        f"monolith: {one.control}\nfunction: {one.candidate}\n\n{one.curl}\n\n{one.test}"
    )


def _properties(result: ParityResult) -> dict[str, str]:
    return {
        "verdict": str(result.verdict),
        "exchanges": str(result.exchanges),
        "distinct exchanges": str(result.bound.exchanges),
        "mismatch rate below": f"{result.bound.rate:.6g}",
        "bundle": result.bundle,
        "whole": result.whole,
        "cases": result.cases,
    }


def _clean(text: str) -> str:
    """Give a text with characters that XML cannot hold written out."""
    return "".join(c if c.isprintable() or c in "\n\t" else repr(c)[1:-1] for c in text)
