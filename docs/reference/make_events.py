"""Write ``events.md``: what the app and the client see behind each shape, found by asking.

Every cell is observed by sending one request through the gateway's emulation and the adapter.
Usage: ``python docs/reference/make_events.py`` (a test fails if the file is stale).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "adapters")]

from unlith.domain.exchange import HttpRequest  # noqa: E402 - runs from a bare checkout
from unlith.domain.gateways import GATEWAYS, Arrival  # noqa: E402
from unlith_runtime.events import kind_of  # noqa: E402
from unlith_runtime.whole import make_handler  # noqa: E402

# ruff: noqa: E501 - rows of tables

HEAD = """# What an app sees behind each gateway

Made by `docs/reference/make_events.py`: each cell was observed by sending one request through the
emulation of the gateway (`unlith.domain.gateways`, sources named there) and the adapter.
The same app on werkzeug's and waitress' servers is what `tests/runtime` compares all of it with.

## The request

"""
MIDDLE = """
`alb` sends one value a key and a header, the last one; nothing behind it can bring the others back.
HTTP APIs decode the path before the function sees it, so an encoded slash cannot be told from a
slash, and a path ends at an encoded question mark.
Where queries arrive as maps, keys keep their order but not their places between each other.
Header names with an underscore, or beyond ASCII, never reach the app.
`REQUEST_URI` and `RAW_URI` hold the target as the client sent it, stage included; where the gateway
decoded it, it is encoded again, and may differ in spelling.
`lattice` is event structure 2.0, `lattice-v1` the older one with `raw_path`.

## The answer

"""
TAIL = """
A body that is valid UTF-8 goes as text, any other as base64; its type is never asked.
REST APIs return binary bodies only if `binaryMediaTypes` is set, to `*/*`.
Where an answer holds one value a name, repeated headers are joined with a comma, and each
`Set-Cookie` gets a spelling of its own; that balancers and Lattice send those on as several
headers is what other adapters rely on, and not verified here.

## Events that are no requests

| event | what happens |
|---|---|
| `{"source": "serverless-plugin-warmup"}` | answered 204, neither app nor `on_event` is called |
| EventBridge schedule | goes to `on_event` if there is one, else answered 204 |
| anything else (SQS, S3, `{}`, an authorizer's question, a WebSocket's message, CloudFront's of Lambda@Edge) | goes to `on_event`, else `BadEvent`, which names its keys |
| a request with a part of another type than gateways send | `BadEvent`, which says so |
"""


def asked(shape: str, request: HttpRequest, arrival: Arrival | None = None) -> dict[str, Any]:
    """Give the environ the app got."""
    found: dict[str, Any] = {}

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        found.update(environ)
        start_response("204 No Content", [])
        return []

    make_handler(app)(GATEWAYS[shape].event(request, arrival or Arrival()), None)
    return found


def answered(shape: str, body: bytes, *headers: tuple[str, str]) -> dict[str, Any]:
    """Give the handler's answer to a GET."""

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", list(headers))
        return [body]

    answer: dict[str, Any] = make_handler(app)(GATEWAYS[shape].event(get("/")), None)
    return answer


def get(target: str, *headers: tuple[str, str]) -> HttpRequest:
    """Give a GET."""
    return HttpRequest("GET", target, (("Host", "shop.example"), *headers))


FORGED = ("X-Forwarded-For", "6.6.6.6")
COOKIES = (("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"))
REQUESTS: dict[str, Callable[[str], Any]] = {
    "`/a%20b`: `PATH_INFO`": lambda s: asked(s, get("/a%20b"))["PATH_INFO"],
    "`/a%2Fb`: `PATH_INFO`": lambda s: asked(s, get("/a%2Fb"))["PATH_INFO"],
    "`/a%253F`: `PATH_INFO`": lambda s: asked(s, get("/a%253F"))["PATH_INFO"],
    "`/a%3Fb`: `PATH_INFO`": lambda s: asked(s, get("/a%3Fb"))["PATH_INFO"],
    "`?a=1&b=2&a=3`: `QUERY_STRING`": lambda s: asked(s, get("/?a=1&b=2&a=3"))["QUERY_STRING"],
    "`?q=a+b%26c&e=`: `QUERY_STRING`": lambda s: asked(s, get("/?q=a+b%26c&e="))["QUERY_STRING"],
    "`/a%20b?q=a+b`: `REQUEST_URI`, `RAW_URI`": lambda s: asked(s, get("/a%20b?q=a+b"))["REQUEST_URI"],
    "`X-Tag` sent twice": lambda s: asked(s, get("/", ("X-Tag", "1"), ("X-Tag", "2")))["HTTP_X_TAG"],
    "`Cookie: a=1; b=2`": lambda s: asked(s, get("/", ("Cookie", "a=1; b=2")))["HTTP_COOKIE"],
    "`REMOTE_ADDR` of 203.0.113.7, forged header": lambda s: asked(s, get("/", FORGED))["REMOTE_ADDR"],
    "stage `prod`: `SCRIPT_NAME`": lambda s: asked(s, get("/a"), Arrival(stage="prod"))["SCRIPT_NAME"],
    "scheme of a plain listener": lambda s: asked(s, get("/"), Arrival(scheme="http", port=80))["wsgi.url_scheme"],
}  # fmt: skip
ANSWERS: dict[str, Callable[[str], Any]] = {
    "headers go into": lambda s: next(k for k in answered(s, b"") if k.lower().endswith("headers")),
    "two `Set-Cookie`": lambda s: _cookies(answered(s, b"", *COOKIES)),
    "`Vary` twice": lambda s: _vary(answered(s, b"", ("Vary", "A"), ("Vary", "B"))),
    "`image/png`": lambda s: _form(answered(s, b"\x89PNG\xff", ("Content-Type", "image/png"))),
    "JSON in UTF-8": lambda s: _form(answered(s, b'"\xc3\xa9"', ("Content-Type", "application/json"))),
    "text in latin-1": lambda s: _form(answered(s, b"\xe9", ("Content-Type", "text/plain; charset=latin-1"))),
    "`statusDescription`": lambda s: answered(s, b"").get("statusDescription"),
    "largest answer, bytes of JSON": lambda s: kind_of(GATEWAYS[s].event(get("/"))).limit_bytes,
    "client's answer to a result that is no answer": lambda s: GATEWAYS[s].answer({"statusCode": "x"}).status,
}  # fmt: skip


def _cookies(answer: dict[str, Any]) -> Any:
    headers = answer.get("headers") or answer.get("multiValueHeaders")
    return {"cookies": answer["cookies"]} if "cookies" in answer else headers


def _vary(answer: dict[str, Any]) -> Any:
    return (answer.get("headers") or answer["multiValueHeaders"])["Vary"]


def _form(answer: dict[str, Any]) -> str:
    return "base64" if answer["isBase64Encoded"] else "text"


def table(rows: dict[str, Callable[[str], Any]]) -> str:
    """Give one table, a column a shape."""
    lines = ["| | " + " | ".join(GATEWAYS) + " |", "|---" * (len(GATEWAYS) + 1) + "|"]
    for name, look in rows.items():
        cells = []
        for shape in GATEWAYS:
            found = look(shape)
            text = found if isinstance(found, str) else json.dumps(found)
            cells.append("-" if found is None else f"`{text}`" if text else "(empty)")
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def page() -> str:
    """Give the whole page."""
    return HEAD + table(REQUESTS) + MIDDLE + table(ANSWERS) + TAIL


if __name__ == "__main__":
    (Path(__file__).parent / "events.md").write_text(page(), "utf-8")
