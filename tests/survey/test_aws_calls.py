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
    "partial": (
        "import boto3\nfrom functools import partial\n"
        "put = partial(boto3.client('s3').put_object, Bucket='b')\ndef view():\n    put(Key='k')"
    ),
    "partial of the maker": (
        "import boto3, functools\nmake = functools.partial(boto3.client, 's3')\n"
        "def view():\n    make().put_object()"
    ),
    "module attribute": "import clients\ndef view():\n    clients.s3.put_object()",
    "argument": (
        "import boto3\ndef save(client, key):\n    client.put_object(Key=key)\n"
        "def view():\n    save(boto3.client('s3'), 'k')"
    ),
    "keyword argument": (
        "import boto3\ndef save(key, client):\n    client.put_object(Key=key)\n"
        "s3 = boto3.client('s3')\ndef view():\n    save('k', client=s3)"
    ),
    "argument of a method": (
        "import boto3\nclass Store:\n    def save(self, client):\n        client.put_object()\n"
        "def view():\n    Store().save(boto3.client('s3'))"
    ),
    "argument kept on self": (
        "import boto3\nclass Store:\n    def __init__(self, client):\n        self.c = client\n"
        "    def save(self):\n        self.c.put_object()\n"
        "store = Store(boto3.client('s3'))\ndef view():\n    store.save()"
    ),
    "default argument": (
        "import boto3\ndef save(s3=boto3.client('s3')):\n    s3.put_object()\n"
        "def view():\n    save()"
    ),
    "dictionary filled later": (
        "import boto3\nC = {}\nC['s3'] = boto3.client('s3')\ndef view():\n    C['s3'].put_object()"
    ),
    "subclass": (
        "import boto3\nclass Base:\n    def __init__(self):\n"
        "        self.s3 = boto3.client('s3')\n"
        "class Store(Base):\n    def save(self):\n        self.s3.put_object()\n"
        "def view():\n    Store().save()"
    ),
    "attribute of an object": (
        "import boto3\nclass Store:\n    def __init__(self):\n"
        "        self.s3 = boto3.client('s3')\nstore = Store()\ndef view():\n"
        "    store.s3.put_object()"
    ),
    "property": (
        "import boto3\nclass Store:\n    @property\n    def s3(self):\n"
        "        return boto3.client('s3')\n    def save(self):\n        self.s3.put_object()\n"
        "def view():\n    Store().save()"
    ),
    "cached function": (
        "import boto3, functools\n@functools.lru_cache\ndef s3():\n"
        "    c = boto3.client('s3')\n    return c\ndef view():\n    s3().put_object()"
    ),
    "class method": (
        "import boto3\nclass Store:\n    s3 = boto3.client('s3')\n    @classmethod\n"
        "    def save(cls):\n        cls.s3.put_object()\ndef view():\n    Store.save()"
    ),
    "context manager of one's own": (
        "import boto3, contextlib\n@contextlib.contextmanager\ndef opened():\n"
        "    yield boto3.client('s3')\ndef view():\n    with opened() as s3:\n"
        "        s3.put_object()"
    ),
    "tuple": "import boto3\na, s3 = 1, boto3.client('s3')\ndef view():\n    s3.put_object()",
    "session on self": (
        "import boto3\nclass Store:\n    def __init__(self):\n"
        "        self.session = boto3.Session()\n"
        "        self.s3 = self.session.client('s3')\n    def save(self):\n"
        "        self.s3.put_object()\ndef view():\n    Store().save()"
    ),
    "config on the app": (
        "import boto3\nfrom flask import Flask, current_app\napp = Flask(__name__)\n"
        "app.config['S3'] = boto3.client('s3')\ndef view():\n"
        "    current_app.config['S3'].put_object()"
    ),
    "attribute of the app": (
        "import boto3\nfrom flask import Flask, current_app\napp = Flask(__name__)\n"
        "app.s3 = boto3.client('s3')\ndef view():\n    current_app.s3.put_object()"
    ),
    "on g": (
        "import boto3\nfrom flask import g\ndef before():\n    g.s3 = boto3.client('s3')\n"
        "def view():\n    before()\n    g.s3.put_object()"
    ),
    "loop": (
        "import boto3\ndef view():\n    for s3 in [boto3.client('s3')]:\n        s3.put_object()"
    ),
    "client of a resource": (
        "import boto3\ndef view():\n    boto3.resource('s3').meta.client.put_object()"
    ),
    "ternary": (
        "import boto3, os\ns3 = boto3.client('s3') if os.name else None\n"
        "def view():\n    s3.put_object()"
    ),
    "lambda": "import boto3\ns3 = lambda: boto3.client('s3')\ndef view():\n    s3().put_object()",
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
        (
            "p = boto3.client('s3').get_paginator('list_objects_v2')\n    p.paginate()",
            "s3:list_objects_v2",
        ),
        (
            "b = boto3.resource('s3').Bucket('b')\n    for o in b.objects.filter(): o.delete()",
            "s3:delete",
        ),
        (
            "w = boto3.client('ec2').get_waiter('instance_running')\n    w.wait()",
            "ec2:instance_running",
        ),
        (
            "t = boto3.resource('dynamodb').Table('t')\n    with t.batch_writer() as w:\n"
            "        w.put_item()",
            "dynamodb:put_item",
        ),
        ("boto3.resource('sqs').Queue('u').send_message()", "sqs:send_message"),
    ],
)
def test_what_a_client_makes_is_followed(tmp_path: Path, text: str, operation: str) -> None:
    files = {"app.py": f"import boto3\ndef view():\n    {text}"}

    assert ("aws", operation) in touches_of(tmp_path, files)


def test_a_client_of_something_else_is_no_aws_call(tmp_path: Path) -> None:
    files = {"app.py": "import redis\nc = redis.client('s3')\ndef view():\n    c.put_object()"}

    assert not [touch for touch in touches_of(tmp_path, files) if touch[0] == "aws"]
