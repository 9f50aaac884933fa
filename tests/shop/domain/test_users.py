"""Users: roles and passwords."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shop.domain.errors import Invalid
from shop.domain.fields import Fields
from shop.domain.users import Role, User, hash_password, is_password, normal_email
from shop.seed import ADA, START

ADA_HERSELF = User(ADA, "ada@shop.example", "Ada", Role.STAFF, "", START)


@pytest.mark.parametrize(
    ("role", "may"),
    [
        (Role.CUSTOMER, (True, False, False)),
        (Role.STAFF, (True, True, False)),
        (Role.ADMIN, (True,) * 3),
    ],
)
def test_a_role_may_what_lower_roles_may(role: Role, may: tuple[bool, ...]) -> None:
    user = replace(ADA_HERSELF, role=role)

    assert tuple(map(user.may, Role)) == may


@settings(max_examples=20)
@given(st.text(max_size=40), st.text(max_size=40), st.binary(min_size=16, max_size=16))
def test_only_the_password_itself_fits_its_hash(one: str, other: str, salt: bytes) -> None:
    stored = hash_password(one, salt, 10)

    assert is_password(one, stored)
    assert is_password(other, stored) == (one == other)


@pytest.mark.parametrize("email", ["ada", "@shop.example", "ada@shop", "a da@shop.example"])
def test_what_is_no_address_is_refused(email: str) -> None:
    fields = Fields({"email": email})
    normal_email(fields)

    with pytest.raises(Invalid):
        fields.done()


def test_an_address_is_unique_whatever_its_case() -> None:
    assert normal_email(Fields({"email": " Ada@Shop.Example "})) == "ada@shop.example"
