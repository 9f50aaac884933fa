"""Every kind of HTTP event Lambda gets, one small class a kind.

A kind holds no state and changes no event. No key of an event ever runs code, and nothing that
decides (client address, script name) is taken from where a client could have put it.

Sources, read 2026-11-21: payloads 1.0 and 2.0
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html,
REST https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html,
Function URL https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html,
load balancer https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html,
Lattice https://docs.aws.amazon.com/vpc-lattice/latest/ug/lambda-functions.html, and captures of
live traffic, https://github.com/hotsock/voker/tree/main/vokerhttp/testdata (2026-07-10).
"""

from __future__ import annotations

from binascii import a2b_base64
from typing import Any, Protocol

from unlith_runtime.errors import BadEvent
from unlith_runtime.http import Request, Response, as_text, latin1, may_have_body, quoted, unquoted

Event = dict[str, Any]  # whatever JSON came
Pairs = list[tuple[str, str]]

LAMBDA_LIMIT_BYTES = 6_291_556  # the figure Lambda's own error message names
BALANCER_LIMIT_BYTES = 1_048_576

# RFC 9110, 7.6.1 and PEP 3333: between two neighbours only; gateways refuse or break on them.
_HOP_BY_HOP = frozenset(
    ("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection",
     "te", "trailer", "trailers", "transfer-encoding", "upgrade")
)  # fmt: skip
_QUERY = "-._~!*'();/?:@$,[]{}|^`\\\"<>%+"  # what an undecoded value may hold as it is


class EventKind(Protocol):
    """What every kind can do."""

    name: str
    limit_bytes: int

    def matches(self, event: Event) -> bool:
        """Say whether *event* is of this kind."""

    def request(self, event: Event, context: object, base_path: str | None = None) -> Request:
        """Give the request in *event*; *base_path* is as ``clean_base_path`` gives it."""

    def response(self, response: Response, event: Event) -> Event:
        """Give the answer this kind of gateway understands."""


def kind_of(event: object) -> EventKind:
    """Give the kind of *event*.

    Raises:
        BadEvent: if it is no HTTP event, or a question to an authorizer.
    """
    if isinstance(event, dict) and "methodArn" not in event and "routeArn" not in event:
        for kind in KINDS:
            if kind.matches(event):
                return kind
    raise BadEvent(event)


def is_warm_up(event: object) -> bool:
    """Say whether *event* only keeps the function warm: the plugin's ping or a bare schedule."""
    if not isinstance(event, dict):
        return False
    return event.get("source") == "serverless-plugin-warmup" or is_schedule(event)


def is_schedule(event: Event) -> bool:
    """Say whether EventBridge sent *event* because its time had come."""
    return event.get("detail-type") == "Scheduled Event" and event.get("source") in (
        "aws.events",
        "aws.scheduler",
    )


def clean_base_path(base_path: str | None) -> str | None:
    """Give ``/v1`` for ``v1/``; ``""`` means no prefix at all, None leaves it to the event."""
    if base_path is None:
        return None
    stripped = base_path.strip("/")
    return latin1(f"/{stripped}") if stripped else ""


class RestApi:
    """API Gateway REST API, proxy integration: path encoded and without stage, query decoded."""

    name = "rest"
    limit_bytes = LAMBDA_LIMIT_BYTES

    def matches(self, event: Event) -> bool:
        """Say whether *event* has a method and a path and neither a balancer nor a version."""
        return (
            isinstance(event.get("httpMethod"), str)
            and isinstance(event.get("path"), str)
            and "version" not in event
            and "elb" not in _part(event, "requestContext")
        )

    def request(self, event: Event, context: object, base_path: str | None = None) -> Request:
        """Give the request; the script name is what the public path has more than ``path``."""
        about = _part(event, "requestContext")
        path: str = event["path"]
        script = _prefix(str(about.get("path") or ""), path, about.get("stage"))
        client = _part(about, "identity").get("sourceIp")
        request = Request(
            event["httpMethod"], unquoted(path), _encoded(event), _headers(event), _body(event),
            script_name=unquoted(script), client_address=client or "",
            host=about.get("domainName") or "", event=event, context=context,
        )  # fmt: skip
        return _settled(request, base_path)

    def response(self, response: Response, event: Event) -> Event:
        """Give an answer with ``multiValueHeaders``."""
        return _multi(response, event["httpMethod"])


