"""The contracts of Photos, Mail and Notifications."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from shop.domain.ports import Letter, Picture, Ports
from shop.seed import BEN, PHOTO

from .conftest import Backend

PICTURE = Picture(PHOTO, "original", "image/png", BEN, bytes(range(256)))


def test_a_picture_comes_back_byte_by_byte(empty: Ports) -> None:
    empty.photos.put(PICTURE)

    assert empty.photos.get(PHOTO, "original") == PICTURE


def test_variants_and_photos_are_kept_apart(empty: Ports) -> None:
    empty.photos.put(PICTURE)
    empty.photos.put(replace(PICTURE, variant="thumbnail", data=b"small"))

    assert empty.photos.get(PHOTO, "original") == PICTURE
    assert empty.photos.get(UUID(int=1), "original") is None
    assert empty.photos.get(PHOTO, "huge") is None


def test_a_picture_is_replaced(empty: Ports) -> None:
    empty.photos.put(PICTURE)
    empty.photos.put(replace(PICTURE, data=b""))

    assert empty.photos.get(PHOTO, "original") == replace(PICTURE, data=b"")


def test_a_letter_arrives_as_it_was_written(backend: Backend) -> None:
    backend.ports.mail.send(Letter("ben@shop.example", "Grüße", "Zwei\nZeilen"))

    expected = {"to": "ben@shop.example", "subject": "Grüße", "text": "Zwei\nZeilen"}
    assert backend.mails() == [expected]
    assert backend.notifications() == []


@pytest.mark.parametrize("facts", [{"sku": "TEA-001", "level": 1}, {}])
def test_a_notification_arrives_with_its_facts(
    backend: Backend, facts: dict[str, str | int]
) -> None:
    backend.ports.notifications.publish("low stock", facts)

    assert backend.notifications() == [facts]
    assert backend.mails() == []
