"""A stage is really deployed, switched, put back and removed, on an emulator of AWS.

Each call of a deploy is failed, lost or doubled in turn: afterwards the stack is as before or
as after, and the next deploy succeeds.
"""

from __future__ import annotations

import functools
import itertools
import json
import os
import urllib.request
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from werkzeug.routing import Rule

from routing.werkzeug_maps import both
from unlith.backends.remote_stage import Here, RemoteStage
from unlith.backends.stages import stage_table
from unlith.backends.zips import write_zip
from unlith.domain.function import FunctionInfo, Level
from unlith.domain.route import Route
from unlith.domain.routing import Group, Phase, RoutingTable
from unlith.domain.stage import Architecture, Stage, Switch
from unlith.domain.survey import AppFacts, Survey
from unlith.errors import Conflict, OutsideError, UsageError
from unlith.files.routes_toml import table_to_toml
from unlith.files.settings import Settings
from unlith.ports import Bundle
from unlith.usecases.route import Toggle, move, roll_back

STEP = int(os.environ.get("UNLITH_FAULT_STEP", "9"))
"""Every how many calls one is failed; 1 tries all of them, in about five minutes."""
ROUTE = Route("GET", "/f")
HANDLER = """
import os
if {is_broken} and "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    raise RuntimeError("does not start there")
def handler(event, context):
    return {{"statusCode": 200, "body": {said!r}, "headers": {{"content-type": "text/plain"}}}}
"""


class Clock:
    """A clock that stands still."""

    def now(self) -> str:
        return "2026-01-01T00:00:00Z"

    def who(self) -> str:
        return "somebody"

    def commit(self) -> str:
        return ""


class Silent:
    """A reporter that says nothing."""

    def step(self, message: str) -> None: ...

    def warn(self, message: str) -> None: ...

    def progress(self, items: Iterable[object], *, total: int, label: str) -> Iterable[object]:
        return items


@dataclass
class Rig:
    """A workspace of two functions, ``whole`` and ``f``, and its stage on the emulator."""

    folder: Path
    stage: Stage
    wrap: Callable[[Any], Any] = field(default=lambda client: client)

    def remote(self, said: str = "one", *, is_broken: bool = False) -> RemoteStage:
        bundles = {}
        for name in ("whole", "f"):
            code = HANDLER.format(said=f"{name} {said}", is_broken=is_broken)
            file = self.folder / f"{name}-{said}-{is_broken}.zip"
            sha, unzipped = write_zip(file, {"entry.py": code.encode()})
            bundles[name] = Bundle(name, file, "entry.handler", sha, 1, unzipped, 1)
        settings = Settings(
            root=self.folder,
            app="app",
            sources=(self.folder,),
            extracted=self.folder / "extracted",
            infra=self.folder / "infra",
        )
        info = FunctionInfo("f", Level.PURE, (ROUTE,), ("f",), "entry.handler", ("PLAIN_NAME",))
        settings.infra.mkdir(exist_ok=True)
        table = RoutingTable(1, (Group("f", "f", (ROUTE,)),))
        settings.table.write_text(table_to_toml(table))
        here = Here(settings, lambda: bundles, lambda: [info], a_survey, Clock(), Silent())
        remote = RemoteStage(self.stage, here, stage_table(settings, self.stage.name))
        plain = remote.client
        # The property is cached on the instance: this is the seam for failing clients.
        remote.__dict__["client"] = functools.cache(lambda service: self.wrap(plain(service)))
        return remote

    def deploy(self, said: str = "one", **broken: bool) -> RemoteStage:
        remote = self.remote(said, **broken)
        remote.deploy(only_plan=False, allow_replace=False)
        return remote

    def get(self, path: str) -> str:
        host = self.remote().url.partition("//")[2]
        request = urllib.request.Request(self.stage.endpoint + path, headers={"Host": host})  # noqa: S310
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            text: str = answer.read().decode()
        return text


def a_survey() -> Survey:
    """Give what a survey says of an app with ``/f`` and two neighbours no gateway tells apart."""
    paths = {"f": "/f", "g": "/g/<int:n>", "h": "/g/<n>"}
    _, rules = both(Rule(path, endpoint=name, methods=["GET"]) for name, path in paths.items())
    return Survey("app", AppFacts(), rules, ())


@pytest.fixture
def rig(tmp_path: Path, emulator: str, credentials: None, request: pytest.FixtureRequest) -> Rig:
    name = "t" + "".join(c for c in tmp_path.name if c.isalnum())[-18:].lower()
    stage = Stage(
        name=name,
        account="000000000000",
        region="us-east-1",
        endpoint=emulator,
        runtime="python3.11",
        architecture=Architecture.X86_64,
        switch=Switch.ROUTES,
        environ={"PLAIN_NAME": "x"},
    )
    return Rig(tmp_path, stage)


def move_to(remote: RemoteStage, phase: Phase) -> None:
    move(
        ROUTE,
        Toggle(phase),
        functions=remote.here.functions(),
        store=remote.toggles,
        clock=remote.here.clock,
    )


def test_a_stage_is_deployed_switched_put_back_and_removed(rig: Rig) -> None:
    remote = rig.deploy()
    served = [rig.get("/f"), rig.get("/other")]

    move_to(remote, Phase.FUNCTION)
    served += [rig.get("/f"), rig.get("/other")]
    rig.deploy("two")
    served += [rig.get("/f"), rig.get("/other")]
    roll_back((), everything=True, reason="", store=remote.toggles, clock=remote.here.clock)
    served.append(rig.get("/f"))
    rig.deploy("two")  # the template takes note of who serves
    again = rig.remote("two").deploy(only_plan=False, allow_replace=False)
    remote.destroy()

    assert served == [
        "whole one", "whole one",  # deployed: the monolith serves all
        "f one", "whole one",  # switched
        "f two", "whole two",  # deployed again: who serves did not change
        "whole two",  # put back
    ]  # fmt: skip
    assert not again.changed
    assert remote.resources() == ()
    assert remote.url == ""