class HttpApiV1(RestApi):
    """HTTP API, payload 1.0: as REST, but the path is decoded and holds the stage."""

    name = "http-v1"

    def matches(self, event: Event) -> bool:
        """Say whether *event* calls itself version 1.0."""
        return (
            event.get("version") == "1.0"
            and isinstance(event.get("httpMethod"), str)
            and isinstance(event.get("path"), str)
        )

    def request(self, event: Event, context: object, base_path: str | None = None) -> Request:
        """Give the request; a named stage goes from the path to the script name."""
        about = _part(event, "requestContext")
        path, script = _unstaged(latin1(event["path"]), about)
        client = _part(about, "identity").get("sourceIp")
        request = Request(
            event["httpMethod"], path, _encoded(event), _headers(event), _body(event),
            script_name=script, client_address=client or "",
            host=about.get("domainName") or "", event=event, context=context,
        )  # fmt: skip
        return _settled(request, base_path)


class HttpApiV2:
    """HTTP API, payload 2.0: path decoded and with the stage, query raw, cookies apart."""

    name = "http-v2"
    limit_bytes = LAMBDA_LIMIT_BYTES

    def matches(self, event: Event) -> bool:
        """Say whether *event* is a 2.0 payload that does not come from a Function URL."""
        about = event.get("requestContext")
        return (
            event.get("version") == "2.0"
            and isinstance(about, dict)
            and isinstance(about.get("http"), dict)
            and ".lambda-url." not in str(about.get("domainName"))
        )

    def request(self, event: Event, context: object, base_path: str | None = None) -> Request:
        """Give the request; a named stage goes from the path to the script name."""
        about = event["requestContext"]
        raw = event.get("rawPath")
        path, script = _unstaged(latin1(about["http"].get("path") if raw is None else raw), about)
        return self._request(event, context, base_path, path, script)

    def _request(
        self, event: Event, context: object, base_path: str | None, path: str, script: str
    ) -> Request:
        about = event["requestContext"]
        http = about["http"]
        headers = _headers(event)
        if cookies := event.get("cookies"):
            headers = [pair for pair in headers if pair[0].lower() != "cookie"]
            headers.append(("cookie", "; ".join(cookies)))
        query = event.get("rawQueryString")
        request = Request(
            http["method"], path, _encoded(event) if query is None else latin1(query), headers,
            _body(event), script_name=script, client_address=http.get("sourceIp") or "",
            host=about.get("domainName") or "", event=event, context=context,
        )  # fmt: skip
        return _settled(request, base_path)

    def response(self, response: Response, event: Event) -> Event:
        """Give an answer with ``cookies``; other repeated headers are joined, as 2.0 wants."""
        return _joined(response, event["requestContext"]["http"]["method"], cookies=True)


class FunctionUrl(HttpApiV2):
    """A Function URL: payload 2.0, but the path is encoded and there are no stages."""

    name = "function-url"

    def matches(self, event: Event) -> bool:
        """Say whether *event* is a 2.0 payload of a ``lambda-url`` host."""
        about = event.get("requestContext")
        return (
            event.get("version") == "2.0"
            and isinstance(about, dict)
            and isinstance(about.get("http"), dict)
            and ".lambda-url." in str(about.get("domainName"))
        )

    def request(self, event: Event, context: object, base_path: str | None = None) -> Request:
        """Give the request; ``requestContext.http.path`` is decoded, so ``rawPath`` it is."""
        raw = event.get("rawPath")
        path = latin1(event["requestContext"]["http"]["path"]) if raw is None else unquoted(raw)
        return self._request(event, context, base_path, path, "")


