"""Who asks: the ``Authorization`` and ``User-Agent`` headers, as Werkzeug reads them."""

from __future__ import annotations

from typing import Any

from unlith_edges.fields import parse_dict


class Authorization:
    """The ``Authorization`` header, parsed: ``type``, ``token``, ``parameters``."""

    def __init__(
        self, auth_type: str, data: dict[str, Any] | None = None, token: str | None = None
    ) -> None:
        self.type, self.parameters, self.token = auth_type, data or {}, token

    @classmethod
    def from_header(cls, value: str | None) -> Authorization | None:
        scheme, _, rest = (value or "").partition(" ")
        scheme, rest = scheme.lower(), rest.strip(" \t")
        if not value:
            return None
        if scheme == "basic":
            import base64  # few requests need it

            try:
                text = base64.b64decode(rest, validate=True).decode()
            except ValueError:
                return None
            user, _, password = text.partition(":")
            return cls(scheme, {"username": user, "password": password})
        if "=" in rest.rstrip("="):
            return cls(scheme, parse_dict(rest))
        return cls(scheme, None, rest)

    def __getattr__(self, name: str) -> Any:
        return self.parameters.get(name)

    def get(self, key: str, default: Any = None) -> Any:
        return self.parameters.get(key, default)

    def __getitem__(self, key: str) -> Any:
        return self.parameters.get(key)

    def __contains__(self, key: str) -> bool:
        return key in self.parameters


class UserAgent:
    """The ``User-Agent`` header, as it was sent."""

    platform = browser = version = language = None

    def __init__(self, string: str) -> None:
        self.string = string

    def __str__(self) -> str:
        return self.string

    def to_header(self) -> str:
        return self.string

    def __bool__(self) -> bool:
        return False  # Werkzeug's own class knows no browser, and is false without one
