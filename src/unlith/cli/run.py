"""``unlith run``."""

from __future__ import annotations

import json
import signal

import click

from unlith.cli.common import json_option, workspace
from unlith.cli.output import say
from unlith.domain.gateways import GATEWAYS


@click.command(epilog="Example: unlith run --port 8000 --debug-headers")
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True)
@click.option(
    "--gateway",
    type=click.Choice(sorted(GATEWAYS)),
    default="http-v2",
    show_default=True,
    help="Whose events and answers to emulate.",
)
@click.option("--debug-headers", is_flag=True, help="Say in each answer which side gave it.")
@json_option
def run(port: int, gateway: str, debug_headers: bool, as_json: bool) -> None:
    """Serve the whole app and its functions behind Lambda events on a loopback port.

    Each request becomes the event that a gateway would send; the routing table says who answers
    it, and a changed table counts from the next request on. Ctrl-C ends everything. Not done
    yet: AWS services, AWS's own runtime client, memory limits, reloading of changed code.
    """
    here = workspace()
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, signal.default_int_handler)
    with here.serve(port, gateway, is_debugging=debug_headers) as server:
        if as_json:
            say(json.dumps({"url": server.url, "gateway": gateway, "app": here.survey().target}))
        else:
            say(f"{here.survey().target} behind {gateway} events: {server.url}/  (Ctrl-C ends it)")
        try:
            server.serve()
        except KeyboardInterrupt:
            click.echo("ended", err=True)
