"""The settings of the shop, read once from the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

BESIDE_THE_CODE = str(Path(__file__).parent / "web" / "written")


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be set; ``from_env`` has the names and the defaults."""

    database: str
    secret_key: str
    secret_key_fallbacks: tuple[str, ...]
    secure_cookies: bool
    report_seconds: float
    report_dir: str
    max_upload_bytes: int
    password_rounds: int
    ports: str

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Settings:
        """Give the settings that the environment asks for."""
        return cls(
            database=environ.get("SHOP_DATABASE", "shop.sqlite3"),
            # SIN: a key that everybody knows signs the sessions when none is set.
            secret_key=environ.get("SECRET_KEY", "dev"),
            secret_key_fallbacks=tuple(environ.get("SECRET_KEY_FALLBACKS", "").split()),
            secure_cookies=environ.get("SHOP_SECURE_COOKIES", "") == "1",
            report_seconds=float(environ.get("SHOP_REPORT_SECONDS", "35")),
            report_dir=environ.get("SHOP_REPORT_DIR", BESIDE_THE_CODE),
            max_upload_bytes=int(environ.get("SHOP_MAX_UPLOAD_BYTES", str(2 * 1024 * 1024))),
            password_rounds=int(environ.get("SHOP_PASSWORD_ROUNDS", "600000")),
            ports=environ.get("SHOP_PORTS", ""),
        )
