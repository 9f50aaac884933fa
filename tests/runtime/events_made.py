"""Builders of small events, by keyword, and a context as Lambda gives it."""

from __future__ import annotations

from typing import Any


class Context:
    """What handlers get as context.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/python-context.html (read 2026-11-21).
    """

    function_name = "shop"
    function_version = "$LATEST"
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:shop"
    memory_limit_in_mb = "256"
    aws_request_id = "52fdfc07-2182-454f-963f-5f0f9a621d72"
    log_group_name = "/aws/lambda/shop"
    log_stream_name = "2026/01/01/[$LATEST]1"

    def get_remaining_time_in_millis(self) -> int:
        """Give always the same."""
        return 3000


def v2_event(
    *,
    path: str = "/x",
    method: str = "GET",
    query: str = "",
    headers: dict[str, str] | None = None,
    body: str | None = None,
    is_base64: bool = False,
    domain: str = "abc.execute-api.us-east-1.amazonaws.com",
    stage: str = "$default",
    **more: Any,
) -> dict[str, Any]:
    """Give a payload of version 2.0."""
    return {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {"host": domain, "x-forwarded-proto": "https"} | (headers or {}),
        "requestContext": {
            "domainName": domain,
            "http": {"method": method, "path": path, "sourceIp": "203.0.113.7"},
            "stage": stage,
        },
        "body": body,
        "isBase64Encoded": is_base64,
        **more,
    }


def rest_event(
    *,
    path: str = "/x",
    public_path: str | None = None,
    method: str = "GET",
    headers: dict[str, list[str]] | None = None,
    domain: str = "abc.execute-api.us-east-1.amazonaws.com",
    stage: str = "live",
    **more: Any,
) -> dict[str, Any]:
    """Give a REST proxy event; the public path has the stage unless told otherwise."""
    return {
        "httpMethod": method,
        "path": path,
        "headers": None,
        "multiValueHeaders": {"Host": [domain], "X-Forwarded-Proto": ["https"]} | (headers or {}),
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "requestContext": {
            "domainName": domain,
            "identity": {"sourceIp": "203.0.113.7"},
            "path": f"/{stage}{path}" if public_path is None else public_path,
            "stage": stage,
        },
        "body": None,
        "isBase64Encoded": False,
        **more,
    }


def alb_event(
    *,
    path: str = "/x",
    method: str = "GET",
    headers: dict[str, str] | None = None,
    query: dict[str, str] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Give an event of a load balancer with single-value headers."""
    return {
        "requestContext": {"elb": {"targetGroupArn": "arn:aws:elasticloadbalancing:x"}},
        "httpMethod": method,
        "path": path,
        "queryStringParameters": query or {},
        "headers": {"host": "shop.example", "x-forwarded-for": "198.51.100.1, 203.0.113.7",
                    "x-forwarded-port": "80", "x-forwarded-proto": "http"} | (headers or {}),
        "body": "",
        "isBase64Encoded": False,
        **more,
    }  # fmt: skip
