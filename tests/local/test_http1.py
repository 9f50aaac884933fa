"""The server on loopback: what it takes, what it refuses, what it writes."""

from __future__ import annotations

import os
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from unlith.backends.local.server import HttpServer
from unlith.domain.exchange import Headers, HttpAnswer, HttpRequest
from unlith.errors import PortInUse, UsageError

Say = Callable[[bytes], bytes]


def echo(request: HttpRequest, address: str) -> HttpAnswer:
    said = f"{request.method} {request.target} {len(request.body)} {request.body[:20]!r}"
    headers: Headers = (
        ("Content-Type", "text/plain"),
        ("X-Address", address),
        ("Set-Cookie", "a=1"),
    )
    if request.path == "/split":
        headers = (*headers, ("X-Evil", "1\r\nX-Injected: 2"))
    if request.path == "/empty":
        return HttpAnswer(204, (("Content-Length", "5"),), b"hello")
    return HttpAnswer(299, (*headers, ("Set-Cookie", "b=2")), said.encode())


@pytest.fixture
def server() -> Iterator[HttpServer]:
    made = HttpServer(echo)
    thread = threading.Thread(target=made.serve)
    thread.start()
    yield made
    made.close()
    thread.join()


@pytest.fixture
def say(server: HttpServer) -> Say:
    """Send bytes, close the sending half, and give all that comes back."""
    port = int(server.url.rpartition(":")[2])

    def send(data: bytes) -> bytes:
        with closing(socket.create_connection(("127.0.0.1", port), timeout=10)) as connection:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            parts = []
            while part := connection.recv(65536):
                parts.append(part)
            return b"".join(parts)

    return send


def statuses(answer: bytes) -> list[int]:
    return [int(found) for found in re.findall(rb"HTTP/1\.1 (\d{3}) ", answer)]


def test_the_raw_target_arrives_and_both_cookies_leave(say: Say) -> None:
    answer = say(b"GET /a%2Fb//c;d?x=1&x=%20 HTTP/1.1\r\nHost: h\r\n\r\n")

    assert statuses(answer) == [299]
    assert b"GET /a%2Fb//c;d?x=1&x=%20 0" in answer
    assert answer.count(b"Set-Cookie: ") == 2
    assert b"X-Address: 127.0.0.1\r\n" in answer
    assert b"\r\nDate: " in answer


def test_a_connection_serves_many_requests(say: Say) -> None:
    one = b"POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc"

    answer = say(one * 3 + b"GET /last HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n" + one)

    assert statuses(answer) == [299] * 4
    assert b"GET /last" in answer


def test_chunks_are_one_body(say: Say) -> None:
    answer = say(
        b"PUT /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"4;ext=1\r\nWiki\r\n5\r\npedia\r\n0\r\nTrailer: x\r\n\r\n"
        b"GET /next HTTP/1.1\r\nHost: h\r\n\r\n"
    )

    assert b"PUT /c 9 b'Wikipedia'" in answer
    assert b"GET /next" in answer


def test_head_has_the_length_but_no_body(say: Say) -> None:
    answer = say(b"HEAD /x HTTP/1.1\r\nHost: h\r\n\r\n")

    assert answer.endswith(b"\r\n\r\n")
    assert b"Content-Length: 13\r\n" in answer


def test_an_answer_that_has_no_body_says_no_length(say: Say) -> None:
    answer = say(b"GET /empty HTTP/1.1\r\nHost: h\r\n\r\nGET /x HTTP/1.1\r\nHost: h\r\n\r\n")

    assert statuses(answer) == [204, 299]
    assert b"hello" not in answer


def test_a_header_of_a_handler_cannot_add_another(say: Say) -> None:
    answer = say(b"GET /split HTTP/1.1\r\nHost: h\r\n\r\n")

    assert b"\r\nX-Injected" not in answer


def test_one_point_zero_closes_unless_asked(say: Say) -> None:
    assert statuses(say(b"GET /a HTTP/1.0\r\n\r\nGET /b HTTP/1.0\r\n\r\n")) == [299]


def test_an_absolute_target_gives_path_and_host(say: Say) -> None:
    answer = say(b"GET http://other.example?x=1 HTTP/1.1\r\nHost: h\r\n\r\n")

    assert b"GET /?x=1 0" in answer


def test_a_client_that_waits_for_continue_is_told_to_go_on(say: Say) -> None:
    answer = say(
        b"POST /x HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nok"
    )

    assert statuses(answer) == [100, 299]


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET /x HTTP/2.0\r\nHost: h\r\n\r\n", 400),
        (b"GET x HTTP/1.1\r\nHost: h\r\n\r\n", 400),
        (b"GET /a b HTTP/1.1\r\nHost: h\r\n\r\n", 400),
        (b"GET /a\x01 HTTP/1.1\r\nHost: h\r\n\r\n", 400),
        (b"GET /x HTTP/1.1\nHost: h\n\n", 400),
        (b"GET /x HTTP/1.1\r\n\r\n", 400),
        (b"GET /x HTTP/1.1\r\nHost: h\r\nHost: i\r\n\r\n", 400),
        (b"GET /x HTTP/1.1\r\nHost : h\r\n\r\n", 400),
        (b"GET /x HTTP/1.1\r\nHost: h\r\n folded\r\n\r\n", 400),
        (b"GET /x HTTP/1.1\r\nHost: h\r\nA: \x00\r\n\r\n", 400),
        (b"GET /x HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n", 400),
        (b"GET /x HTTP/1.1\r\nHost: h\r\nContent-Length: +1\r\n\r\n", 400),
        (b"GET /x HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        (
            b"GET /x HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            400,
        ),
        (b"GET /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n", 400),
        (b"PUT /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
        (b"PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: 999\r\n\r\nshort", 400),
        (b"PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999\r\n\r\n", 413),
        (b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\nHost: h\r\n\r\n", 431),
        (b"GET /x HTTP/1.1\r\nHost: h\r\n" + b"A: bbbbbbbbbbbbbbbb\r\n" * 9_000 + b"\r\n", 431),
    ],
)
def test_what_can_be_read_in_two_ways_is_refused(say: Say, data: bytes, status: int) -> None:
    answer = say(data + b"GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n")

    assert statuses(answer) == [status]
    assert b"Traceback" not in answer


def test_a_port_in_use_names_who_has_it(server: HttpServer) -> None:
    port = int(server.url.rpartition(":")[2])

    with pytest.raises(PortInUse) as refused:
        HttpServer(echo, port=port)

    assert str(port) in refused.value.message
    assert f"process {os.getpid()}" in refused.value.message


def test_nothing_but_loopback_is_bound() -> None:
    with pytest.raises(UsageError):
        HttpServer(echo, host="0.0.0.0")  # noqa: S104  # refused


def test_a_port_out_of_range_is_a_usage_error() -> None:
    with pytest.raises(UsageError):
        HttpServer(echo, port=70_000)
