"""How a worker and its parent talk: a socket, a lifeline, a file for what is printed."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import struct
import tempfile
import time

from unlith.ports import Json

HEAD = struct.Struct("!Q")
LOG_LIMIT = 64 * 1024
"""How much of the end of an invocation's output is kept, in bytes."""


class Gone(Exception):
    """The other end closed the connection."""


class Wire:
    """Length-prefixed JSON messages to a worker, with a time limit."""

    def __init__(self) -> None:
        self._socket, self.theirs = socket.socketpair()
        self._lifeline_read, self._lifeline = os.pipe()

    @property
    def descriptors(self) -> tuple[int, int]:
        """Give what the worker must get: its socket and its end of the lifeline."""
        return self.theirs.fileno(), self._lifeline_read

    def handed_over(self) -> None:
        """Close this process's copies of the worker's ends."""
        self.theirs.close()
        os.close(self._lifeline_read)

    def ask(self, data: bytes, timeout_s: float, pass_on: tuple[int, ...] = ()) -> Json:
        """Send a command and give the answer. Raises: Gone; TimeoutError."""
        deadline = time.monotonic() + timeout_s
        try:
            self._socket.settimeout(timeout_s)
            head = HEAD.pack(len(data))
            if pass_on:
                socket.send_fds(self._socket, [head], list(pass_on))
                self._socket.sendall(data)
            else:
                self._socket.sendall(head + data)
            answer: Json = json.loads(self._message(deadline))
        except TimeoutError:
            raise
        except OSError as error:
            raise Gone(str(error)) from None
        return answer

    def cut(self) -> None:
        """Let go of the worker, which ends it and all it started."""
        self._socket.close()
        with contextlib.suppress(OSError):
            os.close(self._lifeline)
            self._lifeline = -1

    def _message(self, deadline: float) -> bytes:
        # One answer a command: whatever there is belongs to it.
        data, end = bytearray(), HEAD.size
        while len(data) < end:
            self._socket.settimeout(max(deadline - time.monotonic(), 0.001))
            part = self._socket.recv(1 << 20 if end > 1 << 16 else 1 << 16)
            if not part:
                raise Gone
            data += part
            if end == HEAD.size <= len(data):
                end += HEAD.unpack_from(data)[0]
        return bytes(data[HEAD.size : end])


class Log:
    """What a worker prints, in an unnamed file both ends hold open."""

    def __init__(self) -> None:
        handle, name = tempfile.mkstemp(prefix="unlith-log-")
        os.close(handle)
        self.descriptor = os.open(name, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
        os.unlink(name)

    def take(self) -> str:
        """Give the end of what was printed since the last time, and forget it."""
        size = os.fstat(self.descriptor).st_size
        data = os.pread(self.descriptor, LOG_LIMIT, max(0, size - LOG_LIMIT))
        os.ftruncate(self.descriptor, 0)
        return data.decode("utf-8", "replace")

    def close(self) -> None:
        """Close the file."""
        os.close(self.descriptor)
