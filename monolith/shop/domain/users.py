"""Who uses the shop: users, their roles, their passwords."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from shop.domain.fields import Fields


class Role(StrEnum):
    """What a user may do; each role may all that the ones before it may."""

    CUSTOMER = "customer"
    STAFF = "staff"
    ADMIN = "admin"


RANKS = (Role.CUSTOMER, Role.STAFF, Role.ADMIN)


@dataclass(frozen=True, slots=True)
class User:
    """Somebody with an account; *password* is a salted hash with its parameters."""

    id: UUID
    email: str
    name: str
    role: Role
    password: str
    created_at: datetime

    def may(self, role: Role) -> bool:
        """Say whether this user has the role or a higher one."""
        return RANKS.index(self.role) >= RANKS.index(role)


def normal_email(fields: Fields) -> str:
    """Give the e-mail address in the form in which it is unique."""
    email = fields.text("email", longest=120).lower()
    local, _, host = email.partition("@")
    if email and (not local or "." not in host or any(map(str.isspace, email))):
        fields.refuse("email", "must be an e-mail address")
    return email


def hash_password(password: str, salt: bytes, rounds: int) -> str:
    """Give a hash that can be stored: scheme, rounds, salt and digest in one text."""
    digest = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, rounds)
    return f"pbkdf2-sha256${rounds}${salt.hex()}${digest.hex()}"


def is_password(password: str, stored: str) -> bool:
    """Say whether the password belongs to the stored hash, in time that does not tell why."""
    _, rounds, salt, _ = stored.split("$")
    again = hash_password(password, bytes.fromhex(salt), int(rounds))
    return hmac.compare_digest(again, stored)
