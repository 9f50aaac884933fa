"""Answers what boto3 sends with moto, as the handler of a worker process; imported nowhere else.

Copies of the process have copies of what is in it, so that each session begins with the same
buckets, tables and queues. Nothing leaves the process.
"""

from __future__ import annotations

import base64
from typing import Any

from botocore.awsrequest import AWSPreparedRequest
from moto import backends, mock_aws
from moto.backend_index import backend_url_patterns
from moto.core.models import botocore_stubber

mock_aws().start()


def handler(event: dict[str, Any], context: object) -> dict[str, object]:
    """Give status, headers and body for a request to AWS; nothing where moto knows no answer."""
    if "warm" in event:
        return _warmed(event["warm"])
    body = base64.b64decode(event["body"])
    request = AWSPreparedRequest(
        method=event["method"],
        url=event["url"],
        headers=event["headers"],
        body=body,
        stream_output=False,
    )
    found = botocore_stubber.process_request(request)
    if found is None:
        return {}
    status, headers, answer = found
    data = answer.encode() if isinstance(answer, str) else bytes(answer or b"")
    return {
        "status": status,
        "headers": {str(name): str(value) for name, value in headers.items()},
        "body": base64.b64encode(data).decode("ascii"),
    }


# Private


def _warmed(url: str) -> dict[str, object]:
    """Import what answers a host, so that copies need not."""
    for service, pattern in backend_url_patterns:
        if pattern.match(url):
            load: Any = backends.get_backend
            load(service)
    return {}
