"""API Gateway's three payloads and the Function URL's.

Sources, read 2026-11-21:
payloads 1.0 and 2.0, and what 2.0 infers from a result without ``statusCode``:
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html;
REST: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html;
Function URL: https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html; which paths are
decoded: live events, https://github.com/hotsock/voker/tree/main/vokerhttp/testdata (2026-07-10);
payload 1.0 keeps the stage in ``path``: https://github.com/zappa/Zappa/issues/1168.
Time limits: REST 29 s and HTTP API 30 s,
https://github.com/awsdocs/amazon-api-gateway-developer-guide/pull/74; then REST gives a 504
(https://github.com/aws/chalice/issues/1580), HTTP API a 503 with this body
(https://github.com/cortexlabs/cortex/issues/1225), and the function runs on in both.
REST is emulated with ``binaryMediaTypes`` set to ``*/*``, without which it returns no binary body.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from unlith.domain.exchange import Headers, HttpAnswer, HttpRequest
from unlith.domain.gateways.answers import (
    JSON_TYPE,
    Malformed,
    failed,
    many_headers,
    single_headers,
    status_of,
    with_default,
)
from unlith.domain.gateways.answers import (
    body_of as result_body,
)
from unlith.domain.gateways.arrival import (
    LAMBDA_REQUEST_BYTES,
    Arrival,
    all_values,
    arrived,
    body_of,
    decoded_path,
    joined_values,
    last_values,
    query_items,
)

_API = "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com"
_URL = "a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6.lambda-url.us-east-1.on.aws"
_ACCOUNT = "123456789012"
_TIME, _EPOCH = "01/Jan/2026:00:00:00 +0000", 1767225600000
_HERE = Arrival()


class RestApi:
    """REST API: path encoded and without the stage, query decoded, Content-Length dropped."""

    name = "rest"
    request_limit_bytes = LAMBDA_REQUEST_BYTES
    limit_s: float | None = 29.0

    def event(self, request: HttpRequest, arrival: Arrival = _HERE) -> dict[str, object]:
        """Give a REST proxy event."""
        domain = arrival.domain or _API
        headers = _without_length(arrived(request, arrival, domain))
        query = query_items(request.query, decode=True)
        body, is_base64 = body_of(request, binary=True)
        path = request.path or "/"
        return {
            "resource": "/{proxy+}",
            "path": path,
            "httpMethod": request.method,
            "headers": last_values(headers),
            "multiValueHeaders": all_values(headers),
            "queryStringParameters": last_values(query),
            "multiValueQueryStringParameters": all_values(query),
            "pathParameters": {"proxy": path.lstrip("/")},
            "stageVariables": None,
            "requestContext": _context_v1(request, arrival, domain, _staged(path, arrival)),
            "body": body,
            "isBase64Encoded": is_base64,
        }

    def answer(self, result: object) -> HttpAnswer:
        """Merge both header maps; the many-valued one wins for a name in both."""
        try:
            if not isinstance(result, Mapping):
                raise Malformed("the result is no object")
            many = many_headers(result)
            taken = {name.lower() for name, _ in many}
            single = [pair for pair in single_headers(result) if pair[0].lower() not in taken]
            headers = with_default((*single, *many), JSON_TYPE)
            return HttpAnswer(status_of(result), headers, result_body(result))
        except Malformed:
            return self.failure()

    def failure(self) -> HttpAnswer:
        """Give API Gateway's 502."""
        return failed(b'{"message": "Internal server error"}', "application/json")

    def late(self) -> HttpAnswer:
        """Give a REST API's 504."""
        return failed(b'{"message": "Endpoint request timed out"}', "application/json", 504)


class HttpApiV1(RestApi):
    """HTTP API, payload 1.0: path decoded and with the stage, otherwise as REST."""

    name = "http-v1"
    limit_s = 30.0

    def event(self, request: HttpRequest, arrival: Arrival = _HERE) -> dict[str, object]:
        """Give a payload of version 1.0."""
        domain = arrival.domain or _API
        headers = arrived(request, arrival, domain)
        query = query_items(request.query, decode=True)
        body, is_base64 = body_of(request)
        path = _staged(decoded_path(request.path), arrival)
        return {
            "version": "1.0",
            "resource": "$default",
            "path": path,
            "httpMethod": request.method,
            "headers": last_values(headers),
            "multiValueHeaders": all_values(headers),
            "queryStringParameters": last_values(query),
            "multiValueQueryStringParameters": all_values(query),
            "pathParameters": None,
            "stageVariables": None,
            "requestContext": {
                **_context_v1(request, arrival, domain, path),
                "stage": arrival.stage or "$default",
            },
            "body": body,
            "isBase64Encoded": is_base64,
        }

    def late(self) -> HttpAnswer:
        """Give an HTTP API's 503."""
        return failed(b'{"message":"Service Unavailable"}', "application/json", 503)


