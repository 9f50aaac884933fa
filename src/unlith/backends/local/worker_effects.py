"""Records what a handler does to the world outside; loaded by ``worker.py``.

Mail and errors in the log are noted here, in the order in which they happen; what others note is
kept too. Nothing leaves this machine: mail is accepted and kept. Modules are changed right after
they are imported, so that nothing is imported that the handler does not ask for. Standard library
only.
"""

from __future__ import annotations

import hashlib
import importlib.machinery
import re
import sys
import threading
from collections.abc import Callable
from typing import Any

TEXT_LIMIT = 16_384
"""Texts up to this many characters are kept as they are, longer ones as a digest."""

_ADDRESS = re.compile(r"0x[0-9a-f]{6,}")

Patch = Callable[[Any, "Recorder"], None]


class Recorder:
    """Keeps what happens between two looks."""

    def __init__(self) -> None:
        self._noted: list[dict[str, object]] = []
        self.outside: Callable[[dict[str, Any]], dict[str, Any] | None] = lambda asked: None

    def note(self, kind: str, where: str, data: object) -> None:
        """Note that something happened."""
        self._noted.append({"kind": kind, "where": where, "data": plain(data)})

    def take(self) -> list[dict[str, object]]:
        """Give what was noted since the last time."""
        noted, self._noted = self._noted, []
        return noted


def install(recorder: Recorder, more: dict[str, Patch]) -> None:
    """Record from now on; *more* maps further modules to what changes them."""
    patches = {"logging": _logging, "smtplib": _mail, **more}
    for name, patch in patches.items():
        if name in sys.modules:
            patch(sys.modules[name], recorder)
    sys.meta_path.insert(0, _Changing(recorder, patches))


def plain(value: object, depth: int = 12) -> object:
    """Give a value as JSON knows it, without reading what can be read once only."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return _ADDRESS.sub("0x…", value) if len(value) <= TEXT_LIMIT else _digest(value.encode())
    if isinstance(value, bytes | bytearray | memoryview):
        return _bytes(bytes(value))
    if depth and isinstance(value, dict):
        return {str(key): plain(one, depth - 1) for key, one in value.items()}
    if depth and isinstance(value, list | tuple):
        return [plain(one, depth - 1) for one in value]
    if depth and isinstance(value, set | frozenset):
        return sorted((plain(one, depth - 1) for one in value), key=repr)
    return _other(value)


# Private


class _Changing:
    """A finder that lets others find, and changes some modules after they ran."""

    def __init__(self, recorder: Recorder, patches: dict[str, Patch]) -> None:
        self._recorder, self._patches = recorder, patches

    def find_spec(self, name: str, path: Any, target: Any = None) -> Any:
        """Find a module that is to be changed as the other finders do."""
        patch = self._patches.get(name)
        if patch is None:
            return None
        others = (finder for finder in sys.meta_path if finder is not self)
        found = (finder.find_spec(name, path, target) for finder in others)
        spec = next((one for one in found if one is not None), None)
        loader: Any = spec.loader if spec else None
        if not isinstance(loader, importlib.machinery.SourceFileLoader):
            return spec
        run = loader.exec_module

        def exec_module(module: Any) -> None:
            run(module)
            patch(module, self._recorder)

        loader.exec_module = exec_module  # type: ignore[method-assign]  # this loader's only
        return spec


def _logging(logging: Any, recorder: Recorder) -> None:
    call = logging.Logger.callHandlers

    def call_handlers(logger: Any, record: Any) -> None:
        if record.levelno >= logging.ERROR:
            kind = record.exc_info and record.exc_info[0]
            data = {
                "message": str(record.msg),
                "arguments": record.args,
                "exception": kind.__name__ if kind else None,
            }
            recorder.note(record.levelname, f"log:{record.name}", data)
        call(logger, record)

    logging.Logger.callHandlers = call_handlers


def _mail(smtplib: Any, recorder: Recorder) -> None:
    done = (250, b"OK")
    smtp = smtplib.SMTP

    def connect(self: Any, host: str = "localhost", port: int = 0, *_: Any, **__: Any) -> Any:
        self.sock = None
        return (220, b"ready")

    def ehlo(self: Any, name: str = "") -> Any:
        self.ehlo_resp, self.does_esmtp = b"ready", True
        self.esmtp_features = {"auth": " PLAIN LOGIN", "starttls": "", "8bitmime": ""}
        return done

    def docmd(self: Any, command: str, *_: Any, **__: Any) -> Any:
        return (221, b"bye") if command.upper() == "QUIT" else done

    def sendmail(self: Any, sender: str, to: Any, message: Any, *_: Any, **__: Any) -> Any:
        data = message.encode("utf-8") if isinstance(message, str) else bytes(message)
        envelope = {"from": sender, "to": [to] if isinstance(to, str) else list(to)}
        recorder.note("mail", "smtp", {**envelope, **_parsed(data)})
        return {}

    changed = {
        "connect": connect,
        "ehlo": ehlo,
        "helo": ehlo,
        "sendmail": sendmail,
        "starttls": lambda self, *_, **__: (220, b"go on"),
        "login": lambda self, *_, **__: (235, b"OK"),
        "docmd": docmd,
        "getreply": lambda self: done,
        "putcmd": lambda self, *_, **__: None,
        "send": lambda self, data: None,
        "quit": lambda self: (221, b"bye"),
        "close": lambda self: None,
    }
    for name, value in changed.items():
        setattr(smtp, name, value)


def _parsed(data: bytes) -> dict[str, object]:
    from email import message_from_bytes, policy

    message = message_from_bytes(data, policy=policy.default)
    headers = {
        name: str(value) for name, value in message.items() if name.lower() != "content-type"
    }
    parts = []
    for part in message.walk():
        if part.is_multipart():
            continue
        content: Any = part.get_payload(decode=True) or b""
        parts.append(
            {"type": part.get_content_type(), "name": part.get_filename(), "content": content}
        )
    return {"headers": headers, "parts": parts}


def _digest(data: bytes) -> dict[str, object]:
    return {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def _bytes(data: bytes) -> object:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return _digest(data)
    return _digest(data) if len(text) > TEXT_LIMIT or "\x00" in text else {"text": text}


def _other(value: Any) -> object:
    if hasattr(value, "read") and hasattr(value, "seek") and hasattr(value, "tell"):
        try:
            place = value.tell()
            data = value.read()
            value.seek(place)
        except (OSError, ValueError):
            return f"<{type(value).__name__}>"
        return _bytes(data if isinstance(data, bytes) else str(data).encode())
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    if type(value).__module__ in ("decimal", "uuid", "fractions"):
        return f"{type(value).__name__} {value}"
    return f"<{type(value).__name__}>"


class Asking:
    """Asks the parent for something while a command is carried out; threads take turns."""

    def __init__(self, channel: Any) -> None:
        self._channel, self._lock = channel, threading.Lock()
        self.is_open = False

    def __call__(self, asked: dict[str, Any]) -> dict[str, Any] | None:
        """Give the parent's answer, or None where nobody would answer."""
        with self._lock:
            if not self.is_open:
                return None
            self._channel.send({"ask": asked})
            answer: dict[str, Any] = self._channel.receive()[0]
            return answer if answer.get("status") else None

    def close(self) -> None:
        """Ask no more: the command is done."""
        with self._lock:
            self.is_open = False
