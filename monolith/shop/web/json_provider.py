"""How the shop writes JSON: amounts as text with two places, times as ISO 8601 in UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from flask.json.provider import DefaultJSONProvider


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
