"""What Lambda and its gateways refuse to carry back, said clearly before they refuse it.

Without this an answer that is too large is lost: the client gets a bare 502 and the function's
log holds nothing. Source, read 2026-11-21: the 6 MB of a synchronous invocation,
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html, and the 1 MB of a load
balancer, https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html.
"""

from __future__ import annotations

import json
import logging
import sys

from unlith_runtime.http import Request, Response
from unlith_runtime.kinds import EventKind
from unlith_runtime.parts import Event

_log = logging.getLogger("unlith_runtime")
_WORST = 6  # one byte of body as JSON at its longest: \u0000
_HEADERS_BYTES = 65_536


def within_limit(answer: Event, request: Request, kind: EventKind) -> Event:
    """Give *answer*, or a 500 in its place and a log line if the gateway would drop it."""
    if len(answer["body"]) * _WORST + _HEADERS_BYTES < kind.limit_bytes:
        return answer
    # awslambdaric escapes what is not ASCII up to Python 3.11, and no longer from 3.12 on.
    text = json.dumps(answer, ensure_ascii=sys.version_info < (3, 12))
    size = len(text.encode("utf-8", "surrogatepass"))
    if size <= kind.limit_bytes:
        return answer
    _log.error(
        "the answer of %s %s%s is %d bytes as JSON, %s carries at most %d: answered 500 instead",
        request.method, request.script_name, request.path, size, kind.name, kind.limit_bytes,
    )  # fmt: skip
    told = b"The answer is larger than the gateway in front of this function can carry.\n"
    head = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(told)))]
    return kind.response(Response(500, head, told), request.event)
