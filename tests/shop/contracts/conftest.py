"""Each port once on every implementation: SQLite, memory, AWS on moto."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import connect

import pytest

from shop import storage
from shop.domain.ports import Ports
from shop_adapters import aws, memory
from shop_adapters.memory import MemoryMail, MemoryNotifications


@dataclass(frozen=True, slots=True)
class Backend:
    """Empty ports, and a look at what left through mail and notifications."""

    name: str
    ports: Ports
    mails: Callable[[], list[dict[str, str]]]
    notifications: Callable[[], list[dict[str, object]]]


@pytest.fixture(params=["sqlite", "memory", "aws"])
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Backend:
    if request.param == "sqlite":
        return _sqlite(str(tmp_path / "empty.sqlite3"))
    return _memory() if request.param == "memory" else _aws(request)


@pytest.fixture
def empty(backend: Backend) -> Ports:
    return backend.ports


def _sqlite(path: str) -> Backend:
    storage.create_tables(path)

    def outbox(kind: str) -> list[tuple[str, ...]]:
        with closing(connect(path)) as database:
            sql = "SELECT receiver, subject, body FROM outbox WHERE kind = ? ORDER BY id"
            return database.execute(sql, (kind,)).fetchall()

    return Backend(
        "sqlite",
        storage.ports(path),
        lambda: [dict(zip(("to", "subject", "text"), row, strict=True)) for row in outbox("mail")],
        lambda: [json.loads(body) for _, _, body in outbox("notification")],
    )


def _memory() -> Backend:
    ports = memory.ports()
    mail, notifications = ports.mail, ports.notifications
    assert isinstance(mail, MemoryMail)
    assert isinstance(notifications, MemoryNotifications)
    return Backend(
        "memory",
        ports,
        lambda: [
            {"to": letter.to, "subject": letter.subject, "text": letter.text}
            for letter in mail.sent
        ],
        lambda: [dict(facts) for _, facts in notifications.published],
    )


def _aws(request: pytest.FixtureRequest) -> Backend:
    resources = request.getfixturevalue("resources")
    names = ("SHOP_TABLE", "SHOP_BUCKET", "SHOP_QUEUE_URL", "SHOP_TOPIC_ARN")

    def mails() -> list[dict[str, str]]:
        letters = [json.loads(body) for body in resources.mails()]
        assert all(letter.pop("kind") == "mail" for letter in letters)
        return letters

    return Backend(
        "aws",
        aws.ports(*(resources.environ[name] for name in names)),
        mails,
        lambda: [json.loads(body) for body in resources.notifications()],
    )
