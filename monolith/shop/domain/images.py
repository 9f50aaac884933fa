"""Small pictures: reading, shrinking and writing PNG with the standard library.

Reads eight-bit grayscale and RGB, with or without alpha, not interlaced. No palettes, no 16 bit.
Format: PNG Specification, Third Edition, https://www.w3.org/TR/png-3/ (read 2025-11).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from shop.domain.errors import BrokenImage, UnsupportedImage

SIGNATURE = b"\x89PNG\r\n\x1a\n"
CHANNELS = {0: 1, 2: 3, 4: 2, 6: 4}
COLOURS = {channels: colour for colour, channels in CHANNELS.items()}
MOST_PIXELS = 4_000_000
THUMBNAIL_PX = 64


@dataclass(frozen=True, slots=True)
class Raster:
    """Pixels row by row, *channels* bytes each: gray, gray + alpha, RGB or RGBA."""

    width: int
    height: int
    channels: int
    pixels: bytes

    def row(self, y: int) -> bytes:
        """Give the bytes of one row."""
        size = self.width * self.channels
        return self.pixels[y * size : (y + 1) * size]


def decode(data: bytes) -> Raster:
    """Give the pixels of a PNG.

    Raises: UnsupportedImage: not a PNG, or a kind that is not read; BrokenImage: damaged.
    """
    if not data.startswith(SIGNATURE):
        raise UnsupportedImage("Only PNG pictures are read.")
    header, packed = b"", []
    for kind, body in _chunks(data):
        if kind == b"IHDR":
            header = body
        elif kind == b"IDAT":
            packed.append(body)
        elif kind == b"tRNS":
            raise UnsupportedImage("Pictures with one transparent colour are not read.")
    if len(header) != 13 or not packed:
        raise BrokenImage("The picture has no header or no pixels.")
    width, height, depth, colour, _, _, interlace = struct.unpack(">IIBBBBB", header)
    if depth != 8 or colour not in CHANNELS or interlace:
        raise UnsupportedImage("Only eight-bit gray and RGB pictures without interlace are read.")
    if not 0 < width * height <= MOST_PIXELS:
        raise BrokenImage(f"The picture must have between 1 and {MOST_PIXELS} pixels.")
    channels = CHANNELS[colour]
    lines = _unpack(b"".join(packed), (width * channels + 1) * height)
    return Raster(width, height, channels, _unfilter(lines, width * channels, channels))


def encode(raster: Raster) -> bytes:
    """Give the picture as PNG."""
    header = struct.pack(
        ">IIBBBBB", raster.width, raster.height, 8, COLOURS[raster.channels], 0, 0, 0
    )
    lines = b"".join(b"\0" + raster.row(y) for y in range(raster.height))
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(lines, 9)), (b"IEND", b""))
    return SIGNATURE + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )


def shrink(raster: Raster, longest: int = THUMBNAIL_PX) -> Raster:
    """Give the picture with its longer side at most *longest* pixels, by averaging areas.

    Colours count by their alpha, or transparent pixels would darken the edges.
    """
    scale = max(raster.width, raster.height) / longest
    if scale <= 1:
        return raster
    width, height = max(1, int(raster.width / scale)), max(1, int(raster.height / scale))
    columns = _spans(raster.width, width)
    pixels = bytearray()
    for top, bottom in _spans(raster.height, height):
        rows = [raster.row(y) for y in range(top, bottom)]
        for left, right in columns:
            pixels += _average(rows, left, right, raster.channels)
    return Raster(width, height, raster.channels, bytes(pixels))


# Private


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(SIGNATURE)
    while at < len(data):
        if at + 12 > len(data):
            raise BrokenImage("The picture ends too early.")
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        body, check = data[at + 8 : at + 8 + size], data[at + 8 + size : at + 12 + size]
        if check != struct.pack(">I", zlib.crc32(kind + body)):
            raise BrokenImage("A part of the picture is damaged.")
        yield kind, body
        if kind == b"IEND":
            return
        at += 12 + size
    raise BrokenImage("The picture ends too early.")


def _unpack(packed: bytes, size: int) -> bytes:
    unpacker = zlib.decompressobj()
    try:
        # never more than the header promised: a small file can hold gigabytes of zeros
        lines = unpacker.decompress(packed, size)
    except zlib.error as error:
        raise BrokenImage("The pixels cannot be unpacked.") from error
    if len(lines) != size:
        raise BrokenImage("The picture has too few pixels.")
    return lines


def _unfilter(lines: bytes, size: int, step: int) -> bytes:
    pixels = bytearray()
    above = bytes(size)
    for at in range(0, len(lines), size + 1):
        kind, line = lines[at], bytearray(lines[at + 1 : at + 1 + size])
        if kind > 4:
            raise BrokenImage("A row has an unknown filter.")
        if kind:
            _unfilter_line(kind, line, above, step)
        pixels += line
        above = bytes(line)
    return bytes(pixels)


def _unfilter_line(kind: int, line: bytearray, above: bytes, step: int) -> None:
    for i in range(len(line)):
        left = line[i - step] if i >= step else 0
        if kind == 1:
            guess = left
        elif kind == 2:
            guess = above[i]
        elif kind == 3:
            guess = (left + above[i]) // 2
        else:
            guess = _paeth(left, above[i], above[i - step] if i >= step else 0)
        line[i] = (line[i] + guess) & 0xFF


def _paeth(left: int, up: int, corner: int) -> int:
    estimate = left + up - corner
    # ties go to left, then up, as the specification orders them
    return min((left, up, corner), key=lambda value: abs(estimate - value))


def _spans(size: int, parts: int) -> list[tuple[int, int]]:
    edges = [i * size // parts for i in range(parts + 1)]
    return list(pairwise(edges))


def _average(rows: list[bytes], left: int, right: int, channels: int) -> bytes:
    boxes = [row[left * channels : right * channels] for row in rows]
    count = len(boxes) * (right - left)
    if channels in (1, 3):
        sums = [sum(sum(box[c::channels]) for box in boxes) for c in range(channels)]
        return bytes((total + count // 2) // count for total in sums)
    alphas = [box[channels - 1 :: channels] for box in boxes]
    weight = sum(map(sum, alphas))
    mean = []
    for c in range(channels - 1):
        total = sum(
            sum(value * alpha for value, alpha in zip(box[c::channels], alpha_row, strict=True))
            for box, alpha_row in zip(boxes, alphas, strict=True)
        )
        mean.append((total + weight // 2) // weight if weight else 0)
    return bytes([*mean, (weight + count // 2) // count])
