"""Which key keeps a client on one side during a canary; pure."""

from __future__ import annotations

from unlith.domain.exchange import HttpRequest


def cohort_key(cohort: str, request: HttpRequest, client_address: str) -> str:
    """Give the key of a request under ``client``, ``cookie:NAME`` or ``header:NAME``.

    A client that sends no such cookie or header is told apart by its address: all of them on
    one side would make the share of a small canary all or nothing.
    """
    kind, _, name = cohort.partition(":")
    value = ""
    if kind == "cookie":
        value = cookie_of(request, name)
    elif kind == "header":
        value = request.header(name)
    return f"{kind}:{value}" if value else f"client:{client_address}"


def cookie_of(request: HttpRequest, name: str) -> str:
    """Give the value of a cookie as sent, or an empty text."""
    for header, value in request.headers:
        if header.lower() != "cookie":
            continue
        for pair in value.split(";"):
            key, found, content = pair.strip().partition("=")
            if found and key == name:
                return content
    return ""