class Alb:
    """A load balancer with single-value headers: path and query as sent, last value wins."""

    name = "alb"
    limit_bytes = BALANCER_LIMIT_BYTES

    def matches(self, event: Event) -> bool:
        """Say whether *event* comes from a load balancer without ``multiValueHeaders``."""
        return (
            "elb" in _part(event, "requestContext")
            and isinstance(event.get("httpMethod"), str)
            and isinstance(event.get("path"), str)
            and not self._is_multi(event)
        )

    def _is_multi(self, event: Event) -> bool:
        return event.get("multiValueHeaders") is not None

    def request(self, event: Event, context: object, base_path: str | None = None) -> Request:
        """Give the request; the client is the last address the balancer itself wrote."""
        headers = _headers(event)
        request = Request(
            event["httpMethod"], unquoted(event["path"]), _unchanged(event), headers,
            _body(event), scheme="http", client_address=_last_hop(headers),
            event=event, context=context,
        )  # fmt: skip
        return _settled(request, base_path)

    def response(self, response: Response, event: Event) -> Event:
        """Give an answer with ``headers``, each ``Set-Cookie`` under a spelling of its own."""
        answer = _joined(response, event["httpMethod"])
        answer["statusDescription"] = response.status_line
        return answer


class AlbMulti(Alb):
    """A load balancer with multi-value headers: every value arrives and every value returns."""

    name = "alb-multi"

    def matches(self, event: Event) -> bool:
        """Say whether *event* comes from a load balancer with ``multiValueHeaders``."""
        return (
            "elb" in _part(event, "requestContext")
            and isinstance(event.get("httpMethod"), str)
            and isinstance(event.get("path"), str)
            and self._is_multi(event)
        )

    def response(self, response: Response, event: Event) -> Event:
        """Give an answer with ``multiValueHeaders``: a balancer wants its own kind back."""
        answer = _multi(response, event["httpMethod"])
        answer["statusDescription"] = response.status_line
        return answer


class Lattice:
    """VPC Lattice, event structure 2.0: lists of header values, the query inside ``path``."""

    name = "lattice"
    limit_bytes = LAMBDA_LIMIT_BYTES

    def matches(self, event: Event) -> bool:
        """Say whether *event* names a Lattice service."""
        about = _part(event, "requestContext")
        return (
            ("serviceArn" in about or "serviceNetworkArn" in about)
            and isinstance(event.get("method"), str)
            and isinstance(event.get("path"), str)
        )

    def request(self, event: Event, context: object, base_path: str | None = None) -> Request:
        """Give the request; the query in ``path`` is the raw one, the map only a fallback."""
        headers = _headers(event)
        path, mark, query = event["path"].partition("?")
        request = Request(
            event["method"], unquoted(path), latin1(query) if mark else _unchanged(event), headers,
            _body(event), client_address=_last_hop(headers), event=event, context=context,
        )  # fmt: skip
        return _settled(request, base_path)

    def response(self, response: Response, event: Event) -> Event:
        """Give an answer with ``headers``, each ``Set-Cookie`` under a spelling of its own."""
        answer = _joined(response, event["method"])
        answer["statusDescription"] = response.status_line
        return answer


KINDS: tuple[EventKind, ...] = (
    HttpApiV2(), RestApi(), FunctionUrl(), AlbMulti(), Alb(), HttpApiV1(), Lattice(),
)  # fmt: skip


# Private: requests


def _part(event: Event, key: str) -> Event:
    part = event.get(key)
    return part if isinstance(part, dict) else {}


def _body(event: Event) -> bytes:
    body = event.get("body")
    if not body:
        return b""
    return a2b_base64(body) if event.get("isBase64Encoded") else body.encode("utf-8")


def _settled(request: Request, base_path: str | None) -> Request:
    path = request.path_info
    if base_path is not None:
        if not base_path:
            request.script_name = ""
        elif path == base_path or path.startswith(base_path + "/"):
            path = path[len(base_path) :]
            request.script_name += base_path
    if not path or path[:2] == "//":  # as servers do: a path must never look like a host
        path = "/" + path.lstrip("/")
    request.path_info = path
    return request


def _prefix(public: str, path: str, stage: object) -> str:
    """Give what stands before *path* in the public path: the stage, or nothing."""
    if public.endswith(path):
        return public[: len(public) - len(path)].rstrip("/")
    staged = f"/{stage}"
    return staged if public == staged or public.startswith(staged + "/") else ""


