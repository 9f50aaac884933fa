"""What is measured: two apps times two events, a GET as browsers send it."""

from __future__ import annotations

import json
from typing import Any

from unlith.domain.exchange import HttpRequest
from unlith.domain.gateways import GATEWAYS

# Thirteen headers as a browser sends them; the gateway adds its own.
HEADERS = (
    ("Host", "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com"),
    ("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
    ("Accept-Encoding", "gzip, deflate, br"),
    ("Accept-Language", "en-US,en;q=0.5"),
    ("Cache-Control", "no-cache"),
    ("Cookie", "session=eyJ1c2VyIjoxfQ.ZxYw; theme=dark"),
    ("DNT", "1"),
    ("Referer", "https://shop.example/orders"),
    ("Sec-Fetch-Dest", "document"),
    ("Sec-Fetch-Mode", "navigate"),
    ("Sec-Fetch-Site", "same-origin"),
    ("Upgrade-Insecure-Requests", "1"),
    ("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"),
)
BODY = json.dumps({"id": 7, "total": "12.50", "lines": [1, 2, 3]}).encode()


class Context:
    """What a handler gets as context."""

    aws_request_id = "52fdfc07-2182-454f-963f-5f0f9a621d72"
    function_name = "shop"


def raw(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """Answer as cheaply as WSGI allows."""
    start_response(
        "200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(BODY)))]
    )
    return [BODY]


def flask_app() -> Any:
    """Give an app with one JSON route that reads its arguments."""
    import flask

    app = flask.Flask("bench")

    @app.get("/orders/<int:number>")
    def order(number: int) -> flask.Response:
        return flask.jsonify(id=number, q=flask.request.args.get("q"))

    return app


APPS = {"raw": lambda: raw, "flask": flask_app}
EVENTS = {
    shape: json.loads(
        json.dumps(GATEWAYS[shape].event(HttpRequest("GET", "/orders/7?q=shoes&page=2", HEADERS)))
    )
    for shape in ("rest", "http-v2")
}
EVENTS["rest"]["isBase64Encoded"] = False
CASES = [(app, shape) for app in APPS for shape in EVENTS]
