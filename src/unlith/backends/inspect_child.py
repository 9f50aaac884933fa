"""Imports a Flask app in a process of its own and writes what it is made of as JSON.

Run as ``python -m unlith.backends.inspect_child ANSWER_FILE``, with the job as JSON on standard
input: ``{"target": …, "paths": […], "roots": […], "until": …}``. It writes ``{"ok": survey}``
or ``{"error": …}`` to ANSWER_FILE, and to ``ANSWER_FILE.stack`` where the app is if it hangs;
whatever the app prints goes to standard error. Imports nothing of the tool but the description
beside it: the less is loaded, the less can hide.
"""

from __future__ import annotations

import importlib
import inspect
import json
import os
import sys
import traceback
from typing import Any

from unlith.backends import inspect_watch
from unlith.backends.inspect_describe import survey
from unlith.backends.inspect_watch import ServesAtImport, Watch, missing_variable

HERE = os.path.abspath(__file__)
_OURS = (HERE, os.path.abspath(inspect_watch.__file__))
_MISSING = object()

wrapped_by: list[str] = []
"""Classes of what stands around the app that was loaded, outermost first."""


class NoApp(Exception):
    """There is no Flask app at the target."""


def load_app(target: str) -> tuple[Any, str]:
    """Import ``module``, ``module:name`` or ``module:factory()``.

    Gives the Flask app, and the target in full: with its name, and brackets for a factory.

    Raises:
        NoApp: in words for the user, if there is no Flask app at the target.
    """
    module_name, _, name = target.partition(":")
    module = importlib.import_module(module_name)
    from flask import Flask

    name = name or _app_name(module, Flask)
    thing: Any = module
    for part in name.removesuffix("()").split("."):
        thing = getattr(thing, part, _MISSING)
        if thing is _MISSING:
            raise NoApp(f"module {module_name!r} has no {name.removesuffix('()')!r}")
    if not isinstance(thing, Flask) and inspect.isroutine(thing):
        name = name.removesuffix("()") + "()"
    if name.endswith("()"):
        thing = thing()
    app = _inner_flask(thing, Flask)
    if not isinstance(app, Flask):
        raise NoApp(f"{target!r} is {type(app).__name__}, not a Flask app")
    return app, f"{module_name}:{name}"


def _app_name(module: Any, flask_class: type) -> str:
    # The same order as Flask's own command line (flask.cli.find_best_app).
    for name in ("app", "application"):
        if isinstance(getattr(module, name, None), flask_class):
            return name
    apps: list[str] = [n for n, value in vars(module).items() if isinstance(value, flask_class)]
    if len(apps) == 1:
        return apps[0]
    for name in ("create_app", "make_app"):
        if inspect.isfunction(getattr(module, name, None)):
            return name + "()"
    raise NoApp(f"module {module.__name__!r} has no app, application, create_app() or make_app()")


def _inner_flask(thing: Any, flask_class: type) -> Any:
    # Middleware around the app object itself: the usual attribute names, a few levels deep.
    for _ in range(5):
        if isinstance(thing, flask_class):
            return thing
        inner = next(
            (getattr(thing, n) for n in ("app", "application", "wsgi_app") if hasattr(thing, n)),
            None,
        )
        if inner is None:
            return thing
        kind = type(thing)
        wrapped_by.append(f"{kind.__module__}:{kind.__qualname__}")
        thing = inner
    return thing


def own_traceback(error: BaseException) -> str:
    """Format an error with the frames of the user's app only, not of this script."""
    frames = traceback.TracebackException.from_exception(error)
    seen: Any = frames
    while seen is not None:
        kept = [f for f in seen.stack if os.path.abspath(f.filename) not in _OURS]
        seen.stack = traceback.StackSummary.from_list(
            [f for f in kept if not f.filename.startswith("<frozen importlib")]
        )
        seen = seen.__cause__ or seen.__context__
    return "".join(frames.format()).rstrip()


def main() -> None:
    """Read the job, import the app, write the answer."""
    job = json.load(sys.stdin)
    file = sys.argv[1]
    with open(file, "x", encoding="utf-8") as answer_file, open(f"{file}.stack", "x") as stack:
        # The app may print: keep standard output out of what is read by machines.
        sys.stdout = sys.stderr
        sys.argv = [job["target"]]
        sys.path[:0] = job["paths"]
        answer: dict[str, Any]
        watch = Watch(job["roots"])
        try:
            watch.start(job["until"], stack)
            app, target = load_app(job["target"])
            watch.stop()
            answer = {"ok": survey(app, target, job["roots"])}
            facts = answer["ok"]["facts"]
            facts["load_target"] = target
            facts["wsgi_wrapped"] = [*wrapped_by, *facts["wsgi_wrapped"]]
        except NoApp as error:
            answer = {"error": "target", "message": str(error), "traceback": ""}
        except ServesAtImport as error:
            answer = {"error": "serves", "message": str(error), "traceback": own_traceback(error)}
        except BaseException as error:
            said = f"{type(error).__name__}: {error}"
            answer = {"error": "import", "message": said, "traceback": own_traceback(error)}
            answer["variable"] = missing_variable(error)
        json.dump(answer, answer_file)
    sys.stderr.flush()
    # Threads that the app started at import must not keep this process.
    os._exit(0)


if __name__ == "__main__":
    main()
