"""Records which of the project's modules run while each route is served, in a process of its own.

Run as ``python -m unlith.backends.survey.trace_child ANSWER_FILE`` with a job as JSON on standard
input: ``{"target", "paths", "roots", "tests": [pytest arguments] | null, "methods": [method, …] |
null}``. With tests it runs them under pytest; without it makes up one request for each rule and
method, of those methods only. Writes ``{"ok": [[endpoint, method, [[module, [function, …]], …]],
…], "ended": pytest's exit code, "said": its last lines}``.
"""

from __future__ import annotations

import contextlib
import importlib.util
import inspect
import io
import json
import os
import sys
import threading
import uuid
from collections.abc import Iterator
from types import CodeType, FrameType
from typing import Any

from unlith.backends.inspect_child import load_app, own_traceback


class Served:
    """One request on its way: what ran for it so far. A context in which it is traced."""

    def __init__(self, tracer: Tracer) -> None:
        self.key: tuple[str, str] | None = None
        self.called: dict[str, set[str]] = {}
        self._tracer = tracer
        self._outside: list[tuple[Any, Served | None]] = []

    def __enter__(self) -> Served:
        """Trace from here on."""
        local = self._tracer.local
        self._outside.append((sys.gettrace(), getattr(local, "served", None)))
        local.served = self
        sys.settrace(self._tracer.note)
        return self

    def __exit__(self, *error: object) -> None:
        """Trace what was traced before, and keep what was seen."""
        before, outer = self._outside.pop()
        sys.settrace(before)
        self._tracer.local.served = outer
        self._tracer.keep(self)


class Answer:
    """A WSGI answer whose parts are made while its request is traced, no sooner than asked for."""

    def __init__(self, served: Served, parts: Any) -> None:
        self._served = served
        self._parts = parts
        self._steps = iter(parts)

    def __iter__(self) -> Answer:
        """Give itself."""
        return self

    def __next__(self) -> bytes:
        """Give the next part."""
        with self._served:
            part: bytes = next(self._steps)
            return part

    def close(self) -> None:
        """Close what the app gave."""
        with self._served:
            if hasattr(self._parts, "close"):
                self._parts.close()


class Tracer:
    """Notes the modules whose functions are called between the start and the end of a request."""

    def __init__(self, roots: list[str]) -> None:
        self._roots = tuple(os.path.realpath(root) + os.sep for root in roots)
        # By identity: equal code may come from different files. Kept, so that no id comes twice.
        self._known: dict[int, tuple[CodeType, str]] = {}
        self.local = threading.local()
        self.seen: dict[tuple[str, str], dict[str, set[str]]] = {}

    def install(self, flask: Any) -> None:
        """Put the tracer around every Flask app, made already or not."""
        tracer, inner, dispatch = self, flask.Flask.__call__, flask.Flask.full_dispatch_request

        def call(app: Any, environ: Any, start_response: Any) -> Any:
            served = Served(tracer)
            with served:
                return Answer(served, inner(app, environ, start_response))

        def dispatched(app: Any, *args: Any) -> Any:
            # Tests may ask for this inside a test_request_context() and never call the app.
            if getattr(tracer.local, "served", None) is not None:
                return dispatch(app, *args)
            with Served(tracer):
                return dispatch(app, *args)

        flask.Flask.__call__ = call
        flask.Flask.full_dispatch_request = dispatched
        flask.request_started.connect(self._started, weak=False)

    def keep(self, served: Served) -> None:
        """Add what ran for a request, if it found a route."""
        if served.key is not None:
            kept = self.seen.setdefault(served.key, {})
            for module, names in served.called.items():
                kept.setdefault(module, set()).update(names)

    def note(self, frame: FrameType, event: str, argument: object) -> None:
        """Note a call (for ``sys.settrace``)."""
        code = frame.f_code
        _, module = self._known.get(id(code)) or self._remember(frame)
        served: Served | None = getattr(self.local, "served", None) if module else None
        if served is not None:
            # A class body runs when its module is imported, like the module's own.
            is_function = code.co_flags & inspect.CO_OPTIMIZED
            name = code.co_qualname if is_function else "<module>"
            served.called.setdefault(module, set()).add(name)

    # Private

    def _started(self, sender: Any, **_: Any) -> None:
        from flask import request

        served: Served | None = getattr(self.local, "served", None)
        if served is not None and served.key is None and request.endpoint is not None:
            served.key = (request.endpoint, request.method)

    def _remember(self, frame: FrameType) -> tuple[CodeType, str]:
        known = self._known[id(frame.f_code)] = (frame.f_code, self._module(frame))
        return known

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


def run(job: dict[str, Any], tracer: Tracer) -> tuple[int, str]:
    """Do what a job asks under a tracer, and give pytest's exit code and last words."""
    import flask

    tracer.install(flask)
    if job.get("tests") is not None:
        import pytest

        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            ended = pytest.main([*job["tests"], "-p", "no:cacheprovider", "-q", *_alone()])
        return int(ended), "\n".join(said.getvalue().splitlines()[-15:])
    app, _ = load_app(job["target"])
    client = app.test_client()
    for method, path in list(made_up(app)):
        if method in (job.get("methods") or [method]):
            # What a made-up request does to an app is the app's business: only what ran counts.
            with contextlib.suppress(Exception, SystemExit):
                client.open(path, method=method)
    return 0, ""


def _alone() -> list[str]:
    # In this process, and with no tracer but ours: plugins that say otherwise are switched off.
    found = {name: importlib.util.find_spec(name) is not None for name in ("xdist", "pytest_cov")}
    return [*(["-n0"] if found["xdist"] else []), *(["--no-cov"] if found["pytest_cov"] else [])]


def main() -> None:
    """Read the job, run it traced, write what was seen."""
    job = json.load(sys.stdin)
    with open(sys.argv[1], "x", encoding="utf-8") as answer_file:
        sys.stdout = sys.stderr
        sys.argv = [job["target"]]
        sys.path[:0] = job["paths"]
        tracer = Tracer(job["roots"])
        try:
            ended, said = run(job, tracer)
            seen = [
                [*key, [[module, sorted(names)] for module, names in sorted(modules.items())]]
                for key, modules in sorted(tracer.seen.items())
            ]
            answer: dict[str, Any] = {"ok": seen, "ended": ended, "said": said}
        except BaseException as error:
            said = f"{type(error).__name__}: {error}"
            answer = {"error": "trace", "message": said, "traceback": own_traceback(error)}
        json.dump(answer, answer_file)
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
