"""Runs requests against one side in a process of its own: a script, not a test.

Standard input holds ``{"paths", "target", "functions", "requests"}`` as JSON: *functions* maps a
function's name to its ``[method, rule]``; without any, the monolith answers everything. Cookies
are kept from request to request. Standard output gets one answer a request.
"""

from __future__ import annotations

import importlib
import json
import sys
from typing import Any


def main() -> None:
    """Answer every request, one after the other."""
    job = json.load(sys.stdin)
    sys.path[:0] = job["paths"]
    from unlith.domain.exchange import HttpRequest
    from unlith.domain.gateways import GATEWAYS
    from unlith_runtime.whole import load, make_handler

    app = load(job["target"])
    whole = make_handler(app)
    functions = {
        tuple(route): importlib.import_module(f"{name}.handler").handler
        for name, route in job["functions"].items()
    }
    jar: dict[str, str] = {}
    answers = []
    for method, target, headers, body in job["requests"]:
        sent = [("Host", "shop.example"), *map(tuple, headers)]
        if jar and not any(name == "Cookie" for name, _ in sent):
            sent.append(("Cookie", "; ".join(f"{k}={v}" for k, v in jar.items())))
        raw = body.encode()
        if raw:
            sent.append(("Content-Length", str(len(raw))))
        request = HttpRequest(method, target, tuple(sent), raw)
        handler = functions.get(matched(app, method, target), whole)
        gateway = GATEWAYS["http-v2"]
        answer = gateway.answer(handler(gateway.event(request), None))
        for cookie in answer.all("Set-Cookie"):
            name, _, value = cookie.partition(";")[0].partition("=")
            jar[name] = value
        kept = sorted([n.lower(), v] for n, v in answer.headers if n.lower() != "date")
        text = answer.body.decode("utf-8", "surrogateescape")
        answers.append([handler is not whole, answer.status, kept, text])
    json.dump(answers, sys.stdout)


def matched(app: Any, method: str, target: str) -> tuple[str, str]:
    """Give the method and rule that Flask would choose; HEAD goes where GET goes."""
    from urllib.parse import unquote

    adapter = app.url_map.bind("shop.example")
    try:
        rule, _ = adapter.match(unquote(target.partition("?")[0]), method, return_rule=True)
    except Exception:
        return method, ""
    return "GET" if method == "HEAD" else method, rule.rule


if __name__ == "__main__":
    main()
