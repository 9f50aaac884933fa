"""Gives an exchange as a line of a tape: its session found, sampled, redacted.

A session is found by its cookies: whoever sends a value that an answer has set is who got it.
Form of the lines: docs/reference/tape.md, ``docs/reference/tape.schema.json``.
"""

from __future__ import annotations

import base64
import json
import os
import re
from collections import OrderedDict
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from unlith_record.redact import Redactor

LEFT_OUT = frozenset(
    "connection content-length expect forwarded host keep-alive proxy-authorization "
    "proxy-connection te trailer transfer-encoding upgrade x-amzn-trace-id x-client-ip "
    "x-forwarded-for x-real-ip true-client-ip cf-connecting-ip".split()
)
"""Headers of one connection and addresses of people: a replay has its own."""

_UNSENDABLE = re.compile(r"[\r\n\0]")
_KNOWN = 20_000
_LONG = 12
"""Cookie values below so many characters are no one's in particular: ``theme=dark``."""


class Lines:
    """Makes lines; remembers the cookies of at most 20,000 clients. For one thread."""

    def __init__(self, redactor: Redactor, share_pct: float = 100.0) -> None:
        """*share_pct* is how many percent of the clients are in the sample."""
        self._share = share_pct
        self._redactor = redactor
        self._whose: OrderedDict[str, str] = OrderedDict()
        self._strangers: dict[str, int] = {}

    def line(self, exchange: dict[str, Any]) -> str:
        """Give a line with its line feed, or nothing where the client is not in the sample."""
        session = self._session(exchange)
        if int(session, 16) % 100_000 >= self._share * 1000:
            return ""
        hide, answer = self._redactor, exchange["answer"]
        kept = kept_of(exchange["headers"])
        kind = next((v for n, v in kept if n.lower() == "content-type"), "")
        asked = {
            "method": exchange["method"],
            "target": wired(hide.target(exchange["target"])),
            "headers": [[n, hide.header(n, v)] for n, v in kept],
            **body_of(hide.body(exchange["body"], kind)),
        }
        line = {"tape": 1, "session": session, "at": round(exchange["at"], 3), "request": asked}
        return json.dumps({**line, "answer": told(answer)}, ensure_ascii=True) + "\n"

    # Private

    def _session(self, exchange: dict[str, Any]) -> str:
        headers = exchange["headers"]
        sent = [
            pair.partition("=")[2].strip()
            for name, value in headers
            if name.lower() == "cookie"
            for pair in value.split(";")
        ]
        marks = [self._redactor.mark(value) for value in sent if len(value) >= _LONG]
        whose = next((self._whose[mark] for mark in marks if mark in self._whose), "")
        who = exchange["who"]
        if not whose:
            number = self._strangers.get(who, 0)
            whose = self._redactor.mark(f"{who} {number} {sorted(marks)}")
        got = [
            pair.partition("=")[2].partition(";")[0].strip()
            for name, pair in exchange["answer"]["headers"]
            if name.lower() == "set-cookie"
        ]
        new = [self._redactor.mark(value) for value in got if len(value) >= _LONG]
        if new and not marks:
            # Who comes without cookies from there again is somebody else.
            self._strangers[who] = self._strangers.get(who, 0) + 1
        for mark in (*marks, *new):
            self._whose[mark] = whose
            self._whose.move_to_end(mark)
        while len(self._whose) > _KNOWN:
            self._whose.popitem(last=False)
        if len(self._strangers) > _KNOWN:
            self._strangers.clear()
        return whose


def kept_of(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Give the headers that a replay may send: no addresses of people, nothing unsendable."""
    return [
        (name, _UNSENDABLE.sub("?", value))
        for name, value in headers
        if name.lower() not in LEFT_OUT and name.replace("-", "").replace("_", "").isalnum()
    ]


def wired(target: str) -> str:
    """Give a target as it may stand on the wire: printable ASCII, beginning with a slash."""
    raw = target.encode("latin-1") if all(ord(c) < 256 for c in target) else target.encode()
    text = quote(raw, safe="!\"#$%&'()*+,/:;<=>?@[\\]^`{|}~")
    return text if text.startswith("/") else f"/{text}"


def body_of(body: bytes) -> dict[str, str]:
    """Give a body as text, or in base64 where it is none; nothing where it is empty."""
    try:
        return {"body": body.decode("utf-8")} if body else {}
    except UnicodeDecodeError:
        return {"body_base64": base64.b64encode(body).decode()}


def told(answer: dict[str, Any]) -> dict[str, Any]:
    """Give what is kept of an answer: no values of the app's."""
    pairs = [(name.lower(), value) for name, value in answer["headers"]]
    kept = {
        "status": answer["status"],
        "type": next((v.partition(";")[0] for n, v in pairs if n == "content-type"), ""),
        "bytes": answer["bytes"],
        "cookies": [v.partition("=")[0].strip() for n, v in pairs if n == "set-cookie"],
        "error": answer.get("error", ""),
    }
    return {name: value for name, value in kept.items() if value or name in ("status", "bytes")}


def to_file(path: str) -> Any:
    """Give what appends lines to a file that only its owner may read (mode 0600)."""
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
    file = os.open(path, flags, 0o600)
    os.fchmod(file, 0o600)
    return lambda line: os.write(file, line.encode())
