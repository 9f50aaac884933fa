"""pytest's hooks around a suite's tape; imported only when ``--unlith-record`` is given."""

from __future__ import annotations

import pytest

from unlith.backends.suite_tape import SuiteTape


def register(config: pytest.Config) -> None:
    """Begin to record, and end with the run.

    Raises:
        UsageError: if the tape cannot be written.
    """
    name = str(config.getoption("--unlith-record"))
    is_redacted = bool(config.getoption("--unlith-record-redact"))
    tape = SuiteTape(config.invocation_params.dir / name, is_redacted=is_redacted)
    tape.start()
    config.pluginmanager.register(_Hooks(tape, name, is_redacted=is_redacted), "unlith-record")


# Private


class _Hooks:
    def __init__(self, tape: SuiteTape, name: str, *, is_redacted: bool) -> None:
        self._tape, self._name, self._is_redacted = tape, name, is_redacted

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what is on the tape."""
        tape = self._tape
        tape.stop()
        kept = "redacted" if self._is_redacted else "values as the tests wrote them"
        terminalreporter.write_line(
            f"unlith: {tape.exchanges} requests in {tape.sessions} sessions on {self._name}"
            f" ({kept})"
        )
        if tape.left_out:
            terminalreporter.write_line(f"unlith: {tape.left_out} left out: bodies above 8 MB")
        if not tape.exchanges:
            terminalreporter.write_line("unlith: no test used a test client of Flask's")

    def pytest_unconfigure(self) -> None:
        """End where there was no summary."""
        self._tape.stop()
