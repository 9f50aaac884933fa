"""Calls are found with the operation of the API and with what they reach, however written."""

from __future__ import annotations

from pathlib import Path

import pytest

from survey.reading_trees import analysis_of
from unlith.backends.survey.aws_calls import AwsCalls
from unlith.domain.iam.policy import Known, as_text, policy
from unlith.domain.iam.values import AwsCall, Pseudo

HERE = {Pseudo.PARTITION: "aws", Pseudo.REGION: "eu-west-1", Pseudo.ACCOUNT: "123456789012"}
PUT = {"s3:PutObject": ["arn:aws:s3:::b/*"]}
LIST = {"s3:ListBucket": ["arn:aws:s3:::b"]}
TABLE = "arn:aws:dynamodb:eu-west-1:123456789012:table/t"

PATTERNS = {
    "client": ("boto3.client('s3').put_object(Bucket='b', Key='k')", PUT),
    "variable": ("s3 = boto3.client('s3')\n    s3.put_object(Bucket='b')", PUT),
    "session": ("boto3.session.Session().client('s3').put_object(Bucket='b')", PUT),
    "Session": ("boto3.Session().client('s3').put_object(Bucket='b')", PUT),
    "from import": ("client('s3').put_object(Bucket='b')", PUT),
    "alias": ("aws.client('s3').put_object(Bucket='b')", PUT),
    "constant": ("boto3.client(S3).put_object(Bucket=BUCKET)", PUT),
    "self": ("Store(boto3.client('s3'), 'b').save()", PUT),
    "environment": ("boto3.client('s3').put_object(Bucket=os.environ['BUCKET'])", PUT),
    "getenv": ("boto3.client('s3').put_object(Bucket=os.getenv('BUCKET', 'x'))", PUT),
    "table": (
        "boto3.resource('dynamodb').Table('t').put_item(Item={})",
        {"dynamodb:PutItem": [TABLE]},
    ),
    "table of the environment": ("TABLE.get_item(Key={})", {"dynamodb:GetItem": [TABLE]}),
    "batch writer": (
        "with TABLE.batch_writer() as w:\n        w.put_item(Item={})",
        {"dynamodb:BatchWriteItem": [TABLE]},
    ),
    "paginator": (
        "boto3.client('s3').get_paginator('list_objects_v2').paginate(Bucket='b')",
        LIST,
    ),
    "kept paginator": (
        "p = boto3.client('s3').get_paginator('list_objects_v2')\n"
        "    for page in p.paginate(Bucket='b'): pass",
        LIST,
    ),
    "waiter": (
        "boto3.client('s3').get_waiter('object_exists').wait(Bucket='b', Key='k')",
        {"s3:GetObject": ["arn:aws:s3:::b/*"]},
    ),
    "transaction": (
        "boto3.client('dynamodb').transact_get_items(TransactItems=[{'Get': {'TableName': 't'}}])",
        {},
    ),
    "upload": (
        "boto3.client('s3').upload_file('f', 'b', 'k')",
        {**PUT, "s3:AbortMultipartUpload": ["arn:aws:s3:::b/*"]},
    ),
    "upload to a bucket": (
        "boto3.resource('s3').Bucket('b').upload_file('f', 'k')",
        {**PUT, "s3:AbortMultipartUpload": ["arn:aws:s3:::b/*"]},
    ),
    "object": ("boto3.resource('s3').Object('b', 'k').put(Body=b'')", PUT),
    "collection": ("list(boto3.resource('s3').Bucket('b').objects.all())", LIST),
    "presigned": (
        "boto3.client('s3').generate_presigned_url('get_object', Params={'Bucket': 'b'})",
        {},
    ),
    "queue": (
        "boto3.resource('sqs').Queue('https://sqs.eu-west-1.amazonaws.com/123456789012/q')"
        ".send_message(MessageBody='')",
        {"sqs:SendMessage": ["arn:aws:sqs:eu-west-1:123456789012:q"]},
    ),
    "function": (
        "boto3.client('lambda').invoke(FunctionName='pay')",
        {"lambda:InvokeFunction": ["arn:aws:lambda:eu-west-1:123456789012:function:pay"]},
    ),
}
BEFORE = """import os
import boto3
import boto3 as aws
from boto3 import client
S3, BUCKET = 's3', 'b'
TABLE = boto3.resource('dynamodb').Table(os.environ['TABLE'])
class Store:
    def __init__(self, client, bucket):
        self._client, self._bucket = client, bucket
    def save(self):
        self._client.put_object(Bucket=self._bucket)
def view():
    """


def calls_of(folder: Path, text: str) -> tuple[AwsCall, ...]:
    found = analysis_of(folder, {"app.py": BEFORE + text + "\n"})
    found.closures()
    return AwsCalls(found.index).of(found.walk.reached["view", ""].nodes)


@pytest.mark.parametrize("name", PATTERNS)
def test_a_pattern_gives_its_statement(tmp_path: Path, name: str) -> None:
    text, wanted = PATTERNS[name]
    known = Known(environ={"BUCKET": "b", "TABLE": "t"})

    made = policy("f", calls_of(tmp_path, text), known)

    granted = {
        action: [as_text(arn, HERE) for arn in arns]
        for actions, arns in made.statements
        for action in actions
    }
    assert granted == wanted
    assert made.grants, "the action is known, even where its resource is not"


def test_other_callees_of_the_same_name_hand_over_nothing(tmp_path: Path) -> None:
    (tmp_path / "other.py").write_text("class Store:\n    def __init__(self, c, name): ...\n")
    text = (
        "from other import Store as Theirs\n    import other\n    other.Store(1, 'wrong')\n"
        "    Store(boto3.client('s3'), 'b').save()"
    )

    made = policy("f", calls_of(tmp_path, text), Known())

    (statement,) = made.statements
    assert [as_text(arn, HERE) for arn in statement[1]] == ["arn:aws:s3:::b/*"]


def test_a_name_from_elsewhere_is_said_beside_one_that_is_known(tmp_path: Path) -> None:
    text = (
        "import sys\n    c = boto3.client('s3')\n    Store(c, 'b').save()\n"
        "    Store(c, sys.argv[1]).save()"
    )

    made = policy("f", calls_of(tmp_path, text), Known())

    assert len(made.statements) == 1
    assert [one.place.rpartition("/")[2] for one in made.missing] == ["app.py:11"]


def test_a_method_that_a_variable_names_is_found(tmp_path: Path) -> None:
    text = (
        "def call(operation, **given):\n"
        "        return getattr(boto3.client('dynamodb'), operation)(**given)\n"
        "    call('put_item', TableName='t')\n    call('delete_item', TableName='t')"
    )

    made = policy("f", calls_of(tmp_path, text), Known(resources={"dynamodb": ("t",)}))

    assert [actions for actions, _ in made.statements] == [
        ("dynamodb:DeleteItem", "dynamodb:PutItem")
    ]
