"""Makes tapes of other tools' recordings, and says what is on a tape."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from unlith.domain.rule_match import RuleMatcher
from unlith.domain.tape import TapedExchange
from unlith.errors import NothingToReplay, UsageError
from unlith.files.importers.detect import format_of, found_in
from unlith.files.importers.found import Found
from unlith.files.importers.source import Source
from unlith.files.tape import TapeWriter, exchanges, is_tape, line_of, redacted
from unlith_record.redact import Redactor

PLACES = 2_000
"""How many different routes or addresses are told apart."""

_METHOD = re.compile(r"[A-Za-z]{1,20}")
_VARIES = re.compile(r"/(?:\d+|[0-9a-fA-F-]{16,}|[^/?]*@[^/?]*)(?=[/?]|$)")


@dataclass(frozen=True, slots=True)
class Asked:
    """What to import: the format (empty: found out), hosts (empty: the first), path to strip."""

    kind: str = ""
    hosts: tuple[str, ...] = ()
    strip: str = ""


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of one file; ``left_out`` counts by reason."""

    file: str
    format: str
    host: str
    exchanges: int
    sessions: int
    left_out: dict[str, int] = field(default_factory=dict)


@dataclass
class Summary:
    """What is on a tape."""

    file: str
    exchanges: int = 0
    sessions: int = 0
    body_bytes: int = 0
    largest_session: int = 0
    methods: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    sources: Counter[str] = field(default_factory=Counter)
    routes: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)
    functions: dict[str, int] = field(default_factory=dict)


def workspace_key(work: Path | None) -> bytes:
    """Give the key of a workspace's pseudonyms, made when first needed; a passing one without.

    Raises:
        UsageError: if it cannot be kept.
    """
    if work is None:
        return os.urandom(32)
    file = work / "tape.key"
    try:
        if file.is_file() and file.stat().st_size >= 32:
            return file.read_bytes()
        work.mkdir(parents=True, exist_ok=True)
        number = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(number, "wb") as out:
            key = os.urandom(32)
            out.write(key)
    except OSError as error:
        raise UsageError(f"{file} cannot be kept: {error.strerror}") from None
    return key


def import_files(
    files: Sequence[Path], out: Path, asked: Asked, redactor: Redactor
) -> tuple[Imported, ...]:
    """Write recordings of other tools to one tape, redacted; all of them or nothing.

    Raises:
        UsageError: if a file cannot be read, or *out* is there and is no tape.
        NothingToReplay: if not one request is left.
        ConfigError: if one is malformed: file and line.
    """
    if out.exists() and not is_tape(out):
        raise UsageError(f"{out} is there already and is no tape", hint="name another with --out")
    part = out.with_name(f"{out.name}.part")
    try:
        with TapeWriter(part) as writer:
            done = tuple(_import(file, writer, asked, redactor) for file in files)
        if not any(one.exchanges for one in done):
            reasons = [
                f"  {one.file}: {why}: {n}" for one in done for why, n in one.left_out.items()
            ]
            raise NothingToReplay(
                f"nothing to replay in {', '.join(one.file for one in done)}",
                detail="\n".join(reasons[:20]),
            )
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    return done


def summary(
    tape: Path, matcher: RuleMatcher | None, functions: Sequence[tuple[str, RuleMatcher]] = ()
) -> Summary:
    """Say what is on a tape; routes by the app's rules where they are known, else by address.

    Raises:
        UsageError: if it cannot be read.
        ConfigError: if it is malformed.
    """
    made = Summary(tape.name)
    sizes: Counter[str] = Counter()
    reached: dict[str, set[str]] = {name: set() for name, _ in functions}
    place = _place(matcher)
    for one in exchanges(tape):
        made.exchanges += 1
        sizes[one.session] += 1
        made.body_bytes += len(one.request.body)
        made.methods[one.request.method] += 1
        made.statuses[str(one.answer.status or one.answer.error or "not known")] += 1
        made.sources[one.source or "recorder"] += 1
        made.notes.update(note for note in one.notes if not note.startswith("request: "))
        key = place(one)
        made.routes[key if key in made.routes or len(made.routes) < PLACES else "others"] += 1
        for name, own in functions:
            if own.rules(one.request.target):
                reached[name].add(one.session)
    made.sessions = len(sizes)
    made.largest_session = max(sizes.values(), default=0)
    made.functions = {name: len(sessions) for name, sessions in reached.items()}
    return made


# Private


def _import(file: Path, writer: TapeWriter, asked: Asked, redactor: Redactor) -> Imported:
    source = Source(file)
    kind = asked.kind or format_of(source)
    found: Iterable[Found] = found_in(source, kind)
    hosts = {_bare(host) for host in asked.hosts}
    if kind != "log":
        found = list(found)
        hosts = hosts or _first_host(found)
    sessions: set[str] = set()
    others: Counter[str] = Counter()
    before = writer.written
    for host, exchange in found:
        stripped = _stripped(exchange, asked.strip)
        if host and hosts and _bare(host) not in hosts:
            others[_bare(host)] += 1
        elif not _METHOD.fullmatch(exchange.request.method):
            source.leave_out("a method that HTTP does not have")
        elif stripped is None:
            source.leave_out(f"not below {asked.strip}")
        else:
            if kind == "log":  # an address is a person's
                session = f"{source.name}, client {redactor.mark(exchange.session)}"
                stripped = replace(stripped, session=session)
            sessions.add(stripped.session)
            writer.add(line_of(redacted(stripped, redactor)))
    if others:
        most = ", ".join(host for host, _ in others.most_common(3))
        source.left_out[f"other hosts, most to {most} (--host takes them)"] = others.total()
    taken = writer.written - before
    names = ", ".join(sorted(hosts))
    return Imported(source.name, kind, names, taken, len(sessions), source.left_out)


def _first_host(found: Iterable[Found]) -> set[str]:
    """Give the host that answered first with more than a redirection elsewhere."""
    named = [(host, one.answer.status) for host, one in found if host]
    for host, status in named:
        if not 300 <= status < 400:
            return {_bare(host)}
    return {_bare(host) for host, _ in named[:1]}


def _bare(host: str) -> str:
    return re.sub(r":(80|443)\Z", "", host.strip().lower())


def _stripped(exchange: TapedExchange, prefix: str) -> TapedExchange | None:
    prefix = prefix.rstrip("/")
    if not prefix:
        return exchange
    path, mark, query = exchange.request.target.partition("?")
    if path != prefix and not path.startswith(f"{prefix}/"):
        return None
    target = (path.removeprefix(prefix) or "/") + mark + query
    return replace(exchange, request=replace(exchange.request, target=target))


def _place(matcher: RuleMatcher | None) -> Callable[[TapedExchange], str]:
    def by_rule(one: TapedExchange) -> str:
        route = matcher.route(one.request.method, one.request.target) if matcher else ""
        return route or by_address(one) + (" (no rule)" if matcher else "")

    def by_address(one: TapedExchange) -> str:
        path = _VARIES.sub("/*", _VARIES.sub("/*", one.request.path))
        return f"{one.request.method} {path[:200]}"

    return by_rule
