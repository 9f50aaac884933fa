"""Carried from shop.web.json_provider by `unlith extract`: change it there."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from unlith_edges.web import DefaultJSONProvider


def _shop_default(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return DefaultJSONProvider.default(value)


class ShopJSONProvider(DefaultJSONProvider):
    """Keys in the order in which they were written, letters as they are."""

    default = staticmethod(_shop_default)
    sort_keys = False
    ensure_ascii = False
