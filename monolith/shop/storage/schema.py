"""The tables of the shop's SQLite file. Times are ISO 8601 in UTC, money is cents."""

SCHEMA = """
CREATE TABLE users (
    id TEXT PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    password TEXT NOT NULL,
    created_at TEXT NOT NULL
);
CREATE TABLE articles (
    slug TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    tags TEXT NOT NULL,
    sku TEXT NOT NULL UNIQUE,
    price_cents INTEGER NOT NULL,
    author TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);
CREATE TABLE comments (
    id INTEGER PRIMARY KEY,
    article TEXT NOT NULL,
    author TEXT NOT NULL,
    name TEXT NOT NULL,
    text TEXT NOT NULL,
    created_at TEXT NOT NULL
);
CREATE INDEX comments_of ON comments (article);
CREATE TABLE stock (
    sku TEXT PRIMARY KEY,
    level INTEGER NOT NULL CHECK (level >= 0)
);
CREATE TABLE orders (
    id INTEGER PRIMARY KEY,
    user TEXT NOT NULL,
    status TEXT NOT NULL,
    placed_at TEXT NOT NULL
);
CREATE INDEX orders_of ON orders (user);
CREATE TABLE order_lines (
    order_id INTEGER NOT NULL REFERENCES orders (id),
    place INTEGER NOT NULL,
    sku TEXT NOT NULL,
    title TEXT NOT NULL,
    quantity INTEGER NOT NULL,
    unit_cents INTEGER NOT NULL,
    PRIMARY KEY (order_id, place)
);
CREATE TABLE payments (
    reference TEXT PRIMARY KEY,
    cents INTEGER NOT NULL,
    refunded INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE photos (
    photo TEXT NOT NULL,
    variant TEXT NOT NULL,
    content_type TEXT NOT NULL,
    owner TEXT NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (photo, variant)
);
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    receiver TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE TABLE counters (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
);
"""
