"""The contract of Users."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from shop.domain.errors import EmailTaken
from shop.domain.ports import Ports
from shop.domain.users import Role, User
from shop.seed import ADA, BEN, START

USER = User(ADA, "ada@shop.example", "Ada Ünal", Role.STAFF, "hash", START)


def test_a_user_is_found_by_id_and_by_address(empty: Ports) -> None:
    empty.users.add(USER)

    assert empty.users.get(ADA) == empty.users.by_email("ada@shop.example") == USER


def test_strangers_are_none(empty: Ports) -> None:
    empty.users.add(USER)

    assert empty.users.get(UUID(int=1)) is None
    assert empty.users.by_email("nobody@shop.example") is None
    assert empty.users.by_email("") is None


def test_an_address_is_taken_once(empty: Ports) -> None:
    empty.users.add(USER)

    with pytest.raises(EmailTaken):
        empty.users.add(replace(USER, id=BEN))

    assert empty.users.get(BEN) is None
    assert empty.users.by_email("ada@shop.example") == USER
