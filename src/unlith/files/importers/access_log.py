"""Access logs: GETs and HEADs only, since logs hold no bodies; a session a client.

Known are the Common and Combined Log Format of nginx and Apache, the lines of an Application Load
Balancer, and JSON lines as API Gateway or nginx write them. Sources, read 2026-11:
https://httpd.apache.org/docs/2.4/logs.html,
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html,
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import NamedTuple

from unlith.domain.exchange import HttpRequest
from unlith.domain.tape import TapedAnswer, TapedExchange
from unlith.files.importers.found import Found
from unlith.files.importers.source import Source, split_url

_TEXT = r'"((?:[^"\\]|\\.)*)"'
# API Gateway's own CLF template has no space before the request.
_CLF = re.compile(
    rf"(?:[\w.-]+:\d+ )?(\S+) \S+ (?:\S+ )?\S* ?\[[^\]]*\] ?{_TEXT} (\d{{3}}|-)(?: \S+)?"
    rf"(?: {_TEXT} {_TEXT})?"
)
_ALB = re.compile(
    r"(?:https?|h2|grpcs|wss?) \S+ \S+ (\S+) \S+ \S+ \S+ \S+ (\S+) \S+ \S+ \S+ "
    rf"{_TEXT} {_TEXT}"
)
_REQUEST = re.compile(r"([A-Z]+) (\S+)(?: HTTP/[\d.]+)?\s*(?:- *)?")
_METHODS = ("httpMethod", "request_method", "method", "http_method")
_PATHS = ("request_uri", "rawPath", "path", "uri", "url", "resourcePath")
_CLIENTS = ("ip", "sourceIp", "remote_addr", "client_ip", "clientIp")
_AGENTS = ("userAgent", "http_user_agent", "user_agent", "agent")
_SAFE = ("GET", "HEAD")

NO_BODY = "no GET or HEAD: logs hold no bodies"
NO_REQUEST = "no request line that can be read"
NO_PATH = "no path: only a pattern was logged"


class _Logged(NamedTuple):
    client: str
    request: str
    status: str
    agent: str


def is_line(text: str) -> bool:
    """Say whether a line is one of a log that is known."""
    return _parsed(text) is not None


def read(source: Source) -> Iterator[Found]:
    """Yield a log's requests, streaming; their sessions are named by the client's address.

    Raises:
        ConfigError: at the first line that is of no known form.
    """
    for number, text in source.lines():
        logged = _parsed(text)
        if logged is None:
            raise source.mistake("not a line of a known access log", number)
        found = _REQUEST.fullmatch(logged.request)
        if found is None:
            source.leave_out(NO_PATH if "{" in logged.request else NO_REQUEST)
        elif found[1] not in _SAFE:
            source.leave_out(NO_BODY)
        else:
            yield _found(source, found[1], found[2], logged)


# Private


def _found(source: Source, method: str, url: str, logged: _Logged) -> Found:
    host, target = split_url(url)
    agent = "" if logged.agent == "-" else logged.agent
    exchange = TapedExchange(
        session=f"{logged.client} {agent}",
        source="log",
        request=HttpRequest(method, target, (("User-Agent", agent),) if agent else ()),
        answer=TapedAnswer(int(logged.status) if logged.status.isdigit() else 0),
    )
    return Found(host.partition(":")[0], exchange)


def _parsed(text: str) -> _Logged | None:
    if "{" in text and text.rstrip().endswith("}"):
        # CloudWatch puts a time before each line.
        return _parsed_json(text[text.index("{") :])
    if found := _ALB.match(text):
        return _Logged(found[1].rpartition(":")[0], found[3], found[2], found[4])
    if found := _CLF.match(text):
        return _Logged(found[1], found[2], found[3], found[5] or "")
    return None


def _parsed_json(text: str) -> _Logged | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None

    def first(names: tuple[str, ...]) -> str:
        return next((str(value[name]) for name in names if value.get(name)), "")

    request = str(value.get("request", ""))
    if not _REQUEST.fullmatch(request):
        method, path = first(_METHODS), first(_PATHS)
        if not path and " " in str(value.get("routeKey", "")):
            path = str(value["routeKey"]).partition(" ")[2]
        if not method or not path:
            return None
        stage = f"/{value.get('stage', '')}"
        if stage != "/" and (path == stage or path.startswith(f"{stage}/")):
            path = path.removeprefix(stage) or "/"
        query = first(("query_string", "args", "queryString"))
        path += f"?{query}" if query and query != "-" and "?" not in path else ""
        # A pattern is no path: what stood in its place is not known.
        request = f"{{{path}}}" if "{" in path else f"{method.upper()} {path}"
    return _Logged(first(_CLIENTS), request, str(value.get("status", "")), first(_AGENTS))
