"""Fields of a ``multipart/form-data`` body; files in it are passed over.

Limits and leniency as in Werkzeug 3.1's defaults: fields of more than 500 kB or more than 1,000
parts give 413, a malformed body gives no fields. Imported only where a form is read.
"""

from __future__ import annotations

import re
from functools import partial
from io import BytesIO

from unlith_edges.fields import parse_options
from unlith_edges.problems import RequestEntityTooLarge

MAX_FIELD_BYTES = 500_000
MAX_PARTS = 1000
PIECE_BYTES = 64 * 1024


def fields(stream: BytesIO, boundary: str) -> list[tuple[str, str]]:
    """Give names and values in order.

    Raises:
        RequestEntityTooLarge: beyond the limits.
    """
    if not boundary or not boundary.isascii():
        return []
    line = re.escape(boundary.encode())
    # Werkzeug reads piece by piece to the end: a body cut at the limit is noticed there.
    body = b"".join(iter(partial(stream.read, PIECE_BYTES), b""))
    pieces = re.split(rb"(?:\A|\r?\n)--" + line + rb"(--)?[^\S\n\r]*(?:\r?\n|\Z)", body)
    # pieces: preamble, mark, part, mark, part, …, where a mark of -- ends the body.
    if b"--" not in pieces[1::2]:
        return []
    found: list[tuple[str, str]] = []
    for count, (mark, part) in enumerate(zip(pieces[1::2], pieces[2::2], strict=True)):
        if mark:
            return found
        if count >= MAX_PARTS:
            raise RequestEntityTooLarge
        head, blank, content = re.split(rb"(\r?\n\r?\n)", part, maxsplit=1) if part else (b"",) * 3
        headers = dict(
            _header(text) for text in re.split(r"\r?\n", head.decode("utf-8", "replace"))
        )
        options = parse_options(headers.get("content-disposition"))[1]
        if not blank or "name" not in options:
            return []
        if "filename" in options:
            continue
        if len(content) > MAX_FIELD_BYTES:
            raise RequestEntityTooLarge
        charset = parse_options(headers.get("content-type"))[1].get("charset", "").lower()
        known = charset in ("ascii", "us-ascii", "utf-8", "iso-8859-1")
        found.append((options["name"], content.decode(charset if known else "utf-8", "replace")))
    return []


def _header(text: str) -> tuple[str, str]:
    name, _, value = text.partition(":")
    return name.strip().lower(), value.strip()
