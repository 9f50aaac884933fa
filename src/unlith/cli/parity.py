"""``unlith parity``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from unlith.backends.parity_page import by_reproduction
from unlith.backends.parity_pool import ParityEngine
from unlith.backends.parity_records import write_reports
from unlith.cli.common import json_option, workspace
from unlith.cli.output import emit_json, printable, say
from unlith.domain.gateways import GATEWAYS
from unlith.domain.verdict import FoundDifference, ParityResult

GAPS = 6
"""How many lines and branches that never ran are shown; the reports name all."""


@click.command(epilog="Example: unlith parity order_total_get --html parity")
@click.argument("functions", metavar="[FUNCTION]...", nargs=-1)
@click.option(
    "--gateway",
    type=click.Choice(sorted(GATEWAYS)),
    default="http-v2",
    show_default=True,
    help="Whose events the requests become.",
)
@click.option(
    "--tape",
    "tapes",
    type=click.Path(path_type=Path),
    metavar="FILE",
    multiple=True,
    help="Replay recorded sessions too, for the functions they reach. Repeatable.",
)
@click.option("--no-probes", is_flag=True, help="Send the written cases only.")
@click.option("--no-coverage", is_flag=True, help="Do not measure which branches ran.")
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="Processes that compare the sessions of a long tape.",
)
@click.option(
    "--engine",
    type=click.Choice(["local", "dask"]),
    default="local",
    show_default=True,
    help="Whose processes: this machine's, or a Dask cluster's (unlith[scale]).",
)
@click.option("--scheduler", metavar="ADDRESS", default="", help="A Dask scheduler that runs.")
@click.option("--junit", type=click.Path(path_type=Path, dir_okay=False), help="Write JUnit XML.")
@click.option("--html", type=click.Path(path_type=Path, file_okay=False), help="Write pages.")
@click.option(
    "--write-tests",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write a pytest case for each difference; with the secrets that the cases hold.",
)
@json_option
@click.pass_context
def parity(
    context: click.Context,
    /,
    functions: tuple[str, ...],
    gateway: str,
    tapes: tuple[Path, ...],
    no_probes: bool,
    no_coverage: bool,
    as_json: bool,
    **more: Any,
) -> None:
    """Send the same requests in the same state to both sides and compare all they do.

    Compared are status, headers, cookies, body, and what was written to the state that the
    settings name. Requests are the cases in tests/parity/FUNCTION.toml, the sessions of a tape
    (see unlith tape --help), and probes derived from them. A run of many sessions that was
    stopped with Ctrl-C goes on where it was when it is started again. Exits with 0 for
    the same, 1 for different, 3 for not comparable.
    """
    here = workspace()
    results = here.parity(
        functions,
        gateway=gateway,
        with_probes=not no_probes,
        with_coverage=not no_coverage,
        tapes=tapes,
        engine=ParityEngine(more["engine"], more["workers"], more["scheduler"]),
    )
    written = write_reports(
        results,
        here.clock.now(),
        junit=more["junit"],
        html=more["html"],
        tests=more["write_tests"],
    )
    code = max((result.exit_code for result in results), default=0)
    if any(result.exit_code == 1 for result in results):
        code = 1
    if as_json:
        emit_json({"functions": [result.as_dict() for result in results]})
    else:
        for result in results:
            _show(result)
        if not results:
            say("no function in extracted/: unlith extract ROUTE")
    for file in written:
        here.reporter.step(f"wrote {file}")
    context.exit(code)


# Private


def _show(result: ParityResult) -> None:
    say(
        f"{result.function}: {result.verdict}: {len(result.differences)} differences in "
        f"{result.exchanges} exchanges ({result.served} by the function), "
        f"{result.sessions} sessions and {result.probes} probes"
    )
    say(f"  {result.bound}")
    for group in by_reproduction(result):
        _show_group(group)
    for reason in result.reasons:
        say(f"  not comparable: {reason}")
    _show_coverage(result)
    for name, count in sorted(result.tolerated.items()):
        say(f"  tolerated {count} times: {name}")
    if result.noisy:
        say(f"  noisy, compared by form: {', '.join(result.noisy)}")
    for missing in result.not_tried:
        say(f"  not tried {missing}")
    if result.recorded:
        other = "" if result.as_recorded == result.recorded else "; the others met another state"
        say(
            f"  as recorded: {result.as_recorded} of {result.recorded} answers have the status "
            f"of the recording{other}"
        )
    say(f"  not compared: {', '.join(result.not_compared)}")


def _show_group(group: list[FoundDifference]) -> None:
    say(f"\n  {printable(group[0].request)}")
    for one in group:
        say(printable(f"    {one.kind} at {one.path}, {one.count} times"))
        say(printable(f"      monolith: {one.control}"))
        say(printable(f"      function: {one.candidate}"))
    say("    shown by:\n      " + printable(group[0].curl).replace("\n", "\n      ") + "\n")


def _show_coverage(result: ParityResult) -> None:
    coverage = result.coverage
    if coverage.reason:
        say(f"  {coverage.words()}")
    for side in coverage.sides:
        say(f"  ran on the {side}")
    gaps = coverage.gaps
    for gap in gaps[:GAPS]:
        say(f"    {gap}")
    if len(gaps) > GAPS:
        say(f"    and {len(gaps) - GAPS} more: --html and --json name all")
    if gaps and not result.exit_code:
        say("  same so far: what never ran was not compared")
