"""The shop as the tests get it: seeded files, apps, clients that are logged in, AWS on moto."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import boto3
import pytest
from flask import Flask
from flask.testing import FlaskClient
from moto import mock_aws

from shop import seed
from shop.domain.ports import Ports
from shop.web import create_app, pages
from shop_adapters import memory
from shop_adapters.table import KEYS

NOW = datetime(2025, 6, 1, 12, 0, tzinfo=UTC)


class FakeClock:
    """A clock that stands still and remembers how long it was asked to wait."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def now(self) -> datetime:
        return NOW

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


class FakeIds:
    """Ids that count up."""

    def __init__(self) -> None:
        self.given = 0

    def uuid(self) -> UUID:
        self.given += 1
        return UUID(int=self.given)

    def token(self, size: int = 16) -> bytes:
        self.given += 1
        return self.given.to_bytes(size, "big")


@pytest.fixture
def ports() -> Ports:
    """The small shop in memory, with time standing still."""
    ports = replace(memory.ports(), clock=FakeClock(), ids=FakeIds())
    seed.fill(ports)
    return ports


@pytest.fixture(scope="session")
def seeded_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("seed") / "shop.sqlite3"
    seed.prepare(str(path))
    return path


@pytest.fixture
def environ(seeded_file: Path, tmp_path: Path) -> dict[str, str]:
    database = shutil.copy(seeded_file, tmp_path / "shop.sqlite3")
    return {
        "SHOP_DATABASE": str(database),
        "SHOP_REPORT_SECONDS": "0",
        "SHOP_REPORT_DIR": str(tmp_path / "written"),
        "SHOP_PASSWORD_ROUNDS": "1000",
        "SECRET_KEY": "a key for tests",
    }


@pytest.fixture
def app(environ: dict[str, str]) -> Iterator[Flask]:
    pages.READ.clear()
    yield create_app(environ)
    for thread in threading.enumerate():
        if thread.name.startswith("shop-mail-"):
            thread.join()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Somebody who is not logged in."""
    return app.test_client()


def log_in(app: Flask, name: str) -> FlaskClient:
    client = app.test_client()
    sent = {"email": f"{name}@shop.example", "password": f"{name}-likes-tea"}
    assert client.post("/api/session", json=sent).status_code == 200
    return client


@pytest.fixture
def ada(app: Flask) -> FlaskClient:
    """Staff."""
    return log_in(app, "ada")


@pytest.fixture
def ben(app: Flask) -> FlaskClient:
    """A customer."""
    return log_in(app, "ben")


@pytest.fixture
def cleo(app: Flask) -> FlaskClient:
    """The admin."""
    return log_in(app, "cleo")


@dataclass(frozen=True, slots=True)
class Resources:
    """Names of empty AWS resources, and what has arrived at the end of queue and topic."""

    environ: dict[str, str]
    mails: Callable[[], list[str]]
    notifications: Callable[[], list[str]]


@pytest.fixture(scope="session")
def moto_cloud() -> Iterator[None]:
    """One cloud for all tests; each makes resources of its own names in it."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "testing")
        patch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
        for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_SESSION_TOKEN"):
            patch.delenv(name, raising=False)
        with mock_aws():
            yield


@pytest.fixture
def resources(moto_cloud: None) -> Resources:
    name = f"shop-{uuid4()}"
    region = {"LocationConstraint": "eu-central-1"}
    boto3.client("dynamodb").create_table(TableName=name, **KEYS)
    boto3.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration=region)
    sqs, sns = boto3.client("sqs"), boto3.client("sns")
    mails = sqs.create_queue(QueueName=name)["QueueUrl"]
    heard = sqs.create_queue(QueueName=f"{name}-heard")["QueueUrl"]
    topic = sns.create_topic(Name=name)["TopicArn"]
    wanted = {"QueueUrl": heard, "AttributeNames": ["QueueArn"]}
    arn = sqs.get_queue_attributes(**wanted)["Attributes"]["QueueArn"]
    raw = {"RawMessageDelivery": "true"}
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=raw)

    def arrived(queue: str) -> list[str]:
        answer = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
        return [message["Body"] for message in answer.get("Messages", ())]

    environ = {
        "SHOP_BACKEND": "aws",
        "SHOP_TABLE": name,
        "SHOP_BUCKET": name,
        "SHOP_QUEUE_URL": mails,
        "SHOP_TOPIC_ARN": topic,
    }
    return Resources(environ, lambda: arrived(mails), lambda: arrived(heard))
