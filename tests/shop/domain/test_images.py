"""Pictures: PNG in, PNG out, nothing hostile through."""

from __future__ import annotations

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.domain.errors import BrokenImage, UnsupportedImage
from shop.domain.images import SIGNATURE, Raster, decode, encode, shrink


@st.composite
def rasters(draw: st.DrawFn) -> Raster:
    width, height = draw(st.integers(1, 12)), draw(st.integers(1, 12))
    channels = draw(st.sampled_from((1, 2, 3, 4)))
    size = width * height * channels
    return Raster(width, height, channels, draw(st.binary(min_size=size, max_size=size)))


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(
    lines: bytes, *, header: tuple[int, ...] = (2, 2, 8, 0, 0, 0, 0), more: bytes = b""
) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", *header))
    return SIGNATURE + head + more + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")


def filtered(raster: Raster, kind: int) -> bytes:
    """Write the picture with one of PNG's five filters on every row, as other programs do."""
    size, step, out = raster.width * raster.channels, raster.channels, bytearray()
    above = bytes(size)
    for y in range(raster.height):
        row = raster.row(y)
        out.append(kind)
        for i, value in enumerate(row):
            a = row[i - step] if i >= step else 0
            b, c = above[i], above[i - step] if i >= step else 0
            p = a + b - c
            paeth = a if abs(p - a) <= min(abs(p - b), abs(p - c)) else b
            if paeth is b and abs(p - b) > abs(p - c) and abs(p - a) > abs(p - c):
                paeth = c
            guess = (0, a, b, (a + b) // 2, paeth)[kind]
            out.append((value - guess) & 0xFF)
        above = row
    colour = {1: 0, 2: 4, 3: 2, 4: 6}[raster.channels]
    return png(bytes(out), header=(raster.width, raster.height, 8, colour, 0, 0, 0))


@given(rasters())
def test_what_was_written_is_read_again(raster: Raster) -> None:
    assert decode(encode(raster)) == raster


@given(rasters(), st.integers(0, 4))
def test_every_filter_is_undone(raster: Raster, kind: int) -> None:
    assert decode(filtered(raster, kind)) == raster


@given(rasters(), st.integers(1, 12))
def test_a_thumbnail_keeps_to_its_size_and_to_the_colours(raster: Raster, longest: int) -> None:
    small = shrink(raster, longest)

    assert max(small.width, small.height) <= longest or small == raster
    assert min(small.width, small.height) >= 1
    assert len(small.pixels) == small.width * small.height * small.channels
    assert min(raster.pixels) <= max(small.pixels) <= max(raster.pixels) or raster.channels in (
        2,
        4,
    )


def test_areas_are_averaged() -> None:
    raster = Raster(4, 2, 1, bytes([0, 10, 100, 110, 20, 30, 120, 131]))

    assert shrink(raster, 2) == Raster(2, 1, 1, bytes([15, 115]))


def test_transparent_pixels_do_not_darken() -> None:
    white, nothing = bytes([255, 255, 255, 255]), bytes([0, 0, 0, 0])

    assert shrink(Raster(2, 1, 4, white + nothing), 1).pixels == bytes([255, 255, 255, 128])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GIF89a",
        b"\xff\xd8\xff\xe0",
        png(b"\0" * 4, header=(2, 2, 16, 0, 0, 0, 0)),
        png(b"\0" * 4, header=(2, 2, 8, 3, 0, 0, 0)),
        png(b"\0" * 4, header=(2, 2, 8, 0, 0, 0, 1)),
        png(b"\0" * 6, more=chunk(b"tRNS", b"\0\0")),
    ],
)
def test_other_kinds_are_not_supported(data: bytes) -> None:
    with pytest.raises(UnsupportedImage):
        decode(data)


@pytest.mark.parametrize(
    "data",
    [
        SIGNATURE,
        SIGNATURE + chunk(b"IEND", b""),
        png(b"\0" * 5),
        png(b"\5" + b"\0" * 5),
        png(b"\0" * 6, header=(0, 2, 8, 0, 0, 0, 0)),
        png(b"\0" * 6, header=(10**6, 10**6, 8, 0, 0, 0, 0)),
        png(b"\0" * 6)[:-20],
        png(b"\0" * 6).replace(b"IDAT", b"IDAU"),
        SIGNATURE + chunk(b"IHDR", b"\0") + chunk(b"IDAT", b"x") + chunk(b"IEND", b""),
    ],
)
def test_damage_is_told(data: bytes) -> None:
    with pytest.raises(BrokenImage):
        decode(data)


@given(st.binary(max_size=200), st.integers(0, 60))
def test_no_bytes_do_anything_else(noise: bytes, at: int) -> None:
    good = encode(Raster(2, 2, 3, bytes(range(12))))

    for data in (noise, SIGNATURE + noise, good[:at] + noise + good[at:], good[:at] + noise):
        try:
            decode(data)
        except (BrokenImage, UnsupportedImage):
            continue
