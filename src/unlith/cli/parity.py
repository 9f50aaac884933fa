"""``unlith parity``."""

from __future__ import annotations

import click

from unlith.cli.common import json_option, workspace
from unlith.cli.output import emit_json, say
from unlith.domain.gateways import GATEWAYS
from unlith.domain.verdict import ParityResult


@click.command(epilog="Example: unlith parity order_total_get")
@click.argument("functions", metavar="[FUNCTION]...", nargs=-1)
@click.option(
    "--gateway",
    type=click.Choice(sorted(GATEWAYS)),
    default="http-v2",
    show_default=True,
    help="Whose events the requests become.",
)
@click.option("--no-probes", is_flag=True, help="Send the written cases only.")
@click.option("--no-coverage", is_flag=True, help="Do not measure which branches ran.")
@json_option
@click.pass_context
def parity(
    context: click.Context,
    functions: tuple[str, ...],
    gateway: str,
    no_probes: bool,
    no_coverage: bool,
    as_json: bool,
) -> None:
    """Send the same requests in the same state to both sides and compare all they do.

    Compared are status, headers, cookies, body, and what was written to the state that the
    settings name. Requests are the cases in tests/parity/FUNCTION.toml and probes derived from
    them. Exits with 0 for the same, 1 for different, 3 for not comparable.
    """
    results = workspace().parity(
        functions, gateway=gateway, with_probes=not no_probes, with_coverage=not no_coverage
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
    context.exit(code)


# Private


def _show(result: ParityResult) -> None:
    say(
        f"{result.function}: {result.verdict}: {len(result.differences)} differences in "
        f"{result.exchanges} exchanges ({result.served} by the function), "
        f"{result.sessions} sessions and {result.probes} probes"
    )
    say(f"  {result.bound}")
    for difference in result.differences:
        say(f"\n  {difference.kind} at {difference.path}, {difference.count} times, first in")
        say(f'  request {difference.step} of "{difference.session}": {difference.request}')
        say(f"    monolith: {difference.control}")
        say(f"    function: {difference.candidate}")
        say("    " + difference.curl.replace("\n", "\n    "))
    for reason in result.reasons:
        say(f"  not comparable: {reason}")
    for name, count in sorted(result.tolerated.items()):
        say(f"  tolerated {count} times: {name}")
    if result.noisy:
        say(f"  noisy, compared by form: {', '.join(result.noisy)}")
    say(f"  not compared: {', '.join(result.not_compared)}")
