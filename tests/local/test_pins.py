"""Clocks and dice of a worker: the same at the same moment, and still clocks and dice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from unlith.backends.local.hosts import WorkerHost

MakeHost = Callable[..., WorkerHost]
EPOCH_NS = 1_790_000_000_123_457_891

READINGS = {
    "time": "time.time()",
    "time_ns": "time.time_ns()",
    "localtime": "time.strftime('%c')",
    "now": "datetime.datetime.now().isoformat()",
    "utc": "datetime.datetime.now(datetime.UTC).isoformat()",
    "utcnow": "datetime.datetime.utcnow().isoformat()",
    "from": "str(now())",
    "perf": "time.perf_counter()",
    "log": "logging.LogRecord('a', 1, 'b', 1, 'c', (), None).created",
    "random": "random.random()",
    "randint": "random.randint(1, 10**9)",
    "gauss": "random.gauss(0, 1)",
    "shuffled": "random.sample(range(100), 100)",
    "choices": "random.choices(range(10**6), k=3)",
    "own": "random.Random().random()",
    "system": "random.SystemRandom().random()",
    "urandom": "os.urandom(9).hex()",
    "secrets": "secrets.token_urlsafe()",
    "choice": "secrets.choice(range(10**9))",
    "uuid4": "str(uuid.uuid4())",
    "uuid1": "str(uuid.uuid1())",
    "name": "tempfile.mktemp()",
    "module": "DICE.random()",
}
SOURCE = """
import datetime, logging, os, random, secrets, tempfile, time, uuid
from time import time as now
DICE = random.Random()

def view(more):
    if more:
        [other() for _ in range(5)]
    return {
        READINGS
    }

def other():
    return [time.time(), random.random(), uuid.uuid4(), secrets.token_hex()]

def handler(event, context):
    return view(event.get("more"))
""".replace("READINGS", ", ".join(f"{name!r}: {code}" for name, code in READINGS.items()))


def values(host: WorkerHost, *moment: int, more: bool = False) -> dict[str, Any]:
    session = host.session()
    answer = session.invoke({"more": more}, (moment[0], moment[1])).answer
    session.close()
    assert isinstance(answer, dict)
    return answer


@pytest.fixture
def host(make_host: MakeHost) -> WorkerHost:
    return make_host(SOURCE, epoch_ns=EPOCH_NS)


def test_the_same_moment_gives_the_same_values_in_any_process(
    make_host: MakeHost, host: WorkerHost
) -> None:
    first = values(host, 0, 3)
    host.close()

    assert values(make_host(SOURCE, epoch_ns=EPOCH_NS), 0, 3) == first


def test_another_exchange_or_run_gives_other_values(host: WorkerHost) -> None:
    first, later, another = (values(host, *moment) for moment in [(0, 1), (0, 2), (1, 1)])

    assert [n for n in READINGS if first[n] in (later[n], another[n])] == []


def test_calls_elsewhere_shift_no_value(host: WorkerHost) -> None:
    assert values(host, 0, 1, more=True) == values(host, 0, 1)


def test_a_session_that_went_on_gives_what_a_fresh_one_gives(host: WorkerHost) -> None:
    session = host.session()
    session.invoke({}, (0, 1))

    assert session.invoke({}, (0, 2)).answer == values(host, 0, 2)


def test_local_time_is_not_utc_and_every_digit_shows(host: WorkerHost) -> None:
    seen = values(host, 0, 1)

    now, utc = datetime.fromisoformat(seen["now"]), datetime.fromisoformat(seen["utc"])
    assert round((now.replace(tzinfo=UTC) - utc).total_seconds()) == 5 * 3600 + 45 * 60
    assert now.microsecond % 1000
    assert seen["time_ns"] % 1000


def test_a_wait_for_the_clock_ends(make_host: MakeHost) -> None:
    host = make_host(
        """
        import time
        def handler(event, context):
            end, before = time.time() + 5, time.time()
            while time.time() < end:
                pass
            time.sleep(0.01)
            return time.time() - before >= 5.01
        """,
        epoch_ns=EPOCH_NS,
    )

    assert host.session().invoke({}, (0, 1)).answer is True


def test_what_was_seeded_is_as_python_has_it(make_host: MakeHost) -> None:
    source = """
        import random
        def handler(event, context):
            state = random.Random(7)
            random.seed(8)
            return [state.random(), state.getrandbits(70), random.random(), random.randint(1, 99)]
        """

    pinned = make_host(source, epoch_ns=EPOCH_NS).session().invoke({}, (0, 1)).answer

    assert pinned == make_host(source).session().invoke({}, (0, 1)).answer


def test_the_clock_is_pinned_during_import_and_dice_are_not(make_host: MakeHost) -> None:
    source = """
        import os, time
        STARTED, KEY = time.time(), os.urandom(8).hex()
        def handler(event, context):
            return [STARTED, KEY]
        """

    (one, other) = (make_host(source, epoch_ns=EPOCH_NS).invoke({}).answer for _ in range(2))

    assert isinstance(one, list)
    assert isinstance(other, list)
    assert one[0] == other[0] == EPOCH_NS / 1e9
    assert one[1] != other[1]


def test_time_machine_and_its_friends_cannot_be_imported_by_the_handler(
    make_host: MakeHost,
) -> None:
    host = make_host(
        """
        import importlib.util, time
        def handler(event, context):
            return [importlib.util.find_spec(n) is None for n in ("pytest", "flask", "dateutil")]
        """,
        epoch_ns=EPOCH_NS,
        isolated=True,
    )

    assert host.invoke({}).answer == [True, True, True]


def test_the_clock_of_sqlite_is_pinned_too(make_host: MakeHost) -> None:
    host = make_host(
        """
        import sqlite3, time
        def handler(event, context):
            db = sqlite3.connect(":memory:")
            db.execute("create table t (a, b default current_timestamp)")
            db.execute("create index i on t (datetime(a))")
            db.execute("insert into t (a) values ('2026-01-02 03:04:05')")
            utc = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime())
            rows = db.execute(
                "select b, current_timestamp, datetime('now'), datetime('now', '-1 day'), "
                "strftime('%s'), date(a), julianday(a), datetime(null), unixepoch('NOW') from t"
            ).fetchone()
            return [utc, current(db), list(rows)]
        def current(db):
            return db.execute("select current_date || ' ' || current_time").fetchone()[0]
        """,
        epoch_ns=EPOCH_NS,
        records=True,
    )

    answer = host.session().invoke({}, (0, 1)).answer

    assert isinstance(answer, list)
    utc, current, row = answer
    second = str(EPOCH_NS // 10**9 + 1)
    assert (current, row[:3]) == (utc, [utc] * 3)
    assert row[3] < utc
    assert row[4:] == [second, "2026-01-02", 2461042.627835648, None, int(second)]