class HttpApiV2:
    """HTTP API, payload 2.0: path decoded and with the stage, query raw, cookies apart."""

    name = "http-v2"
    request_limit_bytes = LAMBDA_REQUEST_BYTES
    limit_s: float | None = 30.0

    def event(self, request: HttpRequest, arrival: Arrival = _HERE) -> dict[str, object]:
        """Give a payload of version 2.0."""
        domain = arrival.domain or _API
        path = _staged(decoded_path(request.path), arrival)
        event = _event_v2(request, arrival, domain, path)
        headers = event["headers"]
        assert isinstance(headers, dict)
        headers.pop("cookie", None)
        return event

    def answer(self, result: object) -> HttpAnswer:
        """Take a result with ``statusCode`` as it says; of any other, make a JSON answer."""
        if not isinstance(result, Mapping) or "statusCode" not in result:
            text = result if isinstance(result, str) else json.dumps(result)
            return HttpAnswer(200, (JSON_TYPE,), text.encode("utf-8", "replace"))
        try:
            cookies = result.get("cookies") or []
            if not isinstance(cookies, list | tuple):
                raise Malformed("cookies is no list")
            jar = tuple(("Set-Cookie", str(cookie)) for cookie in cookies)
            headers = with_default(single_headers(result), JSON_TYPE)
            return HttpAnswer(status_of(result), (*headers, *jar), result_body(result))
        except Malformed:
            return self.failure()

    def failure(self) -> HttpAnswer:
        """Give API Gateway's 502."""
        return failed(b'{"message": "Internal server error"}', "application/json")

    def late(self) -> HttpAnswer:
        """Give an HTTP API's 503."""
        return failed(b'{"message":"Service Unavailable"}', "application/json", 503)


class FunctionUrl(HttpApiV2):
    """Function URL: payload 2.0, but ``rawPath`` is encoded and ``cookie`` stays a header too."""

    name = "function-url"
    limit_s = None  # it waits as long as the function may run

    def event(self, request: HttpRequest, arrival: Arrival = _HERE) -> dict[str, object]:
        """Give a Function URL's event; a Function URL has no stages."""
        domain = arrival.domain or _URL
        event = _event_v2(request, arrival, domain, decoded_path(request.path))
        return {**event, "rawPath": request.path or "/"}

    def late(self) -> HttpAnswer:
        """Give what a function that ran out of its own time gives."""
        return self.failure()


# Private


def _staged(path: str, arrival: Arrival) -> str:
    return f"/{arrival.stage}{path}" if arrival.stage else path


def _without_length(headers: Headers) -> Headers:
    return tuple(pair for pair in headers if pair[0].lower() != "content-length")


def _context_v1(
    request: HttpRequest, arrival: Arrival, domain: str, public_path: str
) -> dict[str, object]:
    return {
        "accountId": _ACCOUNT,
        "apiId": domain.partition(".")[0],
        "authorizer": None,
        "domainName": domain,
        "domainPrefix": domain.partition(".")[0],
        "extendedRequestId": "ext-request-id",
        "httpMethod": request.method,
        "identity": {
            "accessKey": None,
            "accountId": None,
            "caller": None,
            "sourceIp": arrival.client_address,
            "user": None,
            "userAgent": request.header("user-agent") or None,
            "userArn": None,
        },
        "path": public_path,
        "protocol": "HTTP/1.1",
        "requestId": "request-id",
        "requestTime": _TIME,
        "requestTimeEpoch": _EPOCH,
        "resourceId": "res123",
        "resourcePath": "/{proxy+}",
        "stage": arrival.stage or "live",
    }


def _event_v2(request: HttpRequest, arrival: Arrival, domain: str, path: str) -> dict[str, object]:
    pairs = [(name.lower(), value) for name, value in arrived(request, arrival, domain)]
    jar = [value for name, value in pairs if name == "cookie"]
    cookies = [one.strip() for value in jar for one in value.split(";") if one.strip()]
    body, is_base64 = body_of(request)
    event: dict[str, object] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": request.query,
        "headers": joined_values(pairs),
        "requestContext": {
            "accountId": _ACCOUNT,
            "apiId": domain.partition(".")[0],
            "domainName": domain,
            "domainPrefix": domain.partition(".")[0],
            "http": {
                "method": request.method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": arrival.client_address,
                "userAgent": request.header("user-agent"),
            },
            "requestId": "request-id",
            "routeKey": "$default",
            "stage": arrival.stage or "$default",
            "time": _TIME,
            "timeEpoch": _EPOCH,
        },
        "isBase64Encoded": is_base64,
    }
    if cookies:
        event["cookies"] = cookies
    if query := joined_values(query_items(request.query, decode=True)):
        event["queryStringParameters"] = query
    if body is not None:
        event["body"] = body
    return event
