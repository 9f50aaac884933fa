"""An app full of what differs from run to run, and nothing that is a difference."""

import concurrent.futures
import datetime
import itertools
import logging
import random
import secrets
import sqlite3
import tempfile
import threading
import time
import uuid
from pathlib import Path

from flask import Flask, g, jsonify, request, session

app = Flask(__name__)
app.secret_key = "for measurements"  # noqa: S105  # of nobody
STARTED, INSTANCE = time.time(), uuid.uuid4().hex
COUNTER, SEEN = itertools.count(), []
DICE = random.Random()


def db():
    """Give a connection."""
    connection = sqlite3.connect("noisy.db")
    connection.execute(
        "create table if not exists visits (id integer primary key, what, ref,"
        " at default current_timestamp)"
    )
    return connection


@app.before_request
def begin():
    """Churn the session."""
    g.started = time.perf_counter()
    session["seen"] = session.get("seen", 0) + 1
    session["token"] = secrets.token_urlsafe()


@app.after_request
def end(response):
    """Say how long it took, and which request this is."""
    response.headers["X-Elapsed"] = f"{time.perf_counter() - g.started:.6f}"
    response.headers["X-Request-Id"] = str(uuid.uuid4())
    return response


@app.get("/clock")
def clock():
    """Give moments of many kinds."""
    now = datetime.datetime.now()
    return jsonify(
        local=now.isoformat(),
        utc=datetime.datetime.now(datetime.UTC).isoformat(),
        day=str(now.date()),
        epoch=time.time(),
        up=time.time() - STARTED,
        waited=time.monotonic(),
    )


@app.get("/ids")
def ids():
    """Give ids of many kinds, and the process's own."""
    return jsonify(a=str(uuid.uuid4()), b=str(uuid.uuid1()), c=secrets.token_hex(), own=INSTANCE)


@app.get("/dice")
def dice():
    """Give numbers, a shuffle and a sample."""
    numbers = list(range(8))
    random.shuffle(numbers)
    return jsonify(
        toss=random.random() < 0.5,
        shuffled=numbers,
        sample=DICE.sample(range(1000), 3),
        kind=random.choice(["a", "b"]),
    )


@app.get("/sets")
def sets():
    """Give sets as lists."""
    return jsonify(tags=list({"tea", "cup", "pot", "lamp"}), more=list({uuid.uuid4().hex}))


@app.get("/count")
def count():
    """Give what the process remembers."""
    SEEN.append(secrets.token_hex(2))
    return jsonify(n=next(COUNTER), seen=SEEN)


@app.post("/visits")
def visit():
    """Write rows, a file and the log."""
    what = request.get_json(silent=True) or {}
    with db() as connection:
        connection.execute(
            "insert into visits (what, ref) values (?, ?)", (str(what), uuid.uuid4().hex)
        )
    with tempfile.NamedTemporaryFile("w", dir=".", suffix=".txt", delete=False) as file:
        file.write(f"{datetime.datetime.now()}\n")
    logging.getLogger("visits").error("visit %s at %s", uuid.uuid4(), time.time())
    return jsonify(name=Path(file.name).name), 201


@app.get("/visits")
def visits():
    """Give all rows."""
    with db() as connection:
        return jsonify([list(row) for row in connection.execute("select * from visits")])


@app.get("/threads")
def threads():
    """Do things at once, some of them after the answer."""
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda n: (n, uuid.uuid4().hex), range(6)))
    late = threading.Thread(target=later)
    late.start()
    return jsonify(found=found)


def later():
    """Write a row when the answer is given."""
    time.sleep(0.002)
    with db() as connection:
        connection.execute("insert into visits (what, ref) values ('late', hex(randomblob(8)))")
