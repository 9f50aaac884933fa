"""The WSGI side: errors, closing, chunks and what an app may find in its environ."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pytest

from runtime.events_made import v2_event
from unlith_runtime.errors import NoResponse
from unlith_runtime.whole import make_handler
from unlith_runtime.wsgi import FileWrapper, serve

ENGINES = ("awsgi", "direct")


class Body:
    """An answer that notes in which order things happened to it."""

    def __init__(self, log: list[str], fails_at: int = 99, closes: bool = True) -> None:
        self.log, self.fails_at, self.closes = log, fails_at, closes

    def __iter__(self) -> Iterator[bytes]:
        """Give two chunks, or fail."""
        for number in range(2):
            if number == self.fails_at:
                raise ValueError("in the middle")
            self.log.append(f"chunk {number}")
            yield b"x"

    def close(self) -> None:
        self.log.append("close")
        if not self.closes:
            raise RuntimeError("close failed")


def answering(body: Any) -> Any:
    def app(environ: dict[str, Any], start_response: Any) -> Any:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return body

    return app


@pytest.mark.parametrize("engine", ENGINES)
def test_close_comes_once_and_last(engine: str) -> None:
    log: list[str] = []

    make_handler(answering(Body(log)), engine=engine)(v2_event(), None)

    assert log == ["chunk 0", "chunk 1", "close"]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("errors", ["raise", "500"])
def test_close_comes_also_when_iterating_fails(engine: str, errors: str) -> None:
    log: list[str] = []
    handler = make_handler(answering(Body(log, fails_at=1)), engine=engine, errors=errors)

    if errors == "raise":
        with pytest.raises(ValueError, match="in the middle"):
            handler(v2_event(), None)
    else:
        assert handler(v2_event(), None)["statusCode"] == 500

    assert log == ["chunk 0", "close"]


def test_an_error_of_close_goes_up() -> None:
    with pytest.raises(RuntimeError, match="close failed"):
        make_handler(answering(Body([], closes=False)))(v2_event(), None)


@pytest.mark.parametrize("engine", ENGINES)
def test_exc_info_after_the_first_bytes_raises_the_error_and_closes(engine: str) -> None:
    closed: list[bool] = []

    def app(environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [])
        try:
            yield b"gone already"
            try:
                raise KeyError("too late")
            except KeyError:
                start_response("500 Internal Server Error", [], sys.exc_info())
        finally:
            closed.append(True)

    with pytest.raises(KeyError, match="too late"):
        make_handler(app, engine=engine)(v2_event(), None)
    assert closed == [True]


def test_exc_info_after_write_raises_the_error() -> None:
    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [])(b"gone")
        try:
            raise KeyError("too late")
        except KeyError:
            start_response("500 Internal Server Error", [], sys.exc_info())
        return []

    with pytest.raises(KeyError, match="too late"):
        make_handler(app)(v2_event(), None)


def test_a_second_start_response_without_exc_info_is_an_error() -> None:
    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        start_response("404 Not Found", [])
        return []

    with pytest.raises(AssertionError, match="twice"):
        make_handler(app)(v2_event(), None)


@pytest.mark.parametrize("engine", ENGINES)
def test_an_app_that_never_starts_a_response_is_named(engine: str) -> None:
    with pytest.raises(NoResponse, match="start_response"):
        make_handler(lambda environ, start_response: [b""], engine=engine)(v2_event(), None)


@pytest.mark.parametrize("chunk", [bytearray(b"ab"), memoryview(b"ab")])
def test_bytes_like_chunks_are_taken(chunk: Any) -> None:
    assert make_handler(answering([chunk]))(v2_event(), None)["body"] == "ab"


def test_a_buffer_used_again_does_not_change_what_was_sent() -> None:
    def app(environ: dict[str, Any], start_response: Any) -> Iterator[Any]:
        start_response("200 OK", [])
        buffer = bytearray(1)
        for letter in b"abc":
            buffer[0] = letter
            yield buffer

    assert make_handler(app)(v2_event(), None)["body"] == "abc"


@pytest.mark.parametrize("chunk", ["text", 5])
def test_chunks_that_are_no_bytes_are_an_error(chunk: Any) -> None:
    with pytest.raises(TypeError):
        make_handler(answering([chunk]))(v2_event(), None)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_status_line_needs_no_reason(engine: str) -> None:
    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("404", [])
        return []

    assert make_handler(app, engine=engine)(v2_event(), None)["statusCode"] == 404


def test_system_exit_goes_up_or_becomes_a_500() -> None:
    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        make_handler(app)(v2_event(), None)
    assert make_handler(app, errors="500")(v2_event(), None)["statusCode"] == 500


def test_the_file_wrapper_reads_in_blocks_and_closes() -> None:
    class File:
        """Gives three blocks."""

        def __init__(self) -> None:
            self.blocks, self.sizes, self.is_closed = [b"a", b"b", b""], [0], False

        def read(self, size: int) -> bytes:
            self.sizes.append(size)
            return self.blocks.pop(0)

        def close(self) -> None:
            self.is_closed = True

    file = File()

    response = serve(answering(FileWrapper(file, 7)), {})

    assert (response.body, file.is_closed, set(file.sizes[1:])) == (b"ab", True, {7})


@pytest.mark.parametrize("engine", ENGINES)
def test_apps_find_event_and_context_under_every_known_name(engine: str) -> None:
    found: dict[str, Any] = {}

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        found.update(environ)
        start_response("204 No Content", [])
        return []

    event, context = v2_event(), object()

    make_handler(app, engine=engine)(event, context)

    names = ("unlith", "awsgi", "serverless")
    assert all(found[f"{name}.event"] is event for name in names)
    assert all(found[f"{name}.context"] is context for name in names)
    assert found["apig_wsgi.full_event"] is event
    assert found["apig_wsgi.context"] is context
    assert found["apig_wsgi.request_context"] is event["requestContext"]
    assert "serverless.authorizer" in found


@pytest.mark.parametrize(
    ("mode", "is_threaded"), [("", False), ("thread", True), ("hybrid", True)]
)
def test_multithread_says_what_lambda_says(
    monkeypatch: pytest.MonkeyPatch, mode: str, is_threaded: bool
) -> None:
    monkeypatch.setenv("AWS_LAMBDA_CONCURRENCY_MODE", mode)
    found: dict[str, Any] = {}

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        found.update(environ)
        start_response("204 No Content", [])
        return []

    make_handler(app)(v2_event(), None)

    assert found["wsgi.multithread"] is is_threaded


def test_the_environ_passes_the_wsgi_validator() -> None:
    from wsgiref.validate import validator

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        assert environ["wsgi.input"].read(2) == b"ab"
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"fine"]

    event = v2_event(method="POST", body="ab", headers={"content-type": "text/plain"})

    assert make_handler(validator(app))(event, None)["body"] == "fine"


def test_header_names_cannot_fill_the_memory() -> None:
    from unlith_runtime import wsgi

    for number in range(2000):
        make_handler(answering([b""]))(v2_event(headers={f"x-{number}": "1"}), None)

    assert len(wsgi._KEYS) <= wsgi._KEYS_AT_MOST
