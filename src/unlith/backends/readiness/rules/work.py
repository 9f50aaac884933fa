"""LR3xx: work beside or beyond the request, which a frozen environment never finishes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from unlith.backends.readiness.rule import E, Hit, N, Page, Rule, W
from unlith.backends.survey.reading import Call, Definition

_HTTP = re.compile(
    r"^(requests|httpx)\.(?:(?:Session|Client)\([^)]*\)\.)?(get|post|put|patch|delete|head|request)$"
)
_ADAPTERS = (
    "apscheduler.schedulers.", "schedule.every", "threading.Timer", "flask_apscheduler.APScheduler"
)  # fmt: skip
_ENDS = re.compile(r"signal\.SIG(TERM|INT|HUP|QUIT|USR1|USR2)$|^SIG(TERM|INT|HUP|QUIT)$")
_QUEUING = frozenset(
    """Celery Huey Queue RedisHuey RQ Scheduler SqliteHuey Worker actor job shared_task
    task""".split()
) | {""}
_HANDS_OVER = re.compile(
    r"\.(enqueue\w*|delay|apply_async|send_task|send_with_options)\(|"
    r"@[\w.]*\b(task|job|shared_task|actor|periodic_task)\b|\bCelery\(|\bHuey\("
)
_SOCKETS = ("flask_socketio", "flask_sock", "flask_sockets")
_QUEUES = ("celery", "rq", "huey", "dramatiq", "flask_rq2", "django_rq")


def threads(page: Page) -> Iterator[Hit]:
    """Yield threads and executors that a serving function starts and does not wait for."""
    for definition in page.serving():
        joined = any(".join" in call.chain or ".shutdown" in call.chain or ".result" in call.chain
                     for call in definition.calls)  # fmt: skip
        for call, text in page.calls([definition]):
            if not _is_made_here(call, text):
                continue
            is_thread = text in ("threading.Thread", "_thread.start_new_thread")
            is_pool = text.startswith("concurrent.futures.") and text.endswith("Executor")
            is_given = any(page.names.of(chain, page.module, definition.name).startswith(text)
                           for chain in definition.returns)  # fmt: skip
            if not joined and not is_given and (is_thread or (is_pool and not call.in_with)):
                yield call.line, f"{text}() is not waited for before the answer"


def _is_made_here(call: Call, text: str) -> bool:
    # Not a function of the project's that gives what was made elsewhere.
    written = [part for part in call.chain if not part.startswith("(")][-1:]
    last = text.rpartition(".")[2]
    return bool(written) and (len(call.chain) == 2 or written[0].lstrip(".") == last)


def schedulers(page: Page) -> Iterator[Hit]:
    """Yield schedulers that run inside the process."""
    for definition in page.everywhere():
        # A timer that is cancelled guards something shorter than the request.
        is_guard = any(call.chain[-2:-1] == (".cancel",) for call in definition.calls)
        for call, text in page.calls([definition]):
            if text.startswith(_ADAPTERS) and "(" not in text and not is_guard:
                yield call.line, f"{text}() runs on a clock that stops between requests"


def task_queues(page: Page) -> Iterator[Hit]:
    """Yield, once a module and library, jobs for a worker of Celery, RQ or Huey.

    A project that hands over no job only looks at queues.
    """
    if not any(_HANDS_OVER.search(other.text) for other in page.others.values()):
        return
    seen: set[str] = set()
    for definition in page.everywhere():
        for found in definition.imports.values():
            top = found.module.partition(".")[0]
            is_needed = not found.is_caught and not page.index.tree.owns(top)
            if top in _QUEUES and found.attribute in _QUEUING and is_needed and top not in seen:
                seen.add(top)
                yield found.line, f"{top} needs a worker that Lambda does not run"


def processes(page: Page) -> Iterator[Hit]:
    """Yield pools and queues of processes."""
    names = ("multiprocessing.Pool", "multiprocessing.Queue", "multiprocessing.Process",
             "multiprocessing.Manager", "concurrent.futures.ProcessPoolExecutor",
             "multiprocessing.pool.Pool")  # fmt: skip
    for call, text in page.calls(page.everywhere()):
        if text in names:
            yield call.line, f"{text}() needs shared memory, which Lambda has not"


def after_response(page: Page) -> Iterator[Hit]:
    """Yield work put off until after the answer."""
    for call, text in page.calls(page.serving()):
        last = call.chain[-2] if len(call.chain) > 1 else ""
        is_task = text in ("asyncio.create_task", "asyncio.ensure_future") and not call.is_used
        if last == ".call_on_close" or is_task:
            yield call.line, f"{last.lstrip('.') or text}() runs after the answer, or never"


def websockets(page: Page) -> Iterator[Hit]:
    """Yield WebSocket extensions."""
    for definition in page.everywhere():
        for found in definition.imports.values():
            is_socket = found.module.partition(".")[0] in _SOCKETS
            if is_socket and not found.is_caught:
                yield found.line, f"{found.module} needs a connection that stays open"


def streaming(page: Page) -> Iterator[Hit]:
    """Yield answers that are streamed."""
    for definition in page.serving():
        inner = {name for name, held in definition.defs.items()
                 if page.reading.definitions[held].is_generator}  # fmt: skip
        for call, text in page.calls([definition]):
            first = call.args[0] if call.args else ""
            is_answer = text in ("flask.Response", "flask.wrappers.Response", "werkzeug.Response")
            event = "text/event-stream" in "".join((*call.args, *call.keywords.values()))
            if text in ("flask.stream_with_context", "flask.helpers.stream_with_context"):
                yield call.line, "the answer is streamed: the gateway waits for its end"
            elif is_answer and (event or first.partition("(")[0] in inner):
                yield call.line, "the answer is a stream: the gateway waits for its end"


def long_requests(page: Page) -> Iterator[Hit]:
    """Yield waits of 25 seconds or more while serving."""
    in_view = [one for one in page.serving() if not _is_of_a_thread(page, one)]
    for call, text in page.calls(in_view):
        if text == "time.sleep" and call.args:
            number = _number(call.args[0])
            if number is not None and (number >= 25 or (call.in_loop and number >= 1)):
                yield (
                    call.line,
                    f"time.sleep({call.args[0]}): gateways end a request at 29 or 30 s",
                )


def _is_of_a_thread(page: Page, definition: Definition) -> bool:
    owner = page.reading.definitions.get(definition.parent)
    return owner is not None and any("Thread" in base[-1] for base in owner.bases if base)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def no_timeout(page: Page) -> Iterator[Hit]:
    """Yield outbound HTTP calls that may wait for ever."""
    for call, text in page.calls(page.serving()):
        if call.keywords.keys() & {"timeout", "**"}:
            continue
        if (_HTTP.match(text) and not text.startswith("httpx")) or (
            text == "urllib.request.urlopen" and len(call.args) < 3
        ):
            yield call.line, f"{text}() has no timeout"


def at_exit(page: Page) -> Iterator[Hit]:
    """Yield functions left for the end of the process."""
    for call, text in page.calls(page.everywhere()):
        is_end = text == "signal.signal" and bool(call.args) and _ENDS.search(call.args[0])
        if text == "atexit.register" or is_end:
            yield call.line, f"{text}(): Lambda ends environments without a word"
    for definition in page.reading.definitions.values():
        if ("atexit", ".register") in definition.decorators and not definition.parent:
            yield definition.line, "atexit.register: Lambda ends environments without a word"


def server_at_import(page: Page) -> Iterator[Hit]:
    """Yield servers started when the module is imported."""
    servers = ("werkzeug.serving.run_simple", "gevent.pywsgi.WSGIServer().serve_forever",
               "waitress.serve", "wsgiref.simple_server.make_server")  # fmt: skip
    for call, text in page.calls(page.bodies()):
        if re.match(r"^flask(\.app)?\.Flask\([^)]*\)\.run$", text) or text in servers:
            yield call.line, f"{text.rpartition('.')[2]}() starts a server at import"


RULES = (
    Rule("LR301", E, "Thread not waited for", "SQS, or wait before the answer",
         "import threading\ndef view():\n    threading.Thread(target=print).start()\n",
         "import threading\ndef view():\n    t = threading.Thread(target=print)\n    t.start()\n"
         "    t.join()\n", source=threads,
         dynamic="threads left after the answers"),
    Rule("LR302", E, "Scheduler inside the process", "an EventBridge schedule",
         "from apscheduler.schedulers.background import BackgroundScheduler\n"
         "scheduler = BackgroundScheduler()\ndef view(): pass\n",
         "import sched\ndef view(): pass\n", source=schedulers,
         dynamic="threads left after the import"),
    Rule("LR303", E, "Job for a worker (Celery, RQ, Huey)", "SQS and a consumer function",
         "from celery import Celery\njobs = Celery('shop')\ndef view(): pass\n",
         "import queue\ndef view(): pass\n",
         source=task_queues),
    Rule("LR304", W, "Pools or queues of processes", "threads, or Step Functions",
         "import multiprocessing\ndef view():\n    multiprocessing.Pool(4)\n",
         "import multiprocessing\ndef view():\n    multiprocessing.cpu_count()\n",
         source=processes),
    Rule("LR305", W, "Work after the answer", "SQS",
         "def view(response):\n    response.call_on_close(print)\n",
         "def view(response):\n    response.close()\n", source=after_response),
    Rule("LR306", E, "WebSocket", "an API Gateway WebSocket API",
         "from flask_socketio import SocketIO\ndef view(): pass\n",
         "import socket\ndef view(): pass\n", source=websockets),
    Rule("LR307", W, "Streamed answer", "a streaming Function URL, or polling",
         "from flask import Response\ndef view():\n    def rows():\n        yield 'x'\n"
         "    return Response(rows())\n",
         "from flask import Response\ndef view():\n    return Response('x')\n", source=streaming),
    Rule("LR308", E, "May exceed the gateway's time limit", "202, a job and polling",
         "import time\ndef view():\n    time.sleep(30)\n",
         "import time\ndef view():\n    time.sleep(0.1)\n", source=long_requests),
    Rule("LR309", W, "Outbound call without a timeout", "timeout=",
         "import requests\ndef view():\n    requests.get('u')\n",
         "import requests\ndef view():\n    requests.get('u', timeout=3)\n", source=no_timeout),
    Rule("LR310", N, "atexit or signal handler", "none on Lambda: do it in the request",
         "import atexit\natexit.register(print)\ndef view(): pass\n",
         "import atexit\ndef view(): pass\n", source=at_exit),
    Rule("LR311", E, "Server started at import", "if __name__ == '__main__'",
         "app.run()\ndef view(): pass\n",
         "def view(): pass\nif __name__ == '__main__':\n    app.run()\n", source=server_at_import,
         dynamic="what listens at import"),
)  # fmt: skip
