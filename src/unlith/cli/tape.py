"""``unlith tape import`` and ``unlith tape show``."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click

from unlith.backends.tape_desk import Asked, Summary, import_files, summary, workspace_key
from unlith.cli.common import folder, json_option, workspace
from unlith.cli.output import TerminalReporter, emit_json, printable, say, table
from unlith.domain.rule_match import RuleMatcher
from unlith.errors import UnlithError, UsageError
from unlith.files.importers.detect import READERS
from unlith.files.settings import Settings, find_root, read_settings
from unlith_record.redact import Redactor

SHOWN = 40
FILE = click.Path(path_type=Path)


@click.group(
    "tape",
    epilog="Example: unlith tape import session.har --out shop.tape.jsonl, then unlith tape show "
    "shop.tape.jsonl and unlith parity --tape shop.tape.jsonl. Each command has --json.",
)
def tape() -> None:
    """Recorded requests: bring them in from other tools, and look at them.

    A tape is a file of JSON lines, one exchange each, with what is private replaced. They come
    from `unlith record`, from `pytest --unlith-record=FILE`, from the middleware
    unlith_record.recorder.Recorder, or from `unlith tape import`.
    """


@tape.command("import", epilog="Example: unlith tape import browser.har access.log --host shop.de")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=FILE)
@click.option(
    "-o",
    "--out",
    type=FILE,
    default=Path("imported.tape.jsonl"),
    show_default=True,
    help="The tape to write; one that is there is replaced.",
)
@click.option(
    "--format",
    "kind",
    type=click.Choice(sorted(READERS)),
    help="The files' format; found out by what they hold otherwise.",
)
@click.option(
    "--host",
    "hosts",
    multiple=True,
    help="Take what was sent to this host. Repeatable. Otherwise the first host of each file.",
)
@click.option("--strip", default="", metavar="PREFIX", help="Take this off the paths: /v1.")
@click.option(
    "--private",
    multiple=True,
    metavar="PATH",
    help="What else is private in JSON, forms and queries: /user/*/name. Repeatable.",
)
@json_option
def import_(
    files: tuple[Path, ...],
    out: Path,
    kind: str | None,
    hosts: tuple[str, ...],
    strip: str,
    private: tuple[str, ...],
    as_json: bool,
) -> None:
    """Make one tape of HAR, Postman, OpenAPI 3 and vcrpy files and access logs.

    Of access logs (nginx, Apache, ALB, API Gateway, plain or gzip) only GETs and HEADs are taken,
    as they hold no bodies. Passwords, tokens, cookies, mail addresses and card numbers become
    pseudonyms. Only path and query are kept, never a host: nothing is ever sent there.
    """
    at = folder()
    settings = _settings()
    redactor = Redactor(
        workspace_key(settings.work if settings else None),
        (*(settings.private if settings else ()), *private),
    )
    if strip and not strip.startswith("/"):
        raise click.UsageError("--strip is a path: /v1")
    asked = Asked(kind or "", hosts, strip)
    done = import_files([at / file for file in files], at / out, asked, redactor)
    if as_json:
        emit_json({"tape": str(out), "files": [dataclasses.asdict(one) for one in done]})
        return
    for one in done:
        of_host = f" of {one.host}" if one.host else ""
        say(
            f"{one.file}: {one.format}, {one.exchanges} requests{of_host} "
            f"in {one.sessions} sessions"
        )
        for reason, count in sorted(one.left_out.items()):
            say(f"  left out {count}: {printable(reason)}")
    say(f"\nwrote {out}. Next: unlith parity --tape {out}")


@tape.command("show", epilog="Example: unlith tape show recorded.tape.jsonl")
@click.argument("file", type=FILE)
@json_option
def show(file: Path, as_json: bool) -> None:
    """Say what is on a tape: routes, methods, statuses, sessions, sizes.

    In a workspace routes are told by the app's rules, and with them which functions the tape
    reaches; elsewhere by address, numbers and long ids left out.
    """
    matcher, functions = _rules()
    found = summary(folder() / file, matcher, functions)
    if as_json:
        emit_json(vars(found))
        return
    _show(found)


# Private


def _settings() -> Settings | None:
    try:
        root = find_root(folder())
    except UsageError:
        return None
    return read_settings(root)


def _rules() -> tuple[RuleMatcher | None, list[tuple[str, RuleMatcher]]]:
    if _settings() is None:
        return None, []
    here = workspace()
    try:
        rules = here.survey().rules
        functions = here.functions()
    except UnlithError as error:
        TerminalReporter().warn(f"routes are not known: {error.message}")
        return None, []
    of_functions = [
        (one.name, RuleMatcher(r for r in rules if r.rule in {route.rule for route in one.routes}))
        for one in functions
    ]
    return RuleMatcher(rules), of_functions


def _show(found: Summary) -> None:
    say(
        f"{found.file}: {found.exchanges} requests in {found.sessions} sessions (the longest has "
        f"{found.largest_session}), {found.body_bytes:,} bytes of bodies"
    )
    for title, counts in (
        ("methods", found.methods),
        ("statuses", found.statuses),
        ("sources", found.sources),
    ):
        say(f"{title}: {', '.join(f'{name} {n}' for name, n in counts.most_common(12))}")
    table(["requests", "route"], [(str(n), r) for r, n in found.routes.most_common(SHOWN)])
    if len(found.routes) > SHOWN:
        say(f"and {len(found.routes) - SHOWN} more: --json has them all")
    for name, sessions in found.functions.items():
        say(f"reaches {name} in {sessions} sessions")
    for note, count in found.notes.most_common(5):
        say(f"noted {count} times: {printable(note)}")
