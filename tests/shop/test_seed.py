"""The seed: the same every time, never half there."""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from shop import seed, services, storage
from shop_adapters import memory


def content(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as database:
        return list(database.iterdump())


def test_two_seeds_are_equal_row_by_row(seeded_file: Path, tmp_path: Path) -> None:
    seed.prepare(str(tmp_path / "again.sqlite3"))

    assert content(tmp_path / "again.sqlite3") == content(seeded_file)


def test_main_makes_the_file_afresh(
    seeded_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SHOP_DATABASE", raising=False)
    (tmp_path / "shop.sqlite3").write_text("something old")

    seed.main()

    assert content(tmp_path / "shop.sqlite3") == content(seeded_file)
    assert os.listdir(tmp_path) == ["shop.sqlite3"]


def test_a_file_that_is_there_stays(tmp_path: Path) -> None:
    path = tmp_path / "shop.sqlite3"
    storage.create_tables(str(path))

    seed.prepare(str(path))

    assert storage.ports(str(path)).articles.all() == ()


def test_many_who_start_at_once_get_one_whole_file(tmp_path: Path) -> None:
    path = str(tmp_path / "shop.sqlite3")
    seen: list[int] = []

    def start() -> None:
        seed.prepare(path)
        seen.append(len(storage.ports(path).articles.all()))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert seen == [len(seed.ARTICLES)] * 8
    assert os.listdir(tmp_path) == ["shop.sqlite3"]


def test_memory_and_file_hold_the_same_shop(seeded_file: Path) -> None:
    target, file = memory.ports(), storage.ports(str(seeded_file))
    seed.fill(target)

    assert target.articles.all() == file.articles.all()
    assert target.stock.all() == file.stock.all()
    assert tuple(target.orders.all()) == tuple(file.orders.all())
    assert target.comments.all() == file.comments.all()
    for user_id, *_ in seed.USERS:
        assert target.users.get(user_id) == file.users.get(user_id)
    for variant in (services.ORIGINAL, services.THUMBNAIL):
        assert target.photos.get(seed.PHOTO, variant) == file.photos.get(seed.PHOTO, variant)
