"""Policies hold the actions that AWS's own list has, for named resources, and nothing wider."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import cfnlint
import pytest

from unlith.domain.iam import actions
from unlith.domain.iam.actions import needs_of
from unlith.domain.iam.arns import arn_of, given_arn, given_in, names_in
from unlith.domain.iam.policy import Known, as_text, policy
from unlith.domain.iam.values import AwsCall, Name, Pseudo

REFERENCE: Any = json.loads(
    (Path(cfnlint.__file__).parent / "data/AdditionalSpecs/Policies.json").read_text("utf-8")
)
"""AWS's Service Authorization Reference as cfn-lint carries it."""

HERE = {
    Pseudo.PARTITION: "aws",
    Pseudo.REGION: "eu-west-1",
    Pseudo.ACCOUNT: "123456789012",
}
QUEUE = "https://sqs.eu-west-1.amazonaws.com/123456789012/mail"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:news"
STATES = "arn:aws:states:eu-west-1:123456789012:stateMachine:pay"
ROLE = "arn:aws:iam::123456789012:role/other"
TABLE = "arn:aws:dynamodb:eu-west-1:123456789012:table/orders"
E = "arn:aws:{}:eu-west-1:123456789012:{}".format
OPERATIONS = [
    ("s3 PutObject", "photos", {"s3:PutObject": "arn:aws:s3:::photos/*"}),
    ("s3 GetObject", "photos", {"s3:GetObject": "arn:aws:s3:::photos/*"}),
    ("s3 HeadObject", "photos", {"s3:GetObject": "arn:aws:s3:::photos/*"}),
    ("s3 ListObjectsV2", "photos", {"s3:ListBucket": "arn:aws:s3:::photos"}),
    ("s3 ListObjects", "photos", {"s3:ListBucket": "arn:aws:s3:::photos"}),
    ("s3 HeadBucket", "photos", {"s3:ListBucket": "arn:aws:s3:::photos"}),
    ("s3 DeleteObjects", "photos", {"s3:DeleteObject": "arn:aws:s3:::photos/*"}),
    ("s3 GetBucketLocation", "photos", {"s3:GetBucketLocation": "arn:aws:s3:::photos"}),
    ("s3 PutObjectTagging", "photos", {"s3:PutObjectTagging": "arn:aws:s3:::photos/*"}),
    ("s3 ListParts", "photos", {"s3:ListMultipartUploadParts": "arn:aws:s3:::photos/*"}),
    ("s3 UploadPart", "photos", {"s3:PutObject": "arn:aws:s3:::photos/*"}),
    (
        "s3 upload_file",
        "photos",
        {
            "s3:AbortMultipartUpload": "arn:aws:s3:::photos/*",
            "s3:PutObject": "arn:aws:s3:::photos/*",
        },
    ),
    ("s3 download_fileobj", "photos", {"s3:GetObject": "arn:aws:s3:::photos/*"}),
    ("s3 ListBuckets", "", {"s3:ListAllMyBuckets": "*"}),
    ("dynamodb PutItem", "orders", {"dynamodb:PutItem": TABLE}),
    ("dynamodb Query", "orders", {"dynamodb:Query": TABLE}),
    ("dynamodb BatchWriteItem", "orders", {"dynamodb:BatchWriteItem": TABLE}),
    ("dynamodb TransactGetItems", "orders", {"dynamodb:GetItem": TABLE}),
    (
        "dynamodb TransactWriteItems",
        "orders",
        {
            f"dynamodb:{name}": TABLE
            for name in ("ConditionCheckItem", "DeleteItem", "PutItem", "UpdateItem")
        },
    ),
    ("dynamodb DescribeTable", TABLE, {"dynamodb:DescribeTable": TABLE}),
    ("dynamodb ListTables", "", {"dynamodb:ListTables": "*"}),
    ("sqs SendMessage", QUEUE, {"sqs:SendMessage": E("sqs", "mail")}),
    ("sqs SendMessageBatch", "mail", {"sqs:SendMessage": E("sqs", "mail")}),
    ("sqs DeleteMessageBatch", QUEUE, {"sqs:DeleteMessage": E("sqs", "mail")}),
    (
        "sqs ReceiveMessage",
        "http://127.0.0.1:5000/000000000000/mail",
        {"sqs:ReceiveMessage": E("sqs", "mail")},
    ),
    ("sns Publish", TOPIC, {"sns:Publish": TOPIC}),
    ("sns PublishBatch", TOPIC, {"sns:Publish": TOPIC}),
    ("events PutEvents", "default", {"events:PutEvents": E("events", "event-bus/default")}),
    ("lambda Invoke", "pay", {"lambda:InvokeFunction": E("lambda", "function:pay")}),
    ("states StartExecution", STATES, {"states:StartExecution": STATES}),
    (
        "secretsmanager GetSecretValue",
        "key",
        {"secretsmanager:GetSecretValue": E("secretsmanager", "secret:key-??????")},
    ),
    ("ssm GetParameter", "/shop/key", {"ssm:GetParameter": E("ssm", "parameter/shop/key")}),
    ("ssm GetParametersByPath", "/a", {"ssm:GetParametersByPath": E("ssm", "parameter/a")}),
    ("kinesis PutRecord", "clicks", {"kinesis:PutRecord": E("kinesis", "stream/clicks")}),
    (
        "firehose PutRecordBatch",
        "clicks",
        {"firehose:PutRecordBatch": E("firehose", "deliverystream/clicks")},
    ),
    ("ses SendEmail", "a@b.c", {"ses:SendEmail": E("ses", "identity/a@b.c")}),
    ("sts AssumeRole", ROLE, {"sts:AssumeRole": ROLE}),
    ("sts GetCallerIdentity", "", {}),
    ("cloudwatch DescribeAlarmsForMetric", "", {"cloudwatch:DescribeAlarmsForMetric": "*"}),
    (
        "bedrock Converse",
        "amazon.nova-lite-v1:0",
        {
            "bedrock:InvokeModel": (
                "arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0"
            )
        },
    ),
    (
        "cognito-idp AdminGetUser",
        "eu-west-1_abc",
        {"cognito-idp:AdminGetUser": E("cognito-idp", "userpool/eu-west-1_abc")},
    ),
]


