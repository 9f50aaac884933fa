"""Records which of the project's modules run while each route is served, in a process of its own.

Run as ``python -m unlith.backends.survey.trace_child ANSWER_FILE`` with a job as JSON on standard
input: ``{"target", "paths", "roots", "tests": [pytest arguments] | null, "requests": [[method,
path, body], …] | null}``. With tests it runs them under pytest; with requests it sends them to the
app through Flask's test client; with neither it makes up one request for each rule and method.
Writes ``{"ok": [[endpoint, method, [module, …]], …]}``.
"""

from __future__ import annotations

import contextlib
import inspect
import json
import os
import sys
import threading
import uuid
from collections.abc import Iterator
from types import CodeType, FrameType
from typing import Any

from unlith.backends.inspect_child import load_app, own_traceback


class Tracer:
    """Notes the modules whose functions are called between the start and the end of a request."""

    def __init__(self, roots: list[str]) -> None:
        self._roots = tuple(os.path.realpath(root) + os.sep for root in roots)
        self._known: dict[CodeType, str] = {}
        self._local = threading.local()
        self.seen: dict[tuple[str, str], dict[str, set[str]]] = {}

    def install(self, flask: Any) -> None:
        """Put the tracer around every Flask app, made already or not."""
        tracer, inner = self, flask.Flask.__call__

        def call(app: Any, environ: Any, start_response: Any) -> Any:
            with tracer.serving():
                answer = inner(app, environ, start_response)
                return list(answer)

        flask.Flask.__call__ = call
        flask.request_started.connect(self._started, weak=False)

    @contextlib.contextmanager
    def serving(self) -> Iterator[None]:
        """Trace one request on this thread."""
        self._local.called, self._local.key = {}, None
        before = sys.gettrace()
        sys.settrace(self._call)
        try:
            yield
        finally:
            sys.settrace(before)
            if self._local.key is not None:
                kept = self.seen.setdefault(self._local.key, {})
                for module, names in self._local.called.items():
                    kept.setdefault(module, set()).update(names)

    # Private

    def _started(self, sender: Any, **_: Any) -> None:
        from flask import request

        if request.endpoint is not None and getattr(self._local, "key", None) is None:
            self._local.key = (request.endpoint, request.method)

    def _call(self, frame: FrameType, event: str, argument: object) -> None:
        code = frame.f_code
        module = self._known.get(code)
        if module is None:
            module = self._known[code] = self._module(frame)
        if module:
            called = getattr(self._local, "called", None)
            if called is not None:
                # A class body runs when its module is imported, like the module's own.
                is_function = code.co_flags & inspect.CO_OPTIMIZED
                name = code.co_qualname if is_function else "<module>"
                called.setdefault(module, set()).add(name)

    def _module(self, frame: FrameType) -> str:
        if frame.f_code.co_filename.startswith("<"):
            return ""
        file = os.path.realpath(frame.f_code.co_filename)
        if not file.startswith(self._roots) or "site-packages" in file:
            return ""
        return str(frame.f_globals.get("__name__", ""))


def made_up(app: Any) -> Iterator[tuple[str, str]]:
    """Yield a method and a path for each rule and method of an app."""
    samples: dict[str, Any] = {
        "IntegerConverter": 1,
        "FloatConverter": 1.5,
        "PathConverter": "a/b",
        "UUIDConverter": uuid.UUID(int=1),
    }
    for rule in app.url_map.iter_rules():
        values = {}
        for name, converter in rule._converters.items():
            items = getattr(converter, "items", None)
            kinds = [cls.__name__ for cls in type(converter).__mro__]
            sample = next((samples[kind] for kind in kinds if kind in samples), "x")
            values[name] = sorted(items)[0] if items else sample
        built = None
        # A converter of the app's own may want anything.
        with contextlib.suppress(Exception):
            built = rule.build(values)
        if built is not None and not rule.websocket:
            for method in sorted(rule.methods or ()):
                yield method, built[1]


def run(job: dict[str, Any], tracer: Tracer) -> None:
    """Do what a job asks under a tracer."""
    import flask

    tracer.install(flask)
    if job.get("tests") is not None:
        import pytest

        pytest.main([*job["tests"], "-p", "no:cacheprovider", "-q"])
        return
    app, _ = load_app(job["target"])
    requests = [tuple(one) for one in job.get("requests") or ()]
    client = app.test_client()
    for method, path, *body in requests or [(m, p) for m, p in made_up(app)]:
        # What a made-up request does to an app is the app's business: only what ran counts.
        with contextlib.suppress(Exception, SystemExit):
            client.open(path, method=method, data=body[0] if body else None)


def main() -> None:
    """Read the job, run it traced, write what was seen."""
    job = json.load(sys.stdin)
    with open(sys.argv[1], "x", encoding="utf-8") as answer_file:
        sys.stdout = sys.stderr
        sys.argv = [job["target"]]
        sys.path[:0] = job["paths"]
        tracer = Tracer(job["roots"])
        try:
            run(job, tracer)
            seen = [
                [*key, [[module, sorted(names)] for module, names in sorted(modules.items())]]
                for key, modules in sorted(tracer.seen.items())
            ]
            answer: dict[str, Any] = {"ok": seen}
        except BaseException as error:
            said = f"{type(error).__name__}: {error}"
            answer = {"error": "trace", "message": said, "traceback": own_traceback(error)}
        json.dump(answer, answer_file)
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
