"""Answers with Flask's own matching, in a process that imports the app; like ``inspect_child``.

The job on standard input is ``{"target": …, "paths": […], "requests": [[method, path], …]}`` with
decoded paths; the answer ``{"ok": {"domain": …, "found": [[ends, place, methods], …]}}``.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from unlith.backends.inspect_child import NoApp, load_app, own_traceback


def main() -> None:
    """Read the job, import the app, match, write the answer."""
    job = json.load(sys.stdin)
    with open(sys.argv[1], "x", encoding="utf-8") as answer_file:
        sys.stdout = sys.stderr
        sys.argv = [job["target"]]
        sys.path[:0] = job["paths"]
        answer: dict[str, Any]
        try:
            app, _ = load_app(job["target"])
            answer = {"ok": _matched(app, job["requests"])}
        except NoApp as error:
            answer = {"error": "target", "message": str(error), "traceback": ""}
        except BaseException as error:
            said = f"{type(error).__name__}: {error}"
            answer = {"error": "import", "message": said, "traceback": own_traceback(error)}
        json.dump(answer, answer_file)
    sys.stderr.flush()
    os._exit(0)


# Private


def _matched(app: Any, asked: list[list[str]]) -> dict[str, Any]:
    from werkzeug.test import EnvironBuilder

    environ = EnvironBuilder(path="/", base_url="http://localhost").get_environ()
    adapter = app.create_url_adapter(app.request_class(environ))
    app.url_map.update()
    places = {id(rule): n for n, rule in enumerate(app.url_map.iter_rules())}
    domain = adapter.server_name if app.url_map.host_matching else adapter.subdomain or ""
    with app.app_context():
        found = [_one(adapter, places, method, path) for method, path in asked]
    return {"domain": domain, "found": found}


def _one(adapter: Any, places: dict[int, int], method: str, path: str) -> list[Any]:
    from werkzeug.exceptions import HTTPException, MethodNotAllowed
    from werkzeug.routing import RequestRedirect

    try:
        rule, _ = adapter.match(path, method, return_rule=True)
    except RequestRedirect:
        return ["redirect", -1, []]
    except MethodNotAllowed as error:
        return ["405", -1, sorted(error.valid_methods or ())]
    except HTTPException as error:
        return [str(error.code), -1, []]
    return ["match", places[id(rule)], []]


if __name__ == "__main__":
    main()
