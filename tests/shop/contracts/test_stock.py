"""The contract of Stock."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from shop import storage
from shop.domain.catalog import Sku, StockLevel
from shop.domain.errors import NotFound, OutOfStock
from shop.domain.ports import Ports
from shop_adapters import memory

TEA, CUP = Sku("TEA-001"), Sku("CUP-001")


def test_a_sku_is_kept_once(empty: Ports) -> None:
    empty.stock.add(TEA, 5)
    empty.stock.add(TEA, 0)

    assert empty.stock.get(TEA) == StockLevel(TEA, 5)
    assert empty.stock.get(CUP) is None


def test_levels_are_ordered_by_sku(empty: Ports) -> None:
    empty.stock.add(TEA, 5)
    empty.stock.add(CUP, 0)

    assert empty.stock.all() == (StockLevel(CUP, 0), StockLevel(TEA, 5))


def test_setting_a_level_gives_the_one_before(empty: Ports) -> None:
    empty.stock.add(TEA, 5)

    assert empty.stock.set_level(TEA, 1) == 5
    assert empty.stock.set_level(TEA, 1) == 1
    assert empty.stock.get(TEA) == StockLevel(TEA, 1)


def test_pieces_are_taken_until_there_are_none(empty: Ports) -> None:
    empty.stock.add(TEA, 5)

    assert empty.stock.take(TEA, 3) == 2
    with pytest.raises(OutOfStock):
        empty.stock.take(TEA, 3)
    assert empty.stock.take(TEA, 2) == 0
    assert empty.stock.get(TEA) == StockLevel(TEA, 0)


def test_pieces_are_put_back(empty: Ports) -> None:
    empty.stock.add(TEA, 0)

    empty.stock.put_back(TEA, 4)

    assert empty.stock.get(TEA) == StockLevel(TEA, 4)


def test_an_unknown_sku_is_refused_and_not_begun(empty: Ports) -> None:
    with pytest.raises(NotFound):
        empty.stock.set_level(TEA, 1)
    with pytest.raises(NotFound):
        empty.stock.put_back(TEA, 1)
    with pytest.raises(OutOfStock):
        empty.stock.take(TEA, 1)

    assert empty.stock.all() == ()


@pytest.mark.parametrize("kind", ["sqlite", "memory"])
def test_no_piece_is_taken_twice_by_threads(kind: str, tmp_path: Path) -> None:
    """On DynamoDB the condition of the update says the same; moto does not prove it."""
    path = str(tmp_path / "shop.sqlite3")
    storage.create_tables(path)
    stock = (storage.ports(path) if kind == "sqlite" else memory.ports()).stock
    stock.add(TEA, 5)

    def take(_: int) -> bool:
        try:
            stock.take(TEA, 1)
        except OutOfStock:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(take, range(20)))

    assert taken.count(True) == 5
    assert stock.get(TEA) == StockLevel(TEA, 0)
