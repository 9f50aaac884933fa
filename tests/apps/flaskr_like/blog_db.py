"""The blog's database without Flask: for scripts, and for what leaves the monolith."""

import os
import sqlite3
from pathlib import Path

from werkzeug_free import hashed

SCHEMA = """
DROP TABLE IF EXISTS user;
DROP TABLE IF EXISTS post;
CREATE TABLE user (id INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL, password TEXT NOT NULL);
CREATE TABLE post (
  id INTEGER PRIMARY KEY,
  author_id INTEGER NOT NULL REFERENCES user (id),
  created TEXT NOT NULL DEFAULT '2024-01-01 12:00:00',
  title TEXT NOT NULL,
  body TEXT NOT NULL
);
"""


def path():
    return os.environ.get("BLOG_DATABASE", os.path.join("instance", "blog.sqlite3"))


def connection():
    db = sqlite3.connect(path(), detect_types=sqlite3.PARSE_DECLTYPES)
    db.row_factory = sqlite3.Row
    return db


def fill():
    Path(path()).parent.mkdir(exist_ok=True)
    with connection() as db:
        db.executescript(SCHEMA)
        for name in ("ann", "bob"):
            db.execute(
                "INSERT INTO user (name, password) VALUES (?, ?)", (name, hashed(name + "-secret"))
            )
        db.execute("INSERT INTO post (author_id, title, body) VALUES (1, 'First', 'Hello <you>')")
        db.execute("INSERT INTO post (author_id, title, body) VALUES (2, 'Zweiter', 'Grüße')")
