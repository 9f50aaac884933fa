"""Tapes are outside text: what is well formed is read in a stream, what is not is named."""

from __future__ import annotations

import json
import stat
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from tape.conftest import line
from unlith.domain.cases import Cookies, Encoding
from unlith.domain.cookies import CookieJar
from unlith.errors import ConfigError, UsageError
from unlith.files import tape as tape_file
from unlith.files.tape import TapeWriter, exchanges, schema
from unlith.files.tape_sessions import TapeSessions

ROOT = Path(__file__).parents[2]
TapeOf = Callable[..., Path]


def test_interleaved_sessions_are_put_in_order(tape_of: TapeOf) -> None:
    file = tape_of(
        line("a", target="/1", name="ann"),
        line("b", target="/2"),
        line("a", target="/3"),
        "",
        line("b", target="/4"),
    )

    sessions = TapeSessions(file)

    assert [[r.target for r in s.requests] for s in sessions] == [["/1", "/3"], ["/2", "/4"]]
    assert [s.name for s in sessions] == ["ann", "b"]
    assert (len(sessions), sessions.exchanges) == (2, 4)


def test_only_wanted_sessions_are_kept_whole(tape_of: TapeOf) -> None:
    file = tape_of(line("a", target="/1"), line("b", target="/2"), line("a", target="/x"))

    sessions = TapeSessions(file, lambda exchange: exchange.request.target == "/x")

    assert [[r.target for r in s.requests] for s in sessions] == [["/1", "/x"]]


def test_a_request_is_sent_as_it_was_recorded(tape_of: TapeOf) -> None:
    """Braces mean nothing in a recorded request, and bytes stay bytes."""
    multipart = '--B\r\nContent-Disposition: form-data; name="{{a}}"\r\n\r\n{{b}}\r\n--B--\r\n'
    kind = ["Content-Type", "multipart/form-data; boundary=B"]
    length = ["Content-Length", "9"]
    file = tape_of(
        line(method="POST", target="/{{x}}?q={{y}}", headers=[kind, length], body=multipart),
        line(method="PUT", body_base64="AP/+"),
        line(method="POST", body='{"a": "{{b}}"}', headers=[["Content-Type", "application/json"]]),
    )

    first, second, third = TapeSessions(file)[0].requests
    sent = first.filled({}, CookieJar())

    assert sent.target == "/{{x}}?q={{y}}"
    assert sent.body == multipart.encode()
    assert sent.header("content-length") == str(len(multipart))
    assert sent.header("host") == "localhost"
    assert second.filled({}, CookieJar()).body == b"\x00\xff\xfe"
    assert third.encoding is Encoding.JSON
    assert third.filled({}, CookieJar()).body == b'{"a": "{{b}}"}'


def test_cookies_that_answers_set_are_the_replays_own_and_others_are_sent(tape_of: TapeOf) -> None:
    file = tape_of(
        line(headers=[["Cookie", "theme=dark"]], answer={"status": 200, "cookies": ["session"]}),
        line(headers=[["Cookie", "session=old; theme=dark"]]),
        line(headers=[["Cookie", "session=old"]]),
        line(),
    )
    jar = CookieJar()
    jar.take(["session=new; Path=/"], "/")

    requests = TapeSessions(file)[0].requests
    sent = [request.filled({}, jar).header("cookie") for request in requests]

    assert sent[:3] == ["session=new; theme=dark", "session=new; theme=dark", "session=new"]
    assert requests[3].cookies is Cookies.DROP


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (b"{not json", "Invalid JSON"),
        (b"[" * 100_000, "ecursion"),
        (b'{"tape": 1, "session": "s", "request": {"a":' + b'{"a":' * 100_000, "ecursion"),
        (line(target="http://evil.example/x").encode(), "request.target"),
        (line(target="//evil.example/x y").encode(), "request.target"),
        (line(target="/x\r\nHost: evil").encode(), "request.target"),
        (line(target="x").encode(), "request.target"),
        (line(method="GET /x HTTP/1.1\r\n").encode(), "request.method"),
        (line(headers=[["A", "b\r\nC: d"]]).encode(), "request.headers.0.1"),
        (line(headers=[["A b", "c"]]).encode(), "request.headers.0.0"),
        (line(body="a", body_base64="YQ==").encode(), "only one of"),
        (line(body_base64="no base64!").encode(), "request.body_base64"),
        (line().replace('"tape": 1', '"tape": 2').encode(), "tape"),
        (line().replace('"session"', '"sessions"').encode(), "session"),
        (b'"text"', ""),
        (b"\xff\xfe\x00", ""),
    ],
)
def test_a_malformed_line_is_named_with_its_number(tape_of: TapeOf, bad: bytes, says: str) -> None:
    file = tape_of(line(), bad)

    with pytest.raises(ConfigError) as caught:
        TapeSessions(file)

    assert "a.tape.jsonl:2" in str(caught.value) + caught.value.detail
    assert says in str(caught.value) + caught.value.detail
    assert "docs/reference/tape.md" in caught.value.hint


def test_an_endless_line_is_refused_without_being_read(tape_of: TapeOf) -> None:
    file = tape_of(line(), b'{"tape": 1, "x": "' + b"x" * (tape_file.LINE_LIMIT + 10_000_000))
    tracemalloc.start()

    with pytest.raises(ConfigError, match=r"a\.tape\.jsonl:2: longer than 16,777,216 bytes"):
        list(exchanges(file))

    assert tracemalloc.get_traced_memory()[1] < 2.5 * tape_file.LINE_LIMIT
    tracemalloc.stop()


def test_a_last_line_that_was_cut_off_is_left_out(tape_of: TapeOf) -> None:
    file = tape_of(line(), line())
    file.write_bytes(file.read_bytes()[:-30])

    assert len(list(exchanges(file))) == 1


def test_many_mistakes_are_not_all_told(tape_of: TapeOf) -> None:
    with pytest.raises(ConfigError) as caught:
        list(exchanges(tape_of(*["x"] * 500)))

    assert len(caught.value.problems) == tape_file.PROBLEMS


def test_a_tape_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        list(exchanges(tmp_path / "none"))


def test_a_tape_is_written_for_its_owner_and_replaces_tapes_only(tmp_path: Path) -> None:
    file, other = tmp_path / "new" / "a.tape.jsonl", tmp_path / "thesis.txt"
    other.write_text("years of work\n", "utf-8")
    for _ in range(2):
        with TapeWriter(file) as writer:
            writer.add(line() + "\n")

    with pytest.raises(UsageError, match="is no tape"):
        TapeWriter(other)

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(list(exchanges(file))) == 1
    assert other.read_text("utf-8") == "years of work\n"


def test_memory_does_not_grow_with_the_bodies(tape_of: TapeOf) -> None:
    """Ten times the bytes on the tape, the same memory."""
    peaks = []
    for size in (1_000, 10_000):
        file = tape_of(*(line(f"s{n % 50}", method="POST", body="x" * size) for n in range(500)))
        tracemalloc.start()
        count = sum(len(session.requests) for session in TapeSessions(file))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert count == 500

    assert peaks[1] < 0.2 * 500 * 10_000
    assert peaks[1] < peaks[0] + 1_000_000


def test_the_schema_in_the_docs_is_the_one_that_is_read_by() -> None:
    kept = json.loads((ROOT / "docs" / "reference" / "tape.schema.json").read_text("utf-8"))

    assert kept == schema()
