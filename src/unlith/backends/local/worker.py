"""Runs one handler in a process of its own and answers its parent over a private socket.

Run as a script: ``python worker.py CHANNEL LIFELINE`` with two inherited descriptors: a socket
for commands and the read end of a pipe that the parent never writes to. Standard library only:
it must run where unlith is not installed. After import the process stays as it is and only
forks: each *environment* is a copy with memory as it was after import, a socket, a lifeline and
a log file of its own. It never opens a network socket and never outlives its parent: when the
lifeline's other end is closed the kernel sends SIGIO to the whole process group, and SIGIO, which
no ordinary program handles, ends a process.
"""

from __future__ import annotations

import contextlib
import gc
import importlib.util
import json
import os
import socket
import struct
import sys
import threading
import time
import traceback
from collections.abc import Callable
from time import perf_counter  # the real one, whatever is pinned
from typing import Any

HEAD = struct.Struct("!Q")
ANSWER = "answer as JSON"
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: 6 MB, and this number
# in the message of the error.
PAYLOAD_LIMIT = 6_291_556


def sibling(name: str) -> Any:
    """Import a file beside this script without making its folder importable by the user."""
    file = os.path.join(os.path.dirname(os.path.abspath(__file__)), f"{name}.py")
    spec: Any = importlib.util.spec_from_file_location(f"unlith_{name}", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


handlers = sibling("worker_handlers")
process = sibling("worker_process")
effects = sibling("worker_effects")


class Context:
    """The context object of one invocation, with the names that AWS documents."""

    def __init__(self, function_name: str, request_id: str, timeout_s: float) -> None:
        self.function_name = function_name
        self.function_version = "$LATEST"
        self.invoked_function_arn = (
            f"arn:aws:lambda:us-east-1:000000000000:function:{function_name}"
        )
        self.memory_limit_in_mb = "1024"
        self.aws_request_id = request_id
        self.log_group_name = f"/aws/lambda/{function_name}"
        self.log_stream_name = "local"
        self.identity = None
        self.client_context = None
        self._deadline = time.monotonic() + timeout_s

    def get_remaining_time_in_millis(self) -> int:
        """Give what is left of the time limit."""
        return max(0, int((self._deadline - time.monotonic()) * 1000))


class Channel:
    """Length-prefixed JSON messages over a socket."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection

    def send(self, message: dict[str, Any]) -> None:
        """Send one message."""
        answer = message.pop(ANSWER, None)
        text = json.dumps(message, default=str)
        if answer is not None:
            # It is JSON already, and may be long.
            text = f'{{"answer": {answer}, {text[1:]}'
        data = text.encode()
        self._socket.sendall(HEAD.pack(len(data)) + data)

    def receive(self) -> tuple[dict[str, Any], list[int]]:
        """Give the next message with the descriptors that came along; end at end of file."""
        head, descriptors, _, _ = socket.recv_fds(self._socket, HEAD.size, 3)
        head += self._exactly(HEAD.size - len(head)) if head else b""
        if not head:
            os._exit(0)
        for number in descriptors:
            os.set_inheritable(number, False)
        message: dict[str, Any] = json.loads(self._exactly(HEAD.unpack(head)[0]))
        return message, list(descriptors)

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def _exactly(self, size: int) -> bytes:
        data = bytearray()
        while len(data) < size:
            part = self._socket.recv(min(size - len(data), 1 << 20))
            if not part:
                os._exit(0)
            data += part
        return bytes(data)


class Watch:
    """What pins a handler and records its effects; nothing where that was not asked for."""

    def __init__(self, job: dict[str, Any]) -> None:
        self.moment: Any = sibling("worker_pins").install(job["pins"]) if job["pins"] else None
        self.recorder: Any = None
        if job["records"]:
            self.recorder = effects.Recorder()
            outbound, sql = sibling("worker_outbound"), sibling("worker_sql")
            effects.install(self.recorder, {**outbound.patches(), **sql.patches(self.moment)})


class Environment:
    """One copy of the imported handler that does what it is told, one thing at a time."""

    def __init__(self, job: dict[str, Any], handler: Callable[..., Any], watch: Watch) -> None:
        self._job, self._handler, self._watch = job, handler, watch
        self._matching: Any = None
        self._asking: Any = None

    def lives_at(self, channel: Channel) -> None:
        """Ask the parent over a channel from now on."""
        if self._watch.recorder is not None:
            self._watch.recorder.take()
            self._asking = self._watch.recorder.outside = effects.Asking(channel)

    def do(self, message: dict[str, Any]) -> dict[str, object]:
        """Carry out a command."""
        if message["do"] == "call":
            return self._timed(lambda: self._handler() and None, message)
        job = self._job
        context = Context(job["name"], message.get("id", "local"), job["timeout_s"])
        if message["do"] == "match":
            matched = self._match(message["event"], context)
            self._noted()
            return {"match": matched}
        if self._watch.moment is not None and message.get("moment"):
            self._watch.moment.begin(*message["moment"])
        return self._timed(lambda: self._handler(message["event"], context), message)

    # Private

    def _timed(self, work: Callable[[], Any], message: dict[str, Any]) -> dict[str, object]:
        before = set(threading.enumerate())
        if self._asking is not None:
            self._asking.is_open = True
        started = perf_counter()
        try:
            answer = work()
            took = perf_counter() - started
            result: dict[str, object] = {ANSWER: _plain(answer)}
        except Exception as error:
            took = perf_counter() - started
            result = {"error": handlers.told(error)}
        left = _settle(before, message.get("settle_s", 0.0))
        if self._asking is not None:
            self._asking.close()
        return {**result, "ms": took * 1000, "left": left, "effects": self._noted()}

    def _noted(self) -> list[dict[str, object]]:
        noted: list[dict[str, object]] = []
        if self._watch.recorder is not None:
            noted = self._watch.recorder.take()
        return noted

    def _match(self, event: object, context: Context) -> dict[str, str]:
        if self._matching is None:
            self._matching = sibling("worker_match")
        matched: dict[str, str] = self._matching.match_of(self._handler, event, context)
        return matched


def _settle(before: set[threading.Thread], wait_s: float) -> int:
    # A server would let threads go on; a comparison must see what they write.
    deadline = time.monotonic() + wait_s
    started = set(threading.enumerate()) - before
    for thread in started:
        thread.join(max(0.0, deadline - time.monotonic()))
    return sum(thread.is_alive() for thread in started)


def _plain(answer: Any) -> str:
    try:
        # What Lambda's client sees has been through JSON: tuples are lists, keys are strings.
        text = json.dumps(answer)
    except Exception as error:
        message = f"Unable to marshal response: {error}"
        raise handlers.Fault("Runtime.MarshalError", message) from None
    if len(text) > PAYLOAD_LIMIT:
        message = "Response payload size exceeded maximum allowed payload size "
        raise handlers.Fault("Function.ResponseSizeTooLarge", f"{message}({PAYLOAD_LIMIT} bytes).")
    return text


def serve(channel: Channel, environment: Environment) -> None:
    """Answer commands for ever."""
    children: set[int] = set()
    while True:
        message, descriptors = channel.receive()
        if message["do"] == "fork":
            pid = os.fork()
            if pid == 0:
                become(channel, environment, descriptors)
            for number in descriptors:
                os.close(number)
            children.add(pid)
            channel.send({"pid": pid})
        elif message["do"] == "reap":
            _, status = os.waitpid(message["pid"], 0)
            channel.send({"status": os.waitstatus_to_exitcode(status)})
        else:
            answer = environment.do(message)
            flush()
            channel.send(answer)


def become(parent: Channel, environment: Environment, descriptors: list[int]) -> None:
    """Turn this fork into an environment; never returns."""
    parent.close()
    connection, lifeline, log = descriptors
    process.hold_on_to(lifeline)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)
    live(Channel(socket.socket(fileno=connection)), environment)


def live(channel: Channel, environment: Environment) -> None:
    """Serve until the handler ends the process; never returns."""
    status = 1
    environment.lives_at(channel)
    try:
        serve(channel, environment)
    except SystemExit as leaving:
        status = leaving.code if isinstance(leaving.code, int) else 1 if leaving.code else 0
    except BaseException:
        traceback.print_exc()
    finally:
        flush()
        os._exit(status & 0xFF)


def flush() -> None:
    """Write out what the handler printed."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()


def main() -> None:
    """Take the job, import the handler, say so, serve."""
    connection, lifeline = int(sys.argv[1]), int(sys.argv[2])
    process.hold_on_to(lifeline)
    for number in (connection, lifeline):
        os.set_inheritable(number, False)
    channel = Channel(socket.socket(fileno=connection))
    job, _ = channel.receive()
    sys.argv = [job["handler"]]
    sys.path[:0] = job["paths"]
    watch = Watch(job)
    if job["offline"]:
        sys.addaudithook(process.refuse_far)
    try:
        handler = handlers.load(job["handler"])
    except Exception as error:
        flush()
        channel.send({"error": handlers.told(error)})
        os._exit(1)
    gc.collect()  # what nobody holds any more must not keep its files open
    reason = process.unforkable({0, 1, 2, connection, lifeline})
    gc.freeze()  # copies share these objects' pages as long as nobody touches them
    flush()
    channel.send({"unforkable": reason})
    live(channel, Environment(job, handler, watch))


if __name__ == "__main__":
    main()
