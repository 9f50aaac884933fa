"""Carried from shop.web.converters by `unlith extract`: change it there."""

from __future__ import annotations

from shop.domain.catalog import Sku
from unlith_edges.web import BaseConverter


class SkuConverter(BaseConverter):
    """A SKU, in any case; URLs are built in lower case, as on the printed labels."""

    regex = r"[A-Za-z]{2,4}-[0-9]{1,6}"

    def to_python(self, value: str) -> Sku:
        """Give the SKU as the shop writes it."""
        return Sku(value.upper())

    def to_url(self, value: str) -> str:
        """Give the SKU as it stands in a URL."""
        return value.lower()
