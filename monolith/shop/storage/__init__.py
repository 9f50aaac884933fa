"""All ports on one SQLite file: the shop's own, embedded default.

A connection lives for one call, so threads, forks and other processes see every write at once.
Mail and notifications become rows of the outbox and a line in the log; nothing leaves the machine.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing

from shop.domain.ports import Ports
from shop.storage.catalogue import SqliteArticles, SqliteComments, SqliteStock, SqliteUsers
from shop.storage.schema import SCHEMA
from shop.storage.trade import (
    SqliteCounters,
    SqliteOrders,
    SqliteOutbox,
    SqlitePayments,
    SqlitePhotos,
)
from shop.system import RandomIds, SystemClock


def ports(path: str) -> Ports:
    """Give all ports on the file; ``create_tables`` must have made its tables."""
    outbox = SqliteOutbox(path)
    return Ports(
        users=SqliteUsers(path),
        articles=SqliteArticles(path),
        comments=SqliteComments(path),
        stock=SqliteStock(path),
        orders=SqliteOrders(path),
        payments=SqlitePayments(path),
        photos=SqlitePhotos(path),
        mail=outbox,
        notifications=outbox,
        clock=SystemClock(),
        ids=RandomIds(),
        counters=SqliteCounters(path),
    )


def create_tables(path: str) -> None:
    """Make the tables in a new file."""
    with closing(sqlite3.connect(path)) as database:
        database.executescript(SCHEMA)
