"""Photos over HTTP: bytes up, bytes down, parts of them."""

from __future__ import annotations

import io

import pytest
from flask.testing import FlaskClient

from shop import seed
from shop.domain.images import decode

URL = f"/api/photos/{seed.PHOTO}/original"


@pytest.mark.parametrize("as_form", [True, False])
def test_what_goes_up_comes_down(ben: FlaskClient, as_form: bool) -> None:
    picture = seed.picture(100, 80)
    if as_form:
        response = ben.post("/api/photos", data={"photo": (io.BytesIO(picture), "a.png")})
    else:
        response = ben.post("/api/photos", data=picture, content_type="image/png")

    assert response.status_code == 201
    assert response.headers["Location"] == response.get_json()["original"]
    original = ben.get(response.get_json()["original"])
    assert (original.data, original.content_type) == (picture, "image/png")
    small = decode(ben.get(response.get_json()["thumbnail"]).data)
    assert (small.width, small.height) == (64, 51)


def test_other_files_are_415_and_broken_ones_422(ben: FlaskClient) -> None:
    assert ben.post("/api/photos", data=b"\xff\xd8\xff\xe0").status_code == 415
    assert ben.post("/api/photos", data=b"").status_code == 415
    assert ben.post("/api/photos", data=seed.picture()[:-9]).status_code == 422


def test_a_file_above_the_limit_is_413(ben: FlaskClient) -> None:
    response = ben.post("/api/photos", data=b"x" * (2 * 1024 * 1024 + 1))

    assert response.status_code == 413
    assert response.get_json()["error"] == "request_entity_too_large"


def test_strangers_send_no_photos(client: FlaskClient) -> None:
    assert client.post("/api/photos", data=seed.picture()).status_code == 401


def test_a_photo_is_kept_by_caches_and_compared(client: FlaskClient) -> None:
    first = client.get(URL)

    assert first.headers["Cache-Control"] == "public, max-age=3600"
    again = client.get(URL, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_a_part_of_a_photo_can_be_had(client: FlaskClient) -> None:
    response = client.get(URL, headers={"Range": "bytes=1-3"})

    assert (response.status_code, response.data) == (206, b"PNG")
    assert response.headers["Content-Range"] == f"bytes 1-3/{len(seed.picture())}"
    assert client.get(URL, headers={"Range": "bytes=999999-"}).status_code == 416


@pytest.mark.parametrize(
    "path",
    [
        f"{seed.PHOTO}/huge",
        f"{seed.PHOTO}",
        "1/original",
        "00000000-0000-0000-0000-000000000000/original",
    ],
)
def test_other_variants_and_other_photos_are_404(client: FlaskClient, path: str) -> None:
    assert client.get(f"/api/photos/{path}").status_code == 404
