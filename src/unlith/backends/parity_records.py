"""Keeps the last parity result of each function with what it was made with, and writes reports."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from unlith.backends.evidence import evidence_of
from unlith.backends.parity_journal import FileJournal
from unlith.backends.parity_page import write_pages
from unlith.backends.parity_pool import Job, ParityEngine, pool_of
from unlith.domain.cases import CaseFile
from unlith.domain.evidence import stale
from unlith.domain.function import FunctionInfo
from unlith.domain.probes import VERSION
from unlith.domain.reproduction import as_test
from unlith.domain.verdict import ParityResult
from unlith.errors import OutsideError
from unlith.files.junit import to_junit
from unlith.files.settings import Settings
from unlith.ports import Bundler
from unlith.usecases.parts import Way


class ParityRecords:
    """Results in ``.unlith/parity``, one JSON file a function."""

    def __init__(self, settings: Settings, bundler: Bundler) -> None:
        self._settings, self._bundler = settings, bundler
        self._folder = settings.work / "parity"

    def keep(self, function: FunctionInfo, result: ParityResult) -> ParityResult:
        """Note what a result was made with, and keep it."""
        noted = replace(result, evidence=evidence_of(self._settings, self._bundler, function))
        text = json.dumps(noted.as_dict(), indent=1)
        _write(self._folder / f"{function.name}.json", text.encode())
        return noted

    def way(
        self, function: FunctionInfo, cases: CaseFile, gateway: str, engine: ParityEngine
    ) -> Way:
        """Give how many sessions are compared: where, and what remembers how far it came.

        Raises:
            UsageError: if the engine is not there.
        """
        evidence = evidence_of(self._settings, self._bundler, function)
        told = json.dumps([evidence, cases.digest, gateway, VERSION], sort_keys=True)
        key = hashlib.sha256(told.encode()).hexdigest()
        journal = FileJournal(self._folder / f"{function.name}.journal", key)
        return Way(journal, pool_of(Job(self._settings, function, gateway), engine))

    def runs(self) -> dict[str, dict[str, object]]:
        """Give the last result of each function, as it was recorded."""
        return recorded(self._settings)

    def doubts(self, function: FunctionInfo) -> tuple[str, ...]:
        """Say what speaks against giving traffic to a function, in words for the user."""
        last = self.runs().get(function.name)
        if not last:
            return ("parity was not checked: run `unlith parity`",)
        doubts = []
        if last.get("verdict") != "same":
            doubts.append(f"the last parity run said: {last.get('verdict')}")
        made_with = last.get("evidence")
        now = evidence_of(self._settings, self._bundler, function)
        changed = stale(made_with if isinstance(made_with, Mapping) else {}, now)
        if changed:
            words = ", ".join(changed)
            doubts.append(f"the last parity run was with {words}: run `unlith parity` again")
        return tuple(doubts)


def recorded(settings: Settings) -> dict[str, dict[str, object]]:
    """Give the last result of each function of a workspace, as it was recorded."""
    runs = {}
    for record in sorted((settings.work / "parity").glob("*.json")):
        with contextlib.suppress(OSError, ValueError):
            runs[record.stem] = json.loads(record.read_text("utf-8"))
    return runs


def write_reports(
    results: Sequence[ParityResult],
    when: str,
    *,
    junit: Path | None = None,
    html: Path | None = None,
    tests: Path | None = None,
) -> tuple[Path, ...]:
    """Write what was asked for; give the files that a person opens.

    Raises:
        OutsideError: if the disk says no.
    """
    written: list[Path] = []
    try:
        if junit is not None:
            _write(junit, to_junit(results, when))
            written.append(junit)
        if html is not None:
            written.append(write_pages(results, html, when))
        if tests is not None:
            written += _write_tests(results, tests)
    except OSError as error:
        raise OutsideError("disk", "write", type(error).__name__, str(error)) from None
    return tuple(written)


# Private


def _write_tests(results: Iterable[ParityResult], folder: Path) -> list[Path]:
    written = []
    for result in results:
        cases: dict[str, str] = {}
        for one in result.differences:
            name = f"{one.path}_{one.kind}"
            cases.setdefault(
                as_test(result.function, one.sent, has_secrets=True),
                as_test(result.function, one.sent, name=name, has_secrets=True),
            )
        if cases:
            title = f'"""Differences that `unlith parity` found in {result.function}."""'
            file = folder / f"test_parity_{result.function}.py"
            _write(file, "\n\n\n".join([title, *_numbered(cases.values())]).encode() + b"\n")
            written.append(file)
    return written


def _numbered(cases: Iterable[str]) -> list[str]:
    """Give each test a name of its own."""
    seen: dict[str, int] = {}
    named = []
    for text in cases:
        head, _, rest = text.partition("(")
        seen[head] = seen.get(head, 0) + 1
        named.append(f"{head}_{seen[head]}({rest}" if seen[head] > 1 else text)
    return named


def _write(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    aside = file.with_name(f".{file.name}.{os.getpid()}")
    aside.write_bytes(content)
    aside.replace(file)
