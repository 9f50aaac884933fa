"""Effects on the world outside: recorded, compared in order, and never let out."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from unlith.backends.local.hosts import WorkerHosts
from unlith.backends.local.launch import epoch_ns
from unlith.backends.local.sandbox import FileState
from unlith.backends.local.scratch import scratch
from unlith.backends.local.session_aws import LocalAws
from unlith.backends.local.sides import FacadeSide, MonolithSide
from unlith.domain.gateways import GATEWAYS
from unlith.domain.route import Route
from unlith.domain.verdict import ParityResult, Verdict
from unlith.files.parity_toml import cases_from_toml
from unlith.ports import FunctionSpec
from unlith.usecases.parity import Subject, parity
from unlith.usecases.plan import Asked

RUNTIME = Path(__file__).parents[2] / "adapters"

APP = """
import email.message, json, logging, os, random, smtplib, sqlite3, threading, time, uuid
import urllib.error, urllib.request
import boto3, requests
from flask import Flask, jsonify, request

FAULTS = os.environ.get("FAULT", "").split("|")
app = Flask(__name__)
SQS, S3 = boto3.client("sqs"), boto3.client("s3")
TABLE = boto3.resource("dynamodb").Table("orders")
SNS = boto3.client("sns", region_name="eu-west-1")
PRICES = "https://prices.example/v1/quote?item=tea"


def db():
    connection = sqlite3.connect("app.db")
    connection.execute("create table if not exists orders (id text, item)")
    connection.execute("create table if not exists lines (name, at)")
    return connection


@app.post("/orders")
def order():
    asked = request.get_json()
    id = str(uuid.uuid4())
    with db() as connection:
        writes = [("insert into orders values (?, ?)", (id, asked["item"])),
                  ("insert into lines values (?, ?)", ("a", time.time()))]
        if "writes in another order" in FAULTS:
            writes.reverse()
        for statement, values in writes:
            connection.execute(statement, values)
        names = ["c", "b"] if "rows in another order" in FAULTS else ["b", "c"]
        connection.executemany("insert into lines values (?, 0)", [(name,) for name in names])
    if "mail before message" in FAULTS:
        mail(id)
        message(id)
    else:
        message(id)
        mail(id)
    if "message doubled" in FAULTS:
        message(id)
    store(id, asked)
    if "webhook lost" not in FAULTS:
        hook(id)
    if "one more request" in FAULTS:
        hook(id)
    return jsonify(id=id, price=price()), 201


def message(id):
    url = SQS.get_queue_url(QueueName="orders")["QueueUrl"]
    delay = 5 if "message delayed" in FAULTS else 0
    sent = SQS.send_message(QueueUrl=url, MessageBody=json.dumps({"id": id}), DelaySeconds=delay)
    assert sent["MessageId"]


def mail(id):
    if "mail lost" in FAULTS:
        return
    made = email.message.EmailMessage()
    made["Subject"] = f"Order {id}" if "subject" not in FAULTS else "Order"
    made["From"], made["To"] = "shop@shop.example", "ben@shop.example"
    made.set_content("Thank you.\\n")
    made.add_alternative("<p>Thanks</p>" if "html" in FAULTS else "<p>Thank you.</p>", "html")
    with smtplib.SMTP("mail.example", 587) as smtp:
        smtp.starttls()
        smtp.login("shop", "secret")
        to = ["eve@shop.example"] if "recipient" in FAULTS else ["ben@shop.example"]
        smtp.send_message(made, to_addrs=to)


def store(id, asked):
    TABLE.put_item(Item={"id": id, "n": 1 if "item" not in FAULTS else 2})
    assert TABLE.get_item(Key={"id": id})["Item"]["id"] == id
    key = f"order/{id}" if "bucket key" in FAULTS else f"orders/{id}.json"
    S3.put_object(Bucket="orders", Key=key, Body=json.dumps(asked).encode())
    assert S3.get_object(Bucket="orders", Key=key)["Body"].read() == json.dumps(asked).encode()


def hook(id):
    what = {"id": id, "new": "request body" in FAULTS}
    token = "Bearer other" if "request header" in FAULTS else "Bearer t"
    method = requests.put if "request method" in FAULTS else requests.post
    try:
        method("https://hooks.example/orders", json=what, headers={"Authorization": token})
    except requests.ConnectionError:
        if "error log lost" not in FAULTS:
            level = logging.CRITICAL if "log level" in FAULTS else logging.ERROR
            logging.getLogger("hooks").log(level, "no hook for %s", id)


def price():
    try:
        return urllib.request.urlopen(PRICES).read()
    except urllib.error.URLError:
        return None


@app.get("/noise")
def noise():
    jobs = list(range(4))
    random.shuffle(jobs)
    threads = [threading.Thread(target=late, args=(job,)) for job in jobs]
    [thread.start() for thread in threads]
    app.logger.error(f"at {object()} {time.time()}")
    return jsonify(tags=list({"a", "b", "c", "d"}), jobs=jobs, at=time.time())


def late(job):
    time.sleep(random.random() / 100)
    SNS.list_topics()
    with db() as connection:
        connection.execute("insert into lines values (?, ?)", (job, time.time()))


@app.get("/crash")
def crash():
    if "other exception" in FAULTS:
        raise ValueError("no")
    raise KeyError("no")


def set_up():
    SQS.create_queue(QueueName="orders")
    S3.create_bucket(Bucket="orders")
    boto3.client("dynamodb").create_table(
        TableName="orders", BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )
"""

ORDER = """
method = "POST"
target = "/orders"
json = { item = "tea" }
"""

Compare = Callable[..., ParityResult]


class Silent:
    """A reporter for tests."""

    def step(self, message: str) -> None:
        pass

    def warn(self, message: str) -> None:
        pass

    def progress(self, items: object, *, total: int, label: str) -> object:
        return items


@pytest.fixture(scope="module")
def compare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Compare]:
    """Give ``compare(fault)``; both monoliths and the AWS are there once."""
    folder, hosts = scratch(tmp_path_factory.mktemp("effects")), WorkerHosts()
    (folder / "outside.py").write_text(APP, "utf-8")
    (folder / "outside_whole.py").write_text(
        "from unlith_runtime.whole import make_handler\nhandler = make_handler('outside:app')\n"
    )
    epoch, gateway = epoch_ns(), GATEWAYS["http-v2"]

    def spec(side: str, fault: str = "", handler: str = "outside_whole.handler") -> FunctionSpec:
        (folder / side).mkdir(exist_ok=True)
        return FunctionSpec(
            name=side,
            handler=handler,
            paths=(folder, RUNTIME),
            cwd=folder / side,
            environ={"FAULT": fault},
            settle_s=5.0,
            offline=True,
            epoch_ns=epoch,
            records=True,
        )

    aws = LocalAws(hosts, folder, epoch)
    made = hosts.host(spec("setup", handler="outside:set_up")).call(aws.seed)
    assert made.error is None, made
    control = MonolithSide(
        hosts.host(spec("control")), FileState(folder / "control", ["."]), gateway, aws
    )
    control.prepare()
    monolith, state = hosts.host(spec("candidate")), FileState(folder / "candidate", ["."])

    def run(
        fault: str,
        route: str = "POST /orders",
        request: str = ORDER,
        *,
        with_probes: bool = False,
    ) -> ParityResult:
        routes = (Route.parse(route),)
        cases = cases_from_toml(
            f'[[session]]\nname = "one"\n[[session.request]]\n{request}', "tests/parity/x.toml"
        )
        function = hosts.host(spec("candidate", fault))
        side = FacadeSide(monolith, function, routes, state, gateway, aws)
        side.prepare(control.base)
        try:
            return parity(
                Subject("outside", routes),
                cases,
                control,
                side,
                reporter=Silent(),  # type: ignore[arg-type]  # gives its items back
                asked=Asked(with_probes),
            )
        finally:
            function.close()

    yield run
    hosts.close()
    shutil.rmtree(folder)


@pytest.mark.parametrize(
    ("route", "request_text"),
    [
        ("POST /orders", ORDER),
        ("GET /noise", 'target = "/noise"'),
        ("GET /crash", 'target = "/crash"'),
    ],
)
def test_without_a_fault_both_are_the_same(
    compare: Compare, route: str, request_text: str
) -> None:
    result = compare("", route, request_text, with_probes=True)

    assert result.differences == ()
    assert result.verdict is Verdict.SAME


FOUND = {
    "writes in another order": ("effects (order)", "order"),
    "rows in another order": ("effects/app.db:lines/insert", "order"),
    "mail before message": ("effects (order)", "order"),
    "message doubled": ("effects/aws:sqs/SendMessage", "extra-call"),
    "message delayed": ("effects/aws:sqs/SendMessage/0/DelaySeconds", "value"),
    "mail lost": ("effects/smtp/mail", "lost-mail"),
    "recipient": ("effects/smtp/mail/0/to/0", "value"),
    "subject": ("effects/smtp/mail/0/headers/Subject", "form"),
    "html": ("effects/smtp/mail/0/parts/1/content/text", "value"),
    "item": ("effects/aws:dynamodb/PutItem/0/Item/n", "value"),
    "bucket key": ("effects/aws:s3/PutObject/0/Key", "form"),
    "webhook lost": ("effects/http:hooks.example/POST", "lost-request"),
    "one more request": ("effects/http:hooks.example/POST", "extra-request"),
    "request body": ("effects/http:hooks.example/POST/0/body/text", "form"),
    "request header": ("effects/http:hooks.example/POST/0/headers/authorization", "value"),
    "request method": ("effects/http:hooks.example/PUT", "extra-request"),
    "error log lost": ("effects/log:hooks/ERROR", "lost-log"),
    "log level": ("effects/log:hooks/CRITICAL", "extra-log"),
}


@pytest.mark.parametrize(
    "faults",
    [
        "writes in another order",
        "mail before message",
        "one more request",
        "message doubled|subject|bucket key|request method|error log lost",
        "rows in another order|message delayed|recipient|html|item|request body|request header"
        "|log level",
        "mail lost|webhook lost",
    ],
)
def test_faults_in_effects_are_found(compare: Compare, faults: str) -> None:
    result = compare(faults)

    found = {(one.path, one.kind) for one in result.differences}
    assert {FOUND[fault] for fault in faults.split("|")} <= found
    assert min(len(one.curl.splitlines()) for one in result.differences) == 1


def test_another_exception_behind_the_same_answer_is_found(compare: Compare) -> None:
    result = compare("other exception", "GET /crash", 'target = "/crash"')

    assert [(one.path, one.kind) for one in result.differences] == [
        ("effects/log:outside/ERROR/0/exception", "value")
    ]