def test_what_the_gateway_cannot_tell_apart_stays_with_the_monolith(rig: Rig) -> None:
    remote = rig.deploy()
    alone = Group("g", "f", (Route("GET", "/g/<int:n>"),))

    at_home = remote.cuts(RoutingTable(1, (alone,)))

    assert [cut for cut in at_home if cut.group] == []
    with pytest.raises(UsageError, match=r"/g/<int:n> and /g/<n>, e\.g\. /g/"):
        remote.cuts(RoutingTable(2, (replace(alone, phase=Phase.FUNCTION),)))


def test_a_plan_changes_nothing(rig: Rig) -> None:
    planned = rig.remote().deploy(only_plan=True, allow_replace=False)

    assert {change.action for change in planned.changes} == {"Add"}
    assert not rig.remote().cloud.state(rig.stage.stack).exists


def test_a_function_that_does_not_start_brings_the_old_code_back(rig: Rig) -> None:
    rig.deploy("one")

    with pytest.raises(OutsideError, match=r"does not start there|Unhandled"):
        rig.deploy("two", is_broken=True)

    assert rig.get("/f") == "whole one"
    rig.deploy("three")
    assert rig.get("/f") == "whole three"


def test_a_first_deploy_that_does_not_start_leaves_nothing(rig: Rig) -> None:
    with pytest.raises(OutsideError):
        rig.deploy("one", is_broken=True)

    assert rig.remote().resources() == ()


def test_another_account_is_refused_before_anything_is_sent(rig: Rig) -> None:
    rig.stage = Stage(**{**_fields(rig.stage), "account": "111111111111"})

    with pytest.raises(UsageError, match="account 111111111111, and 000000000000 answers"):
        rig.deploy()


def test_of_two_deploys_at_once_one_is_told(rig: Rig) -> None:
    first, second = rig.remote("one"), rig.remote("two")
    bundles = tuple(second.here.bundles().values())
    from unlith.usecases import stack

    waiting = stack.propose(rig.stage, second.template(), bundles, second.cloud, Silent())
    first.deploy(only_plan=False, allow_replace=False)

    with pytest.raises((Conflict, OutsideError)) as told:
        stack.carry_out(waiting, second.cloud, Silent())

    assert "another deploy" in str(told.value) or told.value.exit_code == 3
    assert rig.get("/f") == "whole one"


def test_a_gateway_that_refuses_leaves_the_table_as_it_was(rig: Rig) -> None:
    rig.deploy()
    rig.wrap = lambda client: Failing(client, "update_route", itertools.count(1), 1, "refused")

    with pytest.raises(OutsideError):
        move_to(rig.remote(), Phase.FUNCTION)

    rig.wrap = lambda client: client
    table = rig.remote().toggles.read().table
    assert table.group_of(ROUTE).phase is Phase.MONOLITH
    assert rig.get("/f") == "whole one"
    assert [e.reason.partition(":")[0] for e in rig.remote().toggles.journal()] == [
        "",
        "taken back",
    ]


class Failing:
    """A client whose call number *at* is refused, or sent and its answer lost, or sent twice."""

    def __init__(self, client: Any, only: str, count: Any, at: int, how: str) -> None:
        self._client, self._only, self._count, self._at, self._how = client, only, count, at, how

    def __getattr__(self, name: str) -> Any:  # noqa: D105
        found = getattr(self._client, name)
        if name in ("exceptions", "get_paginator", "meta") or (self._only and name != self._only):
            return found
        return functools.partial(self._call, found, name)

    def _call(self, found: Any, name: str, **arguments: Any) -> Any:
        from botocore.exceptions import ClientError

        if next(self._count) != self._at:
            return found(**arguments)
        if self._how == "refused":
            raise ClientError({"Error": {"Code": "Throttling", "Message": "slow down"}}, name)
        body: Any = arguments.get("Body")
        answer = found(**arguments)
        if self._how == "lost":
            raise ClientError({"Error": {"Code": "500", "Message": "answer lost"}}, name)
        if hasattr(body, "seek"):
            body.seek(0)
        return found(**arguments) or answer


@pytest.mark.parametrize("how", ["refused", "lost", "doubled"])
def test_whatever_call_fails_the_stack_is_as_before_or_as_after(rig: Rig, how: str) -> None:
    rig.deploy("one")
    after, failures = rig.get("/f"), 0
    for at in itertools.count(1, STEP):
        said = f"{how}{at}"
        count = itertools.count(1)
        rig.wrap = functools.partial(Failing, only="", count=count, at=at, how=how)
        before = after
        try:
            rig.deploy(said)
        except (OutsideError, Conflict):
            failures += 1
        reached = next(count) > at
        rig.wrap = lambda client: client
        assert rig.get("/f") in (before, f"whole {said}"), at
        assert json.loads(rig.remote().cloud.template(rig.stage.stack))

        rig.deploy(said)
        after = rig.get("/f")
        assert after == f"whole {said}", at
        if not reached:
            break

    assert at > 15
    assert failures or how == "doubled"


def _fields(stage: Stage) -> Mapping[str, Any]:
    return {name: getattr(stage, name) for name in Stage.__dataclass_fields__}