def call(told: str, *names: str, given: tuple[str, ...] = (), place: str = "a.py:1") -> AwsCall:
    prefix, operation = told.split()
    return AwsCall(prefix, prefix, operation, tuple(map(Name, names)), given, place)


def granted(*calls: AwsCall, **known: Any) -> dict[str, str]:
    made = policy("f", calls, Known(**known))
    return {
        action: " ".join(as_text(arn, HERE) for arn in arns) or "*"
        for actions_, arns in made.statements
        for action in actions_
    }


@pytest.mark.parametrize(("told", "name", "wanted"), OPERATIONS, ids=[o[0] for o in OPERATIONS])
def test_an_operation_asks_for_actions_on_what_it_reaches(
    told: str, name: str, wanted: dict[str, str]
) -> None:
    assert granted(call(told, name)) == wanted


@pytest.mark.parametrize(("told", "name", "wanted"), OPERATIONS, ids=[o[0] for o in OPERATIONS])
def test_awss_own_list_has_each_action_for_that_kind_of_resource(
    told: str, name: str, wanted: dict[str, str]
) -> None:
    for action, arn in wanted.items():
        kinds = _kinds(action)
        formats = [f for kind in kinds for f in _formats(action, kind)]

        assert (arn == "*") == (not kinds), action
        assert arn == "*" or any(re.fullmatch(one, arn) for one in formats), (action, formats)


def test_every_exception_names_actions_that_awss_list_has() -> None:
    for told in actions._EXCEPTIONS:
        for need in needs_of(call(told.replace(":", " "))):
            prefix, _, name = need.action.partition(":")
            assert name.lower() in REFERENCE[prefix]["Actions"], need


def test_star_is_only_for_actions_that_know_no_resources() -> None:
    for action in actions._UNSCOPED:
        assert not _kinds(action), action


def test_a_transaction_asks_for_what_is_in_it() -> None:
    parameters = {"TransactItems": [{"Put": {"TableName": "orders", "Item": {}}}]}
    made = call(
        "dynamodb TransactWriteItems",
        *names_in("dynamodb", parameters),
        given=given_in(parameters),
    )

    assert granted(made) == {"dynamodb:PutItem": TABLE}


def test_parameters_widen_an_operation() -> None:
    assert set(granted(call("s3 PutObject", "b", given=("ACL",)))) == {
        "s3:PutObject",
        "s3:PutObjectAcl",
    }
    assert granted(call("dynamodb Query", "orders", given=("IndexName",))) == {
        "dynamodb:Query": f"{TABLE}/index/*"
    }
    assert granted(call("sns Publish", given=("PhoneNumber",))) == {"sns:Publish": "*"}


