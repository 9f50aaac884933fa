"""``unlith iam`` on an app: what code calls, what a parity run saw, what a stage says."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from cli.conftest import Unlith
from unlith.domain.exchange import Effect
from unlith.domain.iam.seen import calls_in
from unlith.usecases.tally import Tally

APP = """
import os

import boto3
from flask import Flask

app = Flask(__name__)


def table():
    return boto3.resource("dynamodb", region_name="eu-west-1").Table(os.environ["ORDERS"])


@app.get("/orders/<name>")
def order(name):
    return table().get_item(Key={"id": name}).get("Item", {})


@app.post("/orders/<name>")
def add(name):
    table().put_item(Item={"id": name})
    boto3.client("sqs").send_message(QueueUrl=app.config["QUEUE"], MessageBody=name)
    return {}
"""
SETTINGS = """
[tool.unlith]
app = "orders:app"

[tool.unlith.environ]
ORDERS = "orders-here"
"""
STAGES = """
schema = 1
[stages.prod]
account = "123456789012"
region = "cn-north-1"
[stages.prod.environ]
ORDERS = "orders-prod"
[stages.prod.resources]
sqs = ["mail"]
[stages.bare]
account = "123456789012"
region = "eu-west-1"
"""
TABLE = "arn:aws-cn:dynamodb:cn-north-1:123456789012:table/orders-prod"


SEEN = dataclasses.asdict(
    next(calls_in([Effect("GetItem", "aws:dynamodb", {"TableName": "orders-here", "Key": {}})]))
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "orders.py").write_text(APP)
    (tmp_path / "pyproject.toml").write_text(SETTINGS)
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra" / "stages.toml").write_text(STAGES)
    return tmp_path


def test_a_stage_names_what_the_whole_app_reaches(folder: Path, unlith: Unlith) -> None:
    (made,) = unlith(folder, "iam", "whole", "--stage", "prod", "--json").json

    assert made["statements"] == [
        {
            "Effect": "Allow",
            "Action": ["dynamodb:GetItem", "dynamodb:PutItem"],
            "Resource": [TABLE],
        },
        {
            "Effect": "Allow",
            "Action": ["sqs:SendMessage"],
            "Resource": ["arn:aws-cn:sqs:cn-north-1:123456789012:mail"],
        },
    ]
    assert made["missing"] == []
    assert "dynamodb:PutItem" in made["never_exercised"]


def test_what_a_stage_does_not_name_is_said_and_left_out(folder: Path, unlith: Unlith) -> None:
    said = unlith(folder, "iam", "whole", "--stage", "bare").out
    (made,) = unlith(folder, "iam", "whole", "--stage", "bare", "--json").json

    assert made["statements"] == []
    assert "not known: dynamodb:PutItem (orders.py:21): the environment variable ORDERS" in said
    assert "give it in infra/stages.toml under [stages.bare.resources]" in said


def test_a_function_gets_what_its_route_calls_and_what_parity_saw(
    folder: Path, unlith: Unlith
) -> None:
    assert unlith(folder, "extract", "GET /orders/<name>", "--name", "order").code == 0
    (before,) = unlith(folder, "iam", "order", "--stage", "prod", "--json").json
    kept = folder / ".unlith" / "parity" / "order.json"
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps({"calls": [SEEN]}))
    (after,) = unlith(folder, "iam", "order", "--stage", "prod", "--json").json

    wanted = [{"Effect": "Allow", "Action": ["dynamodb:GetItem"], "Resource": [TABLE]}]
    assert before["statements"] == after["statements"] == wanted
    assert before["never_exercised"] == ["dynamodb:GetItem"]
    assert after["never_exercised"] == after["not_seen_statically"] == []


def test_a_call_that_only_parity_saw_is_granted_and_told_apart(
    folder: Path, unlith: Unlith
) -> None:
    calls = [{"service": "s3", "operation": "PutObject", "names": ["b"], "given": []}]
    kept = folder / ".unlith" / "parity" / "whole.json"
    kept.parent.mkdir(parents=True)
    kept.write_text(json.dumps({"calls": calls}))

    (made,) = unlith(folder, "iam", "whole", "--stage", "prod", "--json").json

    assert made["not_seen_statically"] == ["s3:PutObject"]


def test_a_wrong_resource_is_named_with_its_stage(folder: Path, unlith: Unlith) -> None:
    file = folder / "infra" / "stages.toml"
    file.write_text(STAGES.replace('["mail"]', '["*"]'))

    made = unlith(folder, "iam", "--stage", "prod")

    assert made.code == 2
    assert "'*' is no name or ARN for sqs" in made.err


def test_a_tally_keeps_calls_through_its_counts() -> None:
    effect = Effect("PutItem", "aws:dynamodb", {"TableName": "t", "Item": {"secret": "x"}})
    tally = Tally()
    tally.saw([*calls_in([effect]), *calls_in([effect])])

    counts = json.loads(json.dumps(tally.counts()))

    assert Tally.of_counts(counts).calls == tally.calls
    assert counts["calls"] == [["dynamodb", "PutItem", ["t"], ["Item", "TableName"]]]
