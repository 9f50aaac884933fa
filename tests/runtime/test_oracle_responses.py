"""Shapes times answers: the client gets what a real server would have sent."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from runtime.answering_apps import APPS
from runtime.oracle import SERVERS, SHAPES, ask, through, visible
from unlith.domain.exchange import HttpRequest
from unlith_runtime.whole import make_handler

METHODS = ("GET", "HEAD", "POST")
# werkzeug's server wants start_response even before an empty chunk; waitress does not.
REFUSED = {("late start_response", "werkzeug")}


def chosen(environ: dict[str, Any], start_response: Any) -> Any:
    """Run the case that the path names."""
    return APPS[environ["PATH_INFO"][1:]](environ, start_response)


@pytest.fixture(scope="module")
def ports() -> Iterator[dict[str, int]]:
    with ExitStack() as stack:
        yield {name: stack.enter_context(serve(chosen)) for name, serve in SERVERS.items()}


def asking(name: str, method: str) -> HttpRequest:
    target = "/" + "".join(f"%{byte:02x}" for byte in name.encode())
    length = [("Content-Length", "0")] if method == "POST" else []
    return HttpRequest(method, target, (("Host", "shop.example"), *length))


@pytest.mark.parametrize("engine", ["awsgi", "direct"])
@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", APPS)
def test_the_client_gets_what_a_server_sends(
    ports: dict[str, int], name: str, method: str, shape: str, server: str, engine: str
) -> None:
    request = asking(name, method)

    got = visible(through(make_handler(chosen, engine=engine), shape, request))
    sent = visible(ask(ports[server], request))

    if (name, server) in REFUSED:
        assert (sent["status"], got["status"]) == (500, 201)
        return
    if "content-type" not in sent["headers"]:  # API Gateway adds one
        got["headers"].pop("content-type", None)
    if "content-length" not in got["headers"]:  # servers add it where they can
        sent["headers"].pop("content-length", None)
    assert got == sent
