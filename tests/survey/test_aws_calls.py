"""Every usual way to call AWS is found, across modules, aliases and objects."""

from __future__ import annotations

from pathlib import Path

import pytest

from survey.reading_trees import touches_of

WAYS = {
    "client": "import boto3\ndef view():\n    boto3.client('s3').put_object(Key='k')",
    "variable": "import boto3\ns3 = boto3.client('s3')\ndef view():\n    s3.put_object(Key='k')",
    "inside": "import boto3\ndef view():\n    s3 = boto3.client('s3')\n    s3.put_object()",
    "session": "import boto3\ndef view():\n    boto3.Session().client('s3').put_object()",
    "session module": (
        "from boto3.session import Session\nsession = Session(region_name='x')\n"
        "s3 = session.client('s3')\ndef view():\n    s3.put_object()"
    ),
    "from import": "from boto3 import client\ns3 = client('s3')\ndef view():\n    s3.put_object()",
    "alias": "import boto3 as aws\nmake = aws.client\ndef view():\n    make('s3').put_object()",
    "keyword": "import boto3\ndef view():\n    boto3.client(service_name='s3').put_object()",
    "constant": "import boto3\nS = 's3'\ndef view():\n    boto3.client(S).put_object()",
    "bound method": "import boto3\nput = boto3.client('s3').put_object\ndef view():\n    put()",
    "self": (
        "import boto3\nclass Store:\n    def __init__(self):\n"
        "        self.client = boto3.client('s3')\n    def save(self):\n"
        "        self.client.put_object()\ndef view():\n    Store().save()"
    ),
    "class attribute": (
        "import boto3\nclass Store:\n    s3 = boto3.client('s3')\n    def save(self):\n"
        "        self.s3.put_object()\ndef view():\n    Store().save()"
    ),
    "made by a function": (
        "import boto3\ndef store():\n    return boto3.client('s3')\ndef view():\n"
        "    store().put_object()"
    ),
    "dictionary": (
        "import boto3\nC = {'s3': boto3.client('s3')}\ndef view():\n    C['s3'].put_object()"
    ),
    "with": (
        "import boto3\ndef view():\n    with boto3.client('s3') as s3:\n        s3.put_object()"
    ),
    "getattr": "import boto3\ndef view():\n    getattr(boto3.client('s3'), 'put_object')()",
    "walrus": (
        "import boto3\ndef view():\n    if (s3 := boto3.client('s3')):\n        s3.put_object()"
    ),
    "typed": (
        "from mypy_boto3_s3.client import S3Client\n"
        "def save(s3: S3Client):\n    s3.put_object()\ndef view():\n    save(None)"
    ),
    "other module": "from clients import s3\ndef view():\n    s3.put_object()",
    "conditional": (
        "import boto3\ns3 = None\ndef view():\n    global s3\n    s3 = s3 or boto3.client('s3')\n"
        "    s3.put_object()"
    ),
    "resource": "import boto3\ndef view():\n    boto3.resource('s3').Bucket('b').put_object()",
}


@pytest.mark.parametrize("way", sorted(WAYS))
def test_an_operation_is_found(tmp_path: Path, way: str) -> None:
    files = {"app.py": WAYS[way], "clients.py": "import boto3\ns3 = boto3.client('s3')"}

    assert ("aws", "s3:put_object") in touches_of(tmp_path, files)


@pytest.mark.parametrize(
    ("text", "operation"),
    [
        (
            "boto3.client('s3').get_paginator('list_objects_v2').paginate(Bucket='b')",
            "s3:list_objects_v2",
        ),
        ("boto3.client('s3').get_waiter('object_exists').wait()", "s3:object_exists"),
        ("boto3.resource('dynamodb').Table('t').query()", "dynamodb:query"),
        ("boto3.resource('sqs').Queue('u').send_message()", "sqs:send_message"),
    ],
)
def test_what_a_client_makes_is_followed(tmp_path: Path, text: str, operation: str) -> None:
    files = {"app.py": f"import boto3\ndef view():\n    {text}"}

    assert ("aws", operation) in touches_of(tmp_path, files)


def test_a_client_of_something_else_is_no_aws_call(tmp_path: Path) -> None:
    files = {"app.py": "import redis\nc = redis.client('s3')\ndef view():\n    c.put_object()"}

    assert not [touch for touch in touches_of(tmp_path, files) if touch[0] == "aws"]
