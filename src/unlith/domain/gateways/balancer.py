"""The Application Load Balancer, with single and with multi-value headers, and VPC Lattice.

Sources, read 2026-11-21: balancer
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html (path and
query as sent, last value wins, answer in the same kind, 1 MB); Lattice
https://docs.aws.amazon.com/vpc-lattice/latest/ug/lambda-functions.html. That Lattice's ``path``
holds the query: https://github.com/aws-powertools/powertools-lambda-python (its Lattice resolver).
Its structure 1.0, read 2026-11-26:
https://docs.aws.amazon.com/powertools/python/latest/api/utilities/data_classes/vpc_lattice.html.
Not verified: that structure 1.0 joins repeated headers; that header names which differ in case
only reach the client as several headers.
"""

from __future__ import annotations

from collections.abc import Mapping

from unlith.domain.exchange import HttpAnswer, HttpRequest
from unlith.domain.gateways.answers import (
    Malformed,
    failed,
    many_headers,
    single_headers,
    status_of,
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
    last_values,
    query_items,
)

_ARN = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/shop/0123456789abcdef"
_LATTICE = "arn:aws:vpc-lattice:us-east-1:123456789012"
_BALANCER = "shop-1234567890.us-east-1.elb.amazonaws.com"
_SERVICE = "shop-0123456789abcdef0.7d67968.vpc-lattice-svcs.us-east-1.on.aws"
_HERE = Arrival()


class Alb:
    """A load balancer with single-value headers."""

    name = "alb"
    request_limit_bytes = 1_048_576
    limit_s: float | None = None
    _is_multi = False

    def event(self, request: HttpRequest, arrival: Arrival = _HERE) -> dict[str, object]:
        """Give a target group's event; path and query stay as they were sent."""
        pairs = arrived(request, arrival, arrival.domain or _BALANCER)
        headers = [(name.lower(), value) for name, value in pairs]
        query = query_items(request.query, decode=False)
        body, is_base64 = body_of(request)
        event: dict[str, object] = {
            "requestContext": {"elb": {"targetGroupArn": _ARN}},
            "httpMethod": request.method,
            "path": request.path or "/",
            "body": body or "",
            "isBase64Encoded": is_base64,
        }
        if self._is_multi:
            event["multiValueQueryStringParameters"] = all_values(query) or {}
            event["multiValueHeaders"] = all_values(headers)
        else:
            event["queryStringParameters"] = last_values(query) or {}
            event["headers"] = last_values(headers)
        return event

    def answer(self, result: object) -> HttpAnswer:
        """Take the header map of the target group's own kind and no other."""
        try:
            if not isinstance(result, Mapping):
                raise Malformed("the result is no object")
            headers = many_headers(result) if self._is_multi else single_headers(result)
            return HttpAnswer(status_of(result), headers, result_body(result))
        except Malformed:
            return self.failure()

    def failure(self) -> HttpAnswer:
        """Give the balancer's 502 page."""
        page = (
            b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n"
            b"<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n"
        )
        return failed(page, "text/html")

    def late(self) -> HttpAnswer:
        """Give a 502: a balancer waits as long as the function may run."""
        return self.failure()


class AlbMulti(Alb):
    """A load balancer with multi-value headers."""

    name = "alb-multi"
    _is_multi = True


class Lattice:
    """VPC Lattice, event structure 2.0."""

    name = "lattice"
    request_limit_bytes = LAMBDA_REQUEST_BYTES
    limit_s: float | None = None

    def event(self, request: HttpRequest, arrival: Arrival = _HERE) -> dict[str, object]:
        """Give a Lattice event."""
        pairs = arrived(request, arrival, arrival.domain or _SERVICE)
        body, is_base64 = body_of(request)
        event: dict[str, object] = {
            "version": "2.0",
            "path": request.target or "/",
            "method": request.method,
            "headers": all_values([(name.lower(), value) for name, value in pairs]),
            "requestContext": {
                "serviceNetworkArn": f"{_LATTICE}:servicenetwork/sn-0123456789abcdef0",
                "serviceArn": f"{_LATTICE}:service/svc-0123456789abcdef0",
                "targetGroupArn": f"{_LATTICE}:targetgroup/tg-0123456789abcdef0",
                "identity": {"sourceVpcArn": "arn:aws:ec2:us-east-1:123456789012:vpc/vpc-0123"},
                "region": "us-east-1",
                "timeEpoch": "1767225600000000",
            },
            "isBase64Encoded": is_base64,
        }
        if query := all_values(query_items(request.query, decode=True)):
            event["queryStringParameters"] = query
        if body is not None:
            event["body"] = body
        return event

    def answer(self, result: object) -> HttpAnswer:
        """Take status, headers and body."""
        try:
            if not isinstance(result, Mapping):
                raise Malformed("the result is no object")
            return HttpAnswer(status_of(result), single_headers(result), result_body(result))
        except Malformed:
            return self.failure()

    def failure(self) -> HttpAnswer:
        """Give a 502; what Lattice writes into it is not verified."""
        return failed(b"Bad Gateway", "text/plain")

    def late(self) -> HttpAnswer:
        """Give the same; how long Lattice waits is not verified."""
        return self.failure()


class LatticeV1(Lattice):
    """VPC Lattice, event structure 1.0: other names, one text a header and a query key."""

    name = "lattice-v1"

    def event(self, request: HttpRequest, arrival: Arrival = _HERE) -> dict[str, object]:
        """Give a Lattice event of the first structure."""
        pairs = arrived(request, arrival, arrival.domain or _SERVICE)
        headers = all_values([(name.lower(), value) for name, value in pairs]) or {}
        body, is_base64 = body_of(request)
        return {
            "raw_path": request.target or "/",
            "method": request.method,
            "headers": {
                name: ("; " if name == "cookie" else ", ").join(values)
                for name, values in headers.items()
            },
            "query_string_parameters": last_values(query_items(request.query, decode=False)) or {},
            "body": body or "",
            "is_base64_encoded": is_base64,
        }
