"""``unlith record``."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import click

from unlith.backends.local.tap import Plain, Tap
from unlith.backends.tape_desk import workspace_key
from unlith.cli.common import folder, json_option, workspace
from unlith.cli.output import TerminalReporter, say
from unlith.domain.gateways import GATEWAYS
from unlith.errors import UsageError
from unlith.files.tape import is_tape
from unlith_record.lines import Lines
from unlith_record.recorder import Taping
from unlith_record.redact import Redactor

IGNORED = ".tape.jsonl"


@click.command(epilog="Example: unlith record shop.tape.jsonl --port 8000")
@click.argument("tape", type=click.Path(path_type=Path), default=Path(f"recorded{IGNORED}"))
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True)
@click.option(
    "--gateway",
    type=click.Choice(sorted(GATEWAYS)),
    default="http-v2",
    show_default=True,
    help="Whose events and answers to emulate.",
)
@click.option(
    "--share",
    type=click.FloatRange(0, 100),
    default=100.0,
    show_default=True,
    help="How many percent of the clients to record, each with all it asks.",
)
@click.option(
    "--private",
    multiple=True,
    metavar="PATH",
    help="What else is private in JSON, forms and queries: /user/*/name. Repeatable.",
)
@click.option(
    "--plain",
    is_flag=True,
    help="Keep values as they were sent, passwords too: for local data that are nobody's.",
)
@json_option
def record(
    *,
    tape: Path,
    port: int,
    gateway: str,
    share: float,
    private: tuple[str, ...],
    plain: bool,
    as_json: bool,
) -> None:
    """Serve the app as `unlith run` does, and put what it is asked on TAPE.

    Ctrl-C ends it; a tape that is there goes on. Passwords, tokens, cookies, mail addresses and
    card numbers become pseudonyms before they are written: a replay can log in as whoever
    registered on the tape, and as nobody else; see --plain. To record a server of your own, put
    unlith_record.recorder.Recorder around the app; to record your tests, use
    `pytest --unlith-record=FILE`.
    """
    here = workspace()
    kind = Plain if plain else Redactor
    redactor = kind(workspace_key(here.settings.work), (*here.settings.private, *private))
    taping = _taping(folder() / tape, Lines(redactor, share))
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, signal.default_int_handler)
    try:
        with here.serve(port, gateway, tap=Tap(taping)) as server:
            if as_json:
                say(json.dumps({"url": server.url, "gateway": gateway, "tape": str(tape)}))
            else:
                say(f"recording {here.survey().target} on {tape}: {server.url}/  (Ctrl-C ends it)")
            server.serve()
    except KeyboardInterrupt:
        pass
    finally:
        counts = taping.close()
    if as_json:
        say(json.dumps(vars(counts)))
        return
    say(
        f"{counts.taped} requests on {tape}; {counts.skipped} not in the sample, {counts.dropped} "
        f"dropped, {counts.failed} failed. Next: unlith parity --tape {tape}"
    )


# Private


def _taping(file: Path, lines: Lines) -> Taping:
    if file.exists() and not is_tape(file):
        raise UsageError(f"{file} is there already and is no tape", hint="name another file")
    if not file.name.endswith(IGNORED):
        TerminalReporter().warn(f"{file.name} does not end in {IGNORED}: is it ignored by git?")
    try:
        return Taping(lines, str(file))
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}") from None
