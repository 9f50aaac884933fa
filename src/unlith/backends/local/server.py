"""An HTTP/1.1 server on loopback: a thread a connection, keep-alive, never a traceback.

It reads, asks one function for the answer, writes. It never listens beyond loopback.
"""

from __future__ import annotations

import contextlib
import errno
import json
import socket
import threading
from collections.abc import Callable
from email.utils import formatdate
from pathlib import Path
from typing import BinaryIO

from unlith.backends.local import http1
from unlith.domain.exchange import HttpAnswer, HttpRequest
from unlith.errors import OutsideError, PortInUse, UsageError

Answering = Callable[[HttpRequest, str], HttpAnswer]
"""Gives the answer to a request from a client's address; must not raise."""

LOOPBACK = ("127.0.0.1", "::1", "localhost")
IDLE_S = 75.0


class HttpServer:
    """Serves until it is closed; bound from the moment it exists."""

    def __init__(self, answering: Answering, *, host: str = "127.0.0.1", port: int = 0) -> None:
        if host not in LOOPBACK:
            raise UsageError(f"only loopback can be served from, not {host}")
        self._answering = answering
        self._listener = _listen(host, port)
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._is_closed = False

    @property
    def url(self) -> str:
        """Give the address to open."""
        host, port = self._listener.getsockname()[:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    def serve(self) -> None:
        """Serve until :meth:`close` is called, from another thread or by an interrupt."""
        while not self._is_closed:
            try:
                connection, address = self._listener.accept()
            except OSError:
                if self._is_closed:
                    return
                continue
            thread = threading.Thread(
                target=self._connected, args=(connection, str(address[0])), daemon=True
            )
            thread.start()

    def close(self) -> None:
        """Stop listening and end every connection."""
        self._is_closed = True
        with contextlib.suppress(OSError):
            # Wakes up accept(); close() alone does not.
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for connection in self._connections:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    # Private

    def _connected(self, connection: socket.socket, address: str) -> None:
        with self._lock:
            self._connections.add(connection)
        try:
            with (
                connection,
                connection.makefile("rb") as stream,
                connection.makefile("wb") as out,
            ):
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connection.settimeout(IDLE_S)
                # The client may go at any moment; nobody is left to be told.
                with contextlib.suppress(OSError):
                    while self._one(stream, out, address):
                        pass
                    _linger(connection)
        except OSError:
            pass
        finally:
            with self._lock:
                self._connections.discard(connection)

    def _one(self, stream: BinaryIO, out: BinaryIO, address: str) -> bool:
        try:
            received = http1.read_request(stream, out)
        except http1.BadRequest as bad:
            answer = _plain(bad.status, str(bad))
            http1.write_answer(out, answer, method="GET", keeps_alive=False)
            return False
        if received is None:
            return False
        answer = self._answering(received.request, address)
        if not answer.header("date"):
            dated = (*answer.headers, ("Date", formatdate(usegmt=True)))
            answer = HttpAnswer(answer.status, dated, answer.body)
        keeps_alive = received.keeps_alive and not self._is_closed
        http1.write_answer(out, answer, method=received.request.method, keeps_alive=keeps_alive)
        return keeps_alive


def _linger(connection: socket.socket) -> None:
    # Closing with bytes unread resets the connection, and the client may lose its answer.
    connection.shutdown(socket.SHUT_WR)
    connection.settimeout(1.0)
    for _ in range(256):
        if not connection.recv(64 * 1024):
            return


def _plain(status: int, message: str) -> HttpAnswer:
    body = json.dumps({"message": message}).encode()
    return HttpAnswer(status, (("Content-Type", "application/json"),), body)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
    except (OSError, OverflowError) as error:
        listener.close()
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            owner = _owner(port)
            raise PortInUse(
                f"port {port} is taken{f' by {owner}' if owner else ''}",
                hint="choose another one with --port, or end that process",
            ) from None
        if isinstance(error, OverflowError):
            raise UsageError(f"not a port: {port}") from None
        raise OutsideError("network", "listen", type(error).__name__, str(error)) from None
    return listener


def _owner(port: int) -> str:
    """Name the process that listens on a port, where the system says so (Linux)."""
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with contextlib.suppress(OSError):
            for line in Path(table).read_text("ascii").splitlines()[1:]:
                fields = line.split()
                if fields[3] == "0A" and int(fields[1].rpartition(":")[2], 16) == port:
                    inodes.add(f"socket:[{fields[9]}]")
    for process in Path("/proc").glob("[0-9]*") if inodes else ():
        with contextlib.suppress(OSError):
            if any(str(link.readlink()) in inodes for link in (process / "fd").iterdir()):
                name = (process / "comm").read_text("utf-8").strip()
                return f"{name} (process {process.name})"
    return ""
