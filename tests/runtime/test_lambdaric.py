"""The handler in AWS's own runtime client, over real HTTP, not by direct calls."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime.events_made import v2_event
from runtime.oracle import SHAPES
from runtime.runtime_api import RuntimeApi
from unlith.domain.exchange import HttpRequest
from unlith.domain.gateways import GATEWAYS
from unlith_runtime.snapshot import REHEARSAL_PATH


@pytest.fixture(scope="module", params=["handler", "direct"])
def runtime(request: pytest.FixtureRequest) -> Iterator[RuntimeApi]:
    with RuntimeApi(f"runtime.lambda_app.{request.param}") as api:
        yield api


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_is_answered(runtime: RuntimeApi, shape: str) -> None:
    request = HttpRequest("POST", "/echo?q=a&q=%C3%A9", (("Content-Type", "text/plain"),),
                          "gr\xfc\xdfe".encode())  # fmt: skip

    outcome = runtime.invoke(GATEWAYS[shape].event(request))

    answer = GATEWAYS[shape].answer(outcome.payload)
    told = json.loads(answer.body)
    assert outcome.kind == "response"
    assert told["body"] == "gr\xfc\xdfe"
    assert told["args"] == (["\xe9"] if shape == "alb" else ["a", "\xe9"])
    assert told["request_id"] == "id-1"
    assert answer.all("set-cookie") == ("a=1; Path=/", "b=2; Path=/")


def test_binary_arrives_unchanged(runtime: RuntimeApi) -> None:
    outcome = runtime.invoke(v2_event(path="/image"))

    assert GATEWAYS["http-v2"].answer(outcome.payload).body == b"\x89PNG\xff"


def test_an_error_of_the_app_is_posted_as_a_function_error(runtime: RuntimeApi) -> None:
    outcome = runtime.invoke(v2_event(path="/fail"))

    assert outcome.kind == "error"
    assert outcome.payload["errorType"] == "LookupError"
    assert outcome.payload["errorMessage"] == "no such thing"
    assert runtime.invoke(v2_event(path="/image")).kind == "response"


def test_another_event_is_posted_as_a_typed_error(runtime: RuntimeApi) -> None:
    outcome = runtime.invoke({"Records": []})

    assert (outcome.kind, outcome.payload["errorType"]) == ("error", "BadEvent")
    assert "Records" in outcome.payload["errorMessage"]


def test_an_answer_too_large_is_a_500_that_fits(runtime: RuntimeApi) -> None:
    outcome = runtime.invoke(v2_event(path="/big"))

    assert outcome.kind == "response"
    assert outcome.payload["statusCode"] == 500
    assert len(outcome.raw) < 1000


def test_a_snapshot_is_taken_after_a_rehearsal_and_randomness_is_new() -> None:
    told = []
    for _ in range(2):
        with RuntimeApi(
            "runtime.lambda_app.handler", {"AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start"}
        ) as api:
            outcome = api.invoke(v2_event(path="/echo"))
        assert "restore/next" in api.calls[:1]
        told.append(json.loads(outcome.payload["body"]))

    # two handlers are made there, so there are two rehearsals
    assert told[0]["seen"] == [REHEARSAL_PATH, REHEARSAL_PATH, "/echo"]
    assert told[0]["random"] != told[1]["random"]


def test_without_snapshots_nothing_is_rehearsed() -> None:
    with RuntimeApi("runtime.lambda_app.handler") as api:
        outcome = api.invoke(v2_event(path="/echo"))

    assert json.loads(outcome.payload["body"])["seen"] == ["/echo"]


@pytest.mark.parametrize("engine", ["handler", "direct"])
def test_forked_workers_serve_at_the_same_time(engine: str, tmp_path: Path) -> None:
    """That is what awslambdaric 4 does for AWS_LAMBDA_MAX_CONCURRENCY."""
    workers = 4
    environ = {"AWS_LAMBDA_MAX_CONCURRENCY": str(workers), "MEETING_PLACE": str(tmp_path)}
    events = [
        v2_event(path="/meet", method="POST", query=f"n={workers}", body=f"body {number}")
        for number in range(workers * 5)
    ]

    with RuntimeApi(f"runtime.lambda_app.{engine}", environ) as api:
        outcomes = api.invoke_all(events)

    told = [json.loads(outcome.payload["body"]) for outcome in outcomes]
    assert [one["body"] for one in told] == [f"body {number}" for number in range(workers * 5)]
    assert [one["request_id"] for one in told] == [outcome.request_id for outcome in outcomes]
    assert len({one["pid"] for one in told[:workers]}) == workers
    assert min(one["met"] for one in told) >= workers
    assert not any(one["is_threaded"] for one in told)
