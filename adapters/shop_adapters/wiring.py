"""Which implementation of the shop's ports this process uses, from the environment.

Makes nothing at import: the ports come on the first call, AWS clients on their first use.

SHOP_BACKEND   sqlite (default), aws, or memory (with the seed in it)
SHOP_DATABASE  the file of ``sqlite``
SHOP_TABLE, SHOP_BUCKET, SHOP_QUEUE_URL, SHOP_TOPIC_ARN   the resources of ``aws``
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache

from shop.domain.ports import Ports

NAMES = ("SHOP_DATABASE", "SHOP_TABLE", "SHOP_BUCKET", "SHOP_QUEUE_URL", "SHOP_TOPIC_ARN")


class UnknownBackend(ValueError):
    """SHOP_BACKEND names nothing that is known, or a setting is missing."""


def ports(environ: Mapping[str, str] | None = None) -> Ports:
    """Give this process's ports; the same object for the same settings.

    Raises: UnknownBackend: for a name that is none of the three, or a missing setting.
    """
    environ = os.environ if environ is None else environ
    backend = environ.get("SHOP_BACKEND", "sqlite")
    return _ports(backend, tuple(environ.get(name, "") for name in NAMES))


def forget() -> None:
    """Let the next call make the ports anew."""
    _ports.cache_clear()


# Private


@lru_cache(maxsize=8)
def _ports(backend: str, values: tuple[str, ...]) -> Ports:
    # Each backend is imported by who wants it: boto3 alone takes longer to load than the shop.
    settings = dict(zip(NAMES, values, strict=True))
    if backend == "sqlite":
        return _sqlite(settings["SHOP_DATABASE"] or "shop.sqlite3")
    if backend == "memory":
        from shop import seed
        from shop_adapters import memory

        empty = memory.ports()
        seed.fill(empty)
        return empty
    if backend == "aws":
        from shop_adapters import aws

        missing = [name for name in NAMES[1:] if not settings[name]]
        if missing:
            raise UnknownBackend(f"SHOP_BACKEND=aws needs {', '.join(missing)}")
        return aws.ports(*values[1:])
    raise UnknownBackend(f"SHOP_BACKEND is {backend!r}, not sqlite, aws or memory")


def _sqlite(path: str) -> Ports:
    from shop import seed, storage

    seed.prepare(path)
    return storage.ports(path)
