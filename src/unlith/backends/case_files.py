"""The sessions that functions are compared over: written cases, and what tapes reach of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from unlith.domain.cases import CaseFile
from unlith.domain.function import FunctionInfo
from unlith.domain.rule_match import RuleMatcher
from unlith.domain.survey import Survey
from unlith.domain.tape import TapedExchange
from unlith.errors import UsageError
from unlith.files.parity_toml import read_cases
from unlith.files.settings import Settings
from unlith.files.tape_sessions import TapeSessions, Together
from unlith.ports import Reporter


class CaseFiles:
    """Gives the sessions of functions of a workspace."""

    def __init__(
        self, settings: Settings, survey: Callable[[], Survey], reporter: Reporter
    ) -> None:
        self._settings, self._survey, self._reporter = settings, survey, reporter
        self._folder = settings.root / settings.parity.cases

    def written(self, functions: Sequence[FunctionInfo]) -> list[tuple[FunctionInfo, CaseFile]]:
        """Give each function's written cases.

        Raises:
            UsageError: if one has none.
            ConfigError: with the mistakes of all files at once.
        """
        for function in functions:
            if not self._file(function).is_file():
                raise self._none(function)
        cases = read_cases([self._file(f) for f in functions], self._settings.root)
        return list(zip(functions, cases, strict=True))

    def taped(
        self, functions: Sequence[FunctionInfo], tapes: Sequence[Path], *, all_named: bool
    ) -> list[tuple[FunctionInfo, CaseFile]]:
        """Give each function's written cases, if there are, and the sessions that reach it.

        Functions that no tape reaches are left out, unless they were *named*.

        Raises:
            UsageError: if nothing is left, or a tape cannot be read.
            ConfigError: if a tape is malformed.
        """
        found = list(self._reached(functions, tapes, all_named=all_named))
        if not found:
            raise UsageError(
                f"no request of {', '.join(tape.name for tape in tapes)} reaches a function",
                hint=f"what it asks for: unlith tape show {tapes[0]}",
            )
        return found

    # Private

    def _reached(
        self, functions: Sequence[FunctionInfo], tapes: Sequence[Path], *, all_named: bool
    ) -> Iterator[tuple[FunctionInfo, CaseFile]]:
        rules = self._survey().rules
        for function in functions:
            own = {route.rule for route in function.routes}
            matcher = RuleMatcher(rule for rule in rules if rule.rule in own)

            def wanted(exchange: TapedExchange, matcher: RuleMatcher = matcher) -> bool:
                return bool(matcher.rules(exchange.request.target))

            parts = [TapeSessions(tape, wanted) for tape in tapes]
            count = sum(map(len, parts))
            is_written = self._file(function).is_file()
            if not count and not (all_named and is_written):
                if all_named:
                    raise self._none(function)
                self._reporter.step(f"no session of the tape reaches {function.name}")
                continue
            self._reporter.step(f"{count} sessions of the tape reach {function.name}")
            cases = self.written([function])[0][1] if is_written else None
            sessions = Together([*([cases.sessions] if cases else []), *parts])
            digests = " ".join([cases.digest if cases else "", *(part.digest for part in parts)])
            digest = hashlib.sha256(digests.encode()).hexdigest()
            names = ", ".join([*([cases.file] if cases else []), *(str(tape) for tape in tapes)])
            yield function, CaseFile(function.name, names, sessions, digest)

    def _file(self, function: FunctionInfo) -> Path:
        return self._folder / f"{function.name}.toml"

    def _none(self, function: FunctionInfo) -> UsageError:
        return UsageError(
            f"no parity cases for {function.name}",
            hint=f"write some to {self._settings.parity.cases}/{function.name}.toml, or give "
            "recorded requests with --tape",
        )
