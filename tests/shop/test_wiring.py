"""Which ports the environment asks for."""

from __future__ import annotations

from pathlib import Path

import pytest

from shop.seed import ARTICLES
from shop.storage.catalogue import SqliteStock
from shop_adapters import wiring
from shop_adapters.dynamodb import DynamoStock
from shop_adapters.memory import MemoryStock

AWS = {
    "SHOP_BACKEND": "aws",
    "SHOP_TABLE": "t",
    "SHOP_BUCKET": "b",
    "SHOP_QUEUE_URL": "q",
    "SHOP_TOPIC_ARN": "a",
}


def test_sqlite_is_the_default_in_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in (*wiring.NAMES, "SHOP_BACKEND"):
        monkeypatch.delenv(name, raising=False)

    ports = wiring.ports()

    assert isinstance(ports.stock, SqliteStock)
    assert len(ports.articles.all()) == len(ARTICLES)
    assert (tmp_path / "shop.sqlite3").is_file()


def test_the_same_settings_give_the_same_ports(tmp_path: Path) -> None:
    one = {"SHOP_DATABASE": str(tmp_path / "one.sqlite3")}
    two = {"SHOP_DATABASE": str(tmp_path / "two.sqlite3")}

    assert wiring.ports(one) is wiring.ports(dict(one))
    assert wiring.ports(one) is not wiring.ports(two)


def test_aws_asks_nothing_of_aws_until_it_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)

    assert isinstance(wiring.ports(AWS).stock, DynamoStock)


def test_memory_holds_the_small_shop() -> None:
    ports = wiring.ports({"SHOP_BACKEND": "memory"})

    assert isinstance(ports.stock, MemoryStock)
    assert len(ports.articles.all()) == len(ARTICLES)


@pytest.mark.parametrize(
    ("environ", "told"),
    [({"SHOP_BACKEND": "oracle"}, "oracle"), ({**AWS, "SHOP_BUCKET": ""}, "SHOP_BUCKET")],
)
def test_what_is_missing_is_told(environ: dict[str, str], told: str) -> None:
    with pytest.raises(wiring.UnknownBackend, match=told):
        wiring.ports(environ)
