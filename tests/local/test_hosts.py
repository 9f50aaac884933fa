"""A handler in its own process: what Lambda would report, and nothing left behind."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from unlith.backends.local.hosts import WorkerHost
from unlith.errors import FunctionFailed

MakeHost = Callable[..., WorkerHost]

ECHO = """
def handler(event, context):
    return {"got": event, "name": context.function_name, "id": bool(context.aws_request_id)}
"""


def test_the_handler_gets_the_event_and_a_context(make_host: MakeHost) -> None:
    done = make_host(ECHO).invoke({"a": [1, "é", None]})

    assert done.error is None
    assert done.answer == {"got": {"a": [1, "é", None]}, "name": "under_test", "id": True}


def test_what_the_handler_prints_is_its_log_not_its_answer(make_host: MakeHost) -> None:
    host = make_host(
        """
        import logging, os, sys
        def handler(event, context):
            print("to stdout")
            os.write(1, b"past python\\n")
            logging.getLogger().warning("to the log")
            sys.stderr.write("to stderr\\n")
            return "answer"
        """
    )

    first, second = host.invoke({}), host.invoke({})

    assert first.answer == "answer"
    for line in ("to stdout", "past python", "to the log", "to stderr"):
        assert line in first.log
    assert second.log.count("to stdout") == 1


def test_an_error_has_type_message_and_the_users_frames_only(make_host: MakeHost) -> None:
    host = make_host(
        """
        def inner():
            raise ValueError("no such order")
        def handler(event, context):
            inner()
        """
    )

    error = host.invoke({}).error

    assert error is not None
    assert (error.type, error.message) == ("ValueError", "no such order")
    assert [line.partition(", in ")[2].splitlines()[0] for line in error.trace] == [
        "handler",
        "inner",
    ]


def test_the_process_serves_on_after_an_error(make_host: MakeHost) -> None:
    host = make_host(
        """
        seen = []
        def handler(event, context):
            seen.append(1)
            return len(seen) if event else 1 / 0
        """
    )

    assert host.invoke({}).error is not None
    assert host.invoke({"x": 1}).answer == 2


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        ("raise SystemExit(3)", "Runtime.ExitError", "exit status 3"),
        ("raise SystemExit", "Runtime.ExitError", "exited without providing a reason"),
        ("import os; os._exit(7)", "Runtime.ExitError", "exit status 7"),
        ("import os; os.kill(os.getpid(), 9)", "Runtime.ExitError", "signal: killed"),
        ("return object()", "Runtime.MarshalError", "Unable to marshal response"),
        ("return 'x' * 7_000_000", "Function.ResponseSizeTooLarge", "6291556 bytes"),
        ("return {1: 2}", "", ""),
    ],
)
def test_each_way_to_fail_has_lambdas_name(
    make_host: MakeHost, body: str, kind: str, words: str
) -> None:
    host = make_host(
        f"def handler(event, context):\n    if event:\n        return 1\n    {body}\n"
    )

    done = host.invoke({})

    assert (done.error.type if done.error else "") == kind
    assert words in (done.error.message if done.error else "")
    assert host.invoke({"again": 1}).answer == 1


def test_a_handler_over_its_time_is_ended(make_host: MakeHost) -> None:
    host = make_host(
        """
        import time
        def handler(event, context):
            print("started")
            while not event:
                time.sleep(0.01)
            return "fine"
        """,
        timeout_s=1.0,
    )

    done = host.invoke({})

    assert done.error is not None
    assert done.error.type == "Sandbox.Timedout"
    assert done.error.message == "Task timed out after 1.00 seconds"
    assert "started" in done.log
    assert host.invoke({"x": 1}).answer == "fine"


def test_an_event_over_six_megabytes_never_reaches_the_handler(make_host: MakeHost) -> None:
    done = make_host(ECHO).invoke({"body": "x" * 6_300_000})

    assert done.error is not None
    assert done.error.type == "RequestTooLarge"


@pytest.mark.parametrize(
    ("source", "handler", "words"),
    [
        ("import nowhere_to_be_found", "code_under_test.handler", "Runtime.ImportModuleError"),
        ("def handler(:", "code_under_test.handler", "Runtime.UserCodeSyntaxError"),
        ("x = 1", "code_under_test.handler", "Runtime.HandlerNotFound"),
        ("x = 1", "handler", "Runtime.MalformedHandlerName"),
        ("raise KeyError('SECRET_KEY')", "code_under_test:handler", "KeyError: 'SECRET_KEY'"),
        ("raise SystemExit(2)", "code_under_test:handler", "ended its process at import"),
    ],
)
def test_a_handler_that_does_not_import_says_why(
    make_host: MakeHost, source: str, handler: str, words: str
) -> None:
    host = make_host("print('before')\n" + source, handler=handler)

    with pytest.raises(FunctionFailed) as failed:
        host.start()

    assert words in failed.value.message
    if "Malformed" not in words and "Syntax" not in words:
        assert "before" in failed.value.detail
    done = host.invoke({})
    assert done.error is not None
    assert done.error.type == "Runtime.InitError"


def test_sessions_start_from_the_same_memory(make_host: MakeHost) -> None:
    host = make_host(
        """
        cache = []
        def handler(event, context):
            cache.append(1)
            return len(cache)
        """
    )
    first, second = host.session(), host.session()

    assert [first.invoke({}).answer for _ in range(3)] == [1, 2, 3]
    assert second.invoke({}).answer == 1
    assert host.invoke({}).answer == 1


def test_a_handler_with_a_thread_is_imported_anew_for_each_session(make_host: MakeHost) -> None:
    host = make_host(
        """
        import queue, threading
        asked, told = queue.Queue(), queue.Queue()
        def work():
            while True:
                told.put(asked.get() + 1)
        threading.Thread(target=work, daemon=True).start()
        def handler(event, context):
            asked.put(event["n"])
            return told.get(timeout=5)
        """
    )
    host.start()

    answers = [host.session().invoke({"n": n}).answer for n in (1, 2)]

    assert "threads" in host.unforkable
    assert answers == [2, 3]


def test_an_open_database_after_import_is_never_shared(make_host: MakeHost) -> None:
    host = make_host(
        """
        import os, sqlite3
        db = sqlite3.connect("x.db")
        db.execute("create table if not exists t (x)")
        def handler(event, context):
            return os.getpid()
        """
    )
    host.start()

    assert "after import" in host.unforkable
    assert host.session().invoke({}).answer != host.session().invoke({}).answer


def test_calls_at_once_get_an_environment_each(make_host: MakeHost) -> None:
    host = make_host(
        """
        import os, time
        def handler(event, context):
            open(f"here-{event['n']}", "w").close()
            while len([f for f in os.listdir(".") if f.startswith("here-")]) < 3:
                time.sleep(0.005)
            return os.getpid()
        """
    )
    answers: list[object] = []
    threads = [
        threading.Thread(target=lambda n=n: answers.append(host.invoke({"n": n}).answer))
        for n in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(answers)) == 3


def test_an_isolated_handler_sees_no_site_packages_and_no_secrets(
    make_host: MakeHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "planted")
    host = make_host(
        """
        import os, sys
        def handler(event, context):
            try:
                import flask
            except ImportError:
                flask = None
            return [flask is None, "AWS_SECRET_ACCESS_KEY" in os.environ, hash("x"), sys.path[0]]
        """,
        isolated=True,
    )
    other = [host.session().invoke({}).answer for _ in range(2)]

    assert other[0] == other[1]
    assert isinstance(other[0], list)
    assert other[0][:2] == [True, False]


def test_the_workers_own_files_cannot_be_imported(make_host: MakeHost) -> None:
    host = make_host(
        """
        import importlib.util
        def handler(event, context):
            return [importlib.util.find_spec(n) is None for n in ("worker", "hosts", "facade")]
        """
    )

    assert host.invoke({}).answer == [True, True, True]


def test_threads_of_a_handler_are_waited_for_when_asked(
    make_host: MakeHost, tmp_path: Path
) -> None:
    host = make_host(
        """
        import threading, time
        def late():
            time.sleep(0.2)
            open("mail", "w").close()
        def handler(event, context):
            threading.Thread(target=late).start()
        """,
        settle_s=5.0,
    )

    host.invoke({})

    assert (tmp_path / "mail").exists()


def test_a_worker_that_was_killed_is_replaced(make_host: MakeHost) -> None:
    host = make_host("import os\ndef handler(event, context):\n    return os.getppid()\n")
    parent = host.invoke({}).answer
    assert isinstance(parent, int)

    os.kill(parent, 9)
    deadline = time.monotonic() + 10
    while host.session().invoke({}).answer == parent and time.monotonic() < deadline:
        pass

    assert host.session().invoke({}).answer != parent


def group_members(leader: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if int(fields[2]) == leader and fields[0] != "Z":
                found.append(int(entry.name))
    return found


def wait_gone(leaders: list[int]) -> list[int]:
    deadline = time.monotonic() + 10
    while (left := [p for leader in leaders for p in group_members(leader)]) and (
        time.monotonic() < deadline
    ):
        time.sleep(0.02)
    return left


PROCESSES = """
import os, subprocess, sys
def handler(event, context):
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"])
    if event.get("spin"):
        open("spinning", "w").write(f"{os.getpid()} {os.getppid()}")
        while True:
            pass
    return [os.getpid(), os.getppid()]