def _unstaged(path: str, about: Event) -> tuple[str, str]:
    """Move a named stage from *path*; only API Gateway's own host has it there."""
    stage = about.get("stage")
    if stage == "$default" or not stage or ".execute-api." not in str(about.get("domainName")):
        return path, ""
    staged = f"/{stage}"
    if path == staged or path.startswith(staged + "/"):
        return path[len(staged) :], staged
    return path, ""


def _headers(event: Event) -> Pairs:
    """Give all headers, of the many-valued map if there is one (both may be null)."""
    pairs: Pairs = []
    for name, value in (event.get("multiValueHeaders") or event.get("headers") or {}).items():
        if value.__class__ is str:
            pairs.append((name, value))
        elif value.__class__ is list:
            pairs += [(name, one) for one in value if one.__class__ is str]
        elif value is not None:
            pairs.append((name, str(value)))
    return pairs


def _query_items(event: Event) -> Pairs:
    pairs: Pairs = []
    many = event.get("multiValueQueryStringParameters") or event.get("queryStringParameters")
    for key, value in (many or event.get("query_string_parameters") or {}).items():
        for one in value if isinstance(value, list) else (value,):
            pairs.append((key, "" if one is None else str(one)))
    return pairs


def _encoded(event: Event) -> str:
    """Give the query of maps that came decoded."""
    return "&".join([f"{quoted(key)}={quoted(one)}" for key, one in _query_items(event)])


def _unchanged(event: Event) -> str:
    """Give the query of maps that came as sent, with only impossible characters encoded."""
    items = _query_items(event)
    return "&".join([f"{quoted(key, _QUERY)}={quoted(one, _QUERY + '=')}" for key, one in items])


def _last_hop(headers: Pairs) -> str:
    """Give the last X-Forwarded-For entry: all others are what the client wrote [1].

    [1] https://docs.aws.amazon.com/elasticloadbalancing/latest/application/x-forwarded-headers.html
    """
    address = ""
    for name, value in headers:
        if name.lower() == "x-forwarded-for":
            address = value.rpartition(",")[2].strip()
    if address[:1] == "[":  # the balancer can be told to add the client's port
        return address[1:].partition("]")[0]
    return address.partition(":")[0] if address.count(":") == 1 else address


# Private: responses


def _start(response: Response, method: str) -> Event:
    has_body = response.body and may_have_body(method, response.status)
    text, is_base64 = as_text(response.body) if has_body else ("", False)
    return {"statusCode": response.status, "body": text, "isBase64Encoded": is_base64}


def _multi(response: Response, method: str) -> Event:
    answer = _start(response, method)
    many: dict[str, list[str]] = {}
    spelled: dict[str, list[str]] = {}
    for name, value in response.headers:
        lower = name.lower()
        if lower in spelled:
            spelled[lower].append(value)
        elif lower not in _HOP_BY_HOP and _fits(lower, response.status):
            spelled[lower] = many[name] = [value]
    answer["multiValueHeaders"] = many
    return answer


def _joined(response: Response, method: str, *, cookies: bool = False) -> Event:
    answer = _start(response, method)
    one: dict[str, str] = {}
    spelled: dict[str, str] = {}
    jar: list[str] = []
    for name, value in response.headers:
        lower = name.lower()
        if lower == "set-cookie":
            jar.append(value)
        elif lower in spelled:
            one[spelled[lower]] += ", " + value
        elif lower not in _HOP_BY_HOP and _fits(lower, response.status):
            spelled[lower] = name
            one[name] = value
    if cookies:
        if jar:
            answer["cookies"] = jar
    else:
        for number, cookie in enumerate(jar):
            one[_spelling(number)] = cookie
    answer["headers"] = one
    return answer


def _fits(lower: str, status: int) -> bool:
    # RFC 9110, 8.6: no Content-Length with 1xx and 204. HEAD and 304 keep theirs.
    return lower != "content-length" or (status >= 200 and status != 204)


def _spelling(number: int) -> str:
    """Give the *number*-th spelling of ``Set-Cookie``: a JSON map holds each name only once."""
    letters = list("Set-Cookie")
    for place in (0, 1, 2, 4, 5, 6, 7, 8, 9):
        if number & 1:
            letters[place] = letters[place].swapcase()
        number >>= 1
    return "".join(letters)
