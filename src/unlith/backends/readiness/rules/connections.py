"""LR4xx: databases. Each environment has its own pool; nothing runs once at start."""

from __future__ import annotations

import re
from collections.abc import Iterator

from unlith.backends.readiness.bodies import is_kept
from unlith.backends.readiness.rule import E, Hit, N, Page, Rule, W
from unlith.backends.survey.reading import Call

_CONNECT = re.compile(
    r"^(psycopg2?|pymysql|MySQLdb|mysql\.connector|pyodbc|pymssql|asyncpg|cx_Oracle|oracledb)\.connect$|"
    r"^(redis\.(Redis|StrictRedis|from_url)|pymongo\.MongoClient|flask_pymongo\.MongoClient)$"
)
_PINS = re.compile(
    r"^\s*((?-i:SET)\s+(SESSION\s+)?(?!TRANSACTION)\w+(\s+TO\b|\s*=)|CREATE\s+TEMP(ORARY)?\s+TABLE|"
    r"LISTEN\s+\w+\s*;?\s*$|PREPARE\s+\w+\s+AS)|\bpg_(try_)?advisory_lock\b|\bGET_LOCK\(",
    re.IGNORECASE,
)
_ENGINES = ("sqlalchemy.create_engine", "sqlalchemy.engine.create_engine")
_POOL = frozenset({"poolclass", "pool_size", "**"})


def default_pool(page: Page) -> Iterator[Hit]:
    """Yield engines with SQLAlchemy's default pool (5 + 10 connections an environment)."""
    for call, text in page.calls(page.everywhere()):
        is_pooled = text in _ENGINES and not _is_sqlite(page, call)
        if is_pooled and not call.keywords.keys() & _POOL:
            yield call.line, "create_engine() keeps up to 15 connections an environment"


def _is_sqlite(page: Page, call: Call) -> bool:
    return any("sqlite" in line for line in page.lines[call.line - 1 : call.end])


def connection_per_request(page: Page) -> Iterator[Hit]:
    """Yield connections opened while serving, but for those that a function keeps."""
    for definition in page.serving():
        for call, text in page.calls([definition]):
            if _CONNECT.match(text) and not is_kept(page, definition, call.line):
                yield call.line, f"{text}() opens a connection for each request"


def schema_at_start(page: Page) -> Iterator[Hit]:
    """Yield schema changes when the app is made or serves."""
    for call, text in page.calls(page.everywhere()):
        last = text.rpartition(".")[2]
        is_orm = last in ("create_all", "drop_all") and ("alchemy" in text or "metadata" in text)
        if is_orm or text in ("flask_migrate.upgrade", "alembic.command.upgrade"):
            yield call.line, f"{last}() changes the schema when the app starts or serves"


def pinning(page: Page) -> Iterator[Hit]:
    """Yield statements that pin an RDS Proxy connection to one client."""
    for definition in page.serving():
        for text, line in definition.strings:
            if _PINS.search(text) and len(text) > 8:
                yield line, f"`{text.strip()[:40]}` pins the connection of an RDS Proxy"


def no_ping(page: Page) -> Iterator[Hit]:
    """Yield engines that do not test a connection before they use it."""
    for call, text in page.calls(page.everywhere()):
        if text in _ENGINES and not _is_sqlite(page, call):
            named = call.keywords.keys()
            if not named & {"pool_pre_ping", "**"} and not re.search(
                "NullPool|StaticPool", str(call.keywords)
            ):
                yield call.line, "a connection that died while frozen is used without a test"


def connection_at_import(page: Page) -> Iterator[Hit]:
    """Yield connections opened at import."""
    for call, text in page.calls(page.bodies()):
        if _CONNECT.match(text) and not text.startswith(("redis", "pymongo")):
            yield call.line, f"{text}() connects at import"


RULES = (
    Rule("LR401", W, "Engine with the default pool", "pool_size=1 or NullPool, and RDS Proxy",
         "import sqlalchemy\nengine = sqlalchemy.create_engine('x')\ndef view(): pass\n",
         "import sqlalchemy\nengine = sqlalchemy.create_engine('x', pool_size=1)\n"
         "def view(): pass\n", source=default_pool),
    Rule("LR402", W, "Connection opened for each request", "open it once, at first use",
         "import psycopg\ndef view():\n    psycopg.connect('x')\n",
         "import psycopg\ndef view():\n    psycopg.sql\n", source=connection_per_request),
    Rule("LR403", E, "Schema change at start", "a migration function, run before the toggle",
         "from flask_sqlalchemy import SQLAlchemy\ndb = SQLAlchemy()\ndb.create_all()\n"
         "def view(): pass\n",
         "from flask_sqlalchemy import SQLAlchemy\ndb = SQLAlchemy()\ndef view(): pass\n",
         source=schema_at_start),
    Rule("LR404", W, "Statement that pins RDS Proxy", "the proxy's init query, or without it",
         "def view(db):\n    db.execute('SET search_path TO x')\n",
         "def view(db):\n    db.execute('UPDATE t SET a = 1')\n", source=pinning),
    Rule("LR405", N, "No test of idle connections", "pool_pre_ping=True",
         "import sqlalchemy\nengine = sqlalchemy.create_engine('x')\ndef view(): pass\n",
         "import sqlalchemy\nengine = sqlalchemy.create_engine('x', pool_pre_ping=True)\n"
         "def view(): pass\n", source=no_ping),
    Rule("LR406", W, "Connection opened at import", "open it at first use",
         "import psycopg\nc = psycopg.connect('x')\ndef view(): pass\n",
         "import redis\nc = redis.Redis()\ndef view(): pass\n", source=connection_at_import,
         dynamic="an import without a network"),
)  # fmt: skip
