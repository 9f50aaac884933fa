"""A stage's template is what AWS's own specification allows, and nothing is formatted into it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from cfnlint import lint_file
from hypothesis import given
from hypothesis import strategies as st

from unlith.domain.iam.policy import Known, policy
from unlith.domain.iam.values import AwsCall, Name
from unlith.domain.names import cloud_name, logical_id
from unlith.domain.stack.functions import resolved
from unlith.domain.stack.statements import statements
from unlith.domain.stack.template import as_text, template
from unlith.domain.stack.values import Artefact, Cut, Plan
from unlith.domain.stage import Stage, Switch
from unlith.errors import UsageError

SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop#key"


def make_stage(**changes: Any) -> Stage:
    fields = {
        "name": "prod",
        "account": "123456789012",
        "region": "eu-west-1",
        "environ": {"SHOP_TABLE": "shop", "NOT_READ": "x"},
        "secrets": {"SECRET_KEY": SECRET},
    }
    return Stage(**{**fields, **changes})


def make_plan(stage: Stage, *cuts: Cut, functions: tuple[str, ...] = ("stock_put",)) -> Plan:
    artefacts = tuple(
        Artefact(name, f"{name}.zip", f"{name}.handler", "d", ("SHOP_TABLE", "SECRET_KEY"))
        for name in ("whole", *functions)
    )
    return Plan(stage, artefacts, cuts)


def resources(plan: Plan, kind: str) -> Mapping[str, Any]:
    made: Any = template(plan)["Resources"]
    return {name: item for name, item in made.items() if item["Type"] == kind}


CUTS = (Cut("PUT /api/stock/{sku}", "stock_put", "stock_put"), Cut("GET /api/stock/new"))


@pytest.mark.parametrize("switch", list(Switch))
def test_aws_own_specification_finds_nothing_wrong(switch: Switch, tmp_path: Path) -> None:
    file = tmp_path / "template.json"
    file.write_text(as_text(template(make_plan(make_stage(switch=switch), *CUTS))))

    assert [str(match) for match in lint_file(file)] == []


def test_a_role_allows_what_its_function_calls(tmp_path: Path) -> None:
    calls = [
        AwsCall("s3", "s3", "upload_file", (Name("photos"),), (), "a.py:1"),
        AwsCall("dynamodb", "dynamodb", "PutItem", (Name("orders"),), (), "a.py:2"),
        AwsCall("dynamodb", "dynamodb", "ListTables", (), (), "a.py:3"),
    ]
    made = tuple(statements(policy("f", calls, Known())))
    artefact = Artefact("whole", "w.zip", "w.handler", "d", (), made)
    file = tmp_path / "template.json"
    file.write_text(as_text(template(Plan(make_stage(), (artefact,)))))

    assert [str(match) for match in lint_file(file)] == []
    assert "table/orders" in file.read_text()


def test_a_function_gets_the_variables_it_reads_and_secrets_by_reference() -> None:
    made = resources(make_plan(make_stage()), "AWS::Lambda::Function")

    environ = made["StockPutFunction"]["Properties"]["Environment"]["Variables"]
    assert environ == {
        "SECRET_KEY": "{{resolve:secretsmanager:arn:aws:secretsmanager:eu-west-1:123456789012:"
        "secret:shop:SecretString:key}}",
        "SHOP_TABLE": "shop",
    }
    assert resolved("ssm:/shop/key") == "{{resolve:ssm:/shop/key}}"


def test_the_stage_variables_name_who_serves_each_group_now() -> None:
    home = Cut("PUT /api/stock/{sku}", "stock_put", "whole")
    for cut, serving in (
        (CUTS[0], "unlith-prod-stock_put:live"),
        (home, "unlith-prod-whole:live"),
    ):
        made = resources(make_plan(make_stage(), cut), "AWS::ApiGatewayV2::Stage")

        assert made["Stage"]["Properties"]["StageVariables"] == {"stock_put": serving}


def test_roles_reach_their_own_log_only() -> None:
    for role in resources(make_plan(make_stage()), "AWS::IAM::Role").values():
        (policy,) = role["Properties"]["Policies"]
        (statement,) = policy["PolicyDocument"]["Statement"]

        assert "*" not in json.dumps(statement)


def test_a_version_follows_code_and_settings() -> None:
    def versions(stage: Stage) -> set[str]:
        return set(resources(make_plan(stage), "AWS::Lambda::Version"))

    assert versions(make_stage()) == versions(make_stage())
    assert not versions(make_stage()) & versions(make_stage(memory_mb=1024))
    assert not versions(make_stage()) & versions(make_stage(environ={"SHOP_TABLE": "other"}))


def test_what_does_not_fit_is_refused() -> None:
    groups = [f"g{n}" for n in range(101)]
    cuts = [Cut(f"GET /{group}", group) for group in groups]

    with pytest.raises(UsageError, match="101 stage variables, and 100 is the limit"):
        template(make_plan(make_stage(), *cuts))
    with pytest.raises(UsageError, match="resources of a template"):
        template(make_plan(make_stage(), functions=tuple(groups)))


NAMES = st.from_regex(r"[a-z_][a-z0-9_]{0,80}", fullmatch=True)


@given(NAMES, NAMES)
def test_two_names_never_become_one(first: str, second: str) -> None:
    assert (logical_id(first) == logical_id(second)) == (first == second)
    assert (cloud_name("prod", first) == cloud_name("prod", second)) == (first == second)
    assert logical_id(first, "Role").isalnum()
    assert len(cloud_name("prod", first)) <= 64


def test_names_that_capitals_cannot_tell_apart_stay_apart() -> None:
    ids = {logical_id(name) for name in ("a_1", "a1", "a__1", "_a1", "a_b", "ab")}

    assert len(ids) == 6
