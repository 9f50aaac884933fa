"""The command line: options in, one use case, exit code out. No logic of its own.

Exit codes: 0 done or yes; 1 the answer is no; 2 you (usage, settings); 3 the world.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from unlith import __version__
from unlith.cli import (
    deploy,
    explain,
    extract,
    iam,
    init,
    parity,
    record,
    report,
    route,
    run,
    survey,
    tape,
)
from unlith.cli.output import show_error
from unlith.errors import UnlithError, UsageError

EPILOG = "Exit codes: 0 done or yes; 1 the answer is no; 2 you (usage, settings); 3 the world."


@click.group(epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="unlith")
@click.option(
    "-C",
    "--root",
    default=".",
    metavar="DIR",
    help="Work as if started in DIR.",
    show_default=True,
)
@click.option("--debug", is_flag=True, help="Show tracebacks.")
@click.pass_context
def cli(context: click.Context, root: str, debug: bool) -> None:
    """Move a Flask monolith to AWS Lambda, then take it apart one route at a time."""
    context.obj = {"root": root, "debug": debug}


for command in (
    init.init,
    survey.survey,
    run.run,
    extract.extract,
    parity.parity,
    record.record,
    tape.tape,
    route.route,
    explain.explain,
    deploy.deploy,
    deploy.destroy,
    iam.iam,
    route.status,
    route.rollback,
    report.report,
):
    cli.add_command(command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in given
    # --debug may stand anywhere, as people add it to the end of the line that failed.
    given = (["--debug"] if debug else []) + [word for word in given if word != "--debug"]
    as_json = "--json" in given
    try:
        code = cli.main(given, prog_name="unlith", standalone_mode=False)
    except UnlithError as error:
        show_error(error, debug=debug, as_json=as_json)
        code = error.exit_code
    except click.ClickException as error:
        misused = UsageError(error.format_message(), hint=_help_hint(error))
        show_error(misused, debug=debug, as_json=as_json)
        code = 2
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        code = 130
    except Exception as error:  # the one place: a defect of unlith, said in words
        said = UnlithError(
            f"unlith itself failed: {type(error).__name__}: {error}",
            hint="this is a defect of unlith; `--debug` shows where, please report it",
        )
        said.__traceback__ = error.__traceback__
        show_error(said, debug=debug, as_json=as_json)
        code = 3
    sys.exit(code if isinstance(code, int) else 0)


def _help_hint(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    return f"{context.command_path} --help" if context is not None else "unlith --help"
