"""Which format a file has, told by what it holds and never by its name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from unlith.errors import ConfigError
from unlith.files.importers import access_log, har, openapi, postman, vcr
from unlith.files.importers.found import Found
from unlith.files.importers.source import Source

Reader = Callable[[Source], Iterator[Found]]

READERS: dict[str, Reader] = {
    "har": har.read,
    "postman": postman.read,
    "openapi": openapi.read,
    "vcr": vcr.read,
    "log": access_log.read,
}

_OPENAPI = re.compile(r"""^\s*[{,]?\s*["']?(openapi|swagger)["']?\s*:\s*["']?\d""", re.MULTILINE)
_VCR = re.compile(r"""^(interactions:|version: \d+\s*$)|"interactions"\s*:""", re.MULTILINE)


def format_of(source: Source) -> str:
    """Give the name of a file's format.

    Raises:
        ConfigError: if it is none of those that are known.
    """
    head = source.head()
    first = next((line for line in head.splitlines() if line.strip()), "")
    if access_log.is_line(first) and not _is_document(first):
        return "log"
    if head.lstrip()[:1] == "{" and not head.lstrip()[1:].strip():
        raise source.mistake("not valid JSON: ends after its first brace", 1)
    if re.search(r'"_postman_id"|schema\.(get)?postman\.com', head):
        return "postman"
    if _OPENAPI.search(head):
        return "openapi"
    if _VCR.search(head):
        return "vcr"
    if re.search(r'"log"\s*:\s*\{', head):
        return "har"
    if head.lstrip()[:1] in ("{", "["):
        source.json()  # its own mistake is better than ours
    raise _unknown(source, first)


def found_in(source: Source, kind: str = "") -> Iterator[Found]:
    """Yield what a file holds; *kind* is the name of its format, found out where empty.

    Raises:
        ConfigError: if it is malformed, with the line.
    """
    return READERS[kind or format_of(source)](source)


# Private


def _is_document(line: str) -> bool:
    return bool(re.match(r'\s*\{\s*"(log|info|openapi|interactions|version)"', line))


def _unknown(source: Source, first: str) -> ConfigError:
    if "python/object:vcr" in first:
        return source.mistake("a cassette of version 0: python -m vcr.migration makes it new", 1)
    shown = f": {first[:60]!r}" if first else ", it is empty"
    return source.mistake(
        "no HAR, Postman collection, OpenAPI 3 document, vcrpy cassette or access log" + shown, 1
    )