@pytest.mark.parametrize("name", ["*", "orders*", "a?", "${aws:username}", "a b", "", "arn:aws:*"])
def test_a_name_that_iam_would_read_more_into_is_no_name(name: str) -> None:
    made = policy("f", [call("dynamodb PutItem", name)], Known())

    assert made.statements == ()
    assert [one.action for one in made.missing] == ["dynamodb:PutItem"]


def test_what_is_not_known_is_left_out_and_said() -> None:
    made = policy("f", [call("iot Publish"), call("sqs SendMessage")], Known())

    assert made.statements == ()
    assert [one.action for one in made.missing] == ["iot:Publish", "sqs:SendMessage"]


def test_the_stage_says_what_a_variable_holds_and_what_nobody_found() -> None:
    by_variable = AwsCall("dynamodb", "dynamodb", "PutItem", (Name("", "T"),), (), "a.py:1")

    assert granted(by_variable, environ={"T": "orders"}) == {"dynamodb:PutItem": TABLE}
    assert granted(by_variable) == {}
    assert granted(call("dynamodb PutItem"), resources={"dynamodb": ["orders"]}) == {
        "dynamodb:PutItem": TABLE
    }
    assert granted(
        call("dynamodb PutItem"), resources={"dynamodb:PutItem": [TABLE], "dynamodb": ["x"]}
    ) == {"dynamodb:PutItem": TABLE}


def test_a_bare_star_is_not_taken_from_a_user_either() -> None:
    assert given_arn("table", "*") is None
    assert given_arn("queue", "arn:aws:sqs:eu-west-1:123456789012:*") is None
    assert given_arn("object", "arn:aws:s3:::b/photos/*") == ("arn:aws:s3:::b/photos/*",)


def test_both_sources_are_joined_and_told_apart() -> None:
    read = call("dynamodb GetItem", "orders")
    seen = call("dynamodb PutItem", "orders", place="")
    both = [call("dynamodb Scan", "orders"), call("dynamodb Scan", "orders", place="")]
    made = policy("f", [read, seen, *both], Known())

    assert made.never_exercised == ("dynamodb:GetItem",)
    assert made.not_seen_statically == ("dynamodb:PutItem",)
    assert len(made.grants) == 3


def test_a_seen_name_stands_in_for_one_that_reading_does_not_know() -> None:
    made = policy("f", [call("dynamodb Scan"), call("dynamodb Scan", "orders", place="")], Known())

    assert made.missing == ()
    assert made.statements


def test_a_place_without_a_name_is_still_said_where_another_has_one() -> None:
    made = policy("f", [call("sqs SendMessage", "mail"), call("sqs SendMessage")], Known())

    assert len(made.statements) == 1
    assert [one.action for one in made.missing] == ["sqs:SendMessage"]


def test_names_are_found_in_batches_copies_and_entries() -> None:
    assert names_in("dynamodb", {"RequestItems": {"a": [], "b": []}}) == ("a", "b")
    assert names_in("s3", {"Bucket": "a", "CopySource": {"Bucket": "b", "Key": "k"}}) == ("a", "b")
    assert names_in("s3", {"Bucket": "a", "CopySource": "b/k"}) == ("a", "b")
    assert names_in("events", {"Entries": [{"EventBusName": "x"}, {"EventBusName": "x"}]}) == (
        "x",
    )
    assert names_in("events", {"Entries": [{}]}) == ("default",)
    assert names_in("dynamodb", {"TableName": "t", "Item": {"TableName": {"S": "x"}}}) == ("t",)


def test_an_arn_of_another_account_stays_as_it_is() -> None:
    theirs = "arn:aws:sqs:us-east-1:999999999999:theirs"

    assert arn_of("queue", theirs) == (theirs,)


def _kinds(action: str) -> list[str]:
    prefix, _, name = action.partition(":")
    assert name.lower() in REFERENCE[prefix]["Actions"], action
    found: list[str] = REFERENCE[prefix]["Actions"][name.lower()].get("Resources", [])
    return found


def _formats(action: str, kind: str) -> list[str]:
    prefix = action.partition(":")[0]
    known = {name.lower(): one for name, one in REFERENCE[prefix]["Resources"].items()}
    formats = known[kind.lower()].get("ARNFormats", [])
    filled = {"${Partition}": "aws", "${Region}": "eu-west-1", "${Account}": "123456789012"}
    found = []
    for text in formats:
        for name, value in filled.items():
            text = text.replace(name, value)
        found.append(text)
    return found