"""


def test_close_leaves_no_process_not_even_the_handlers_own_children(make_host: MakeHost) -> None:
    host = make_host(PROCESSES)
    pids = host.invoke({}).answer
    assert isinstance(pids, list)
    assert len(group_members(pids[0])) == 2

    host.close()
    host.close()

    assert wait_gone(pids) == []


def test_a_parent_that_is_killed_leaves_no_process(tmp_path: Path) -> None:
    (tmp_path / "code_under_test.py").write_text(PROCESSES, "utf-8")
    script = textwrap.dedent(
        f"""
        from pathlib import Path
        from unlith.backends.local.hosts import WorkerHost
        from unlith.ports import FunctionSpec
        here = Path({str(tmp_path)!r})
        host = WorkerHost(FunctionSpec("f", "code_under_test.handler", (here,), here))
        host.invoke({{"spin": True}})
        """
    )
    parent = subprocess.Popen([sys.executable, "-c", script])
    try:
        mark = tmp_path / "spinning"
        deadline = time.monotonic() + 20
        while not (mark.exists() and " " in mark.read_text()) and time.monotonic() < deadline:
            time.sleep(0.02)
        pids = [int(pid) for pid in mark.read_text().split()]
        assert len(group_members(pids[0])) == 2
    finally:
        parent.kill()
        parent.wait()

    assert wait_gone(pids) == []
