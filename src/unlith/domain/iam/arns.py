"""The ARN of a resource from its name, URL or ARN; and where calls say what they reach.

Formats: https://docs.aws.amazon.com/service-authorization/latest/reference/, read 2026-11-26.
A name with a wildcard or a policy variable in it is no name: IAM would read more into it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from unlith.domain.iam.values import Arn, Pseudo

PARAMETERS: Mapping[str, tuple[str, ...]] = {
    "bedrock": ("modelId",),
    "cognito-idp": ("UserPoolId",),
    "dynamodb": ("TableName",),
    "events": ("EventBusName",),
    "firehose": ("DeliveryStreamName",),
    "kinesis": ("StreamARN", "StreamName"),
    "kms": ("KeyId",),
    "lambda": ("FunctionName",),
    "logs": ("logGroupName",),
    "s3": ("Bucket",),
    "secretsmanager": ("SecretId",),
    "ses": ("Source", "FromEmailAddress"),
    "sns": ("TopicArn", "TargetArn"),
    "sqs": ("QueueUrl", "QueueName"),
    "ssm": ("Name", "Names", "Path"),
    "states": ("stateMachineArn", "executionArn"),
    "sts": ("RoleArn",),
}
"""The parameters that name what is reached, by IAM's prefix."""

DEFAULTS: Mapping[str, str] = {"events": "default"}
"""What is reached where no parameter names it."""


def arn_of(kind: str, name: str) -> Arn | None:
    """Give the ARN of a resource of a kind, or None where its name is none."""
    if not name or _WILD.search(name):
        return None
    if name.startswith("arn:"):
        return (name + _AFTER_ARN.get(kind, ""),) if _ARN.match(name) else None
    if kind == "queue" and "/" in name:
        return _queue(name)
    if kind in ("key", "topic", "stateMachine", "execution", "role", "connections"):
        # An alias or a bare name says too little of what is reached, or AWS takes ARNs only.
        return _of("kms", "key/", name) if kind == "key" and _KEY.match(name) else None
    shape = _SHAPES.get(kind)
    if shape is None or not _NAME.match(name):
        return None
    if kind in ("bucket", "object"):
        return ("arn:", Pseudo.PARTITION, ":s3:::", name + _AFTER_ARN.get(kind, ""))
    if kind == "model":
        return (*_head("bedrock"), "::foundation-model/", name)
    service, before, after = shape
    return _of(service, before, name.lstrip("/") + after)


def given_arn(kind: str, text: str) -> Arn | None:
    """Give the ARN of what a user wrote down: a name, or an ARN that may end in ``*``."""
    if text.startswith("arn:") and _ARN.match(text) and text.split(":", 5)[5] != "*":
        return (text,) if "*" in text else arn_of(kind, text) or (text,)
    return arn_of(kind, text)


def names_in(prefix: str, parameters: Mapping[str, object]) -> tuple[str, ...]:
    """Give the names, URLs and ARNs of what a call with these parameters reaches."""
    return tuple(dict.fromkeys(_names(prefix, parameters))) or tuple(
        [DEFAULTS[prefix]] if prefix in DEFAULTS else []
    )


def given_in(parameters: Mapping[str, object]) -> tuple[str, ...]:
    """Name the parameters of a call, and the kinds of items of its transaction."""
    items = parameters.get("TransactItems")
    kinds = {
        str(kind)
        for item in (items if isinstance(items, list | tuple) else ())
        for kind in (item if isinstance(item, Mapping) else ())
    }
    return tuple(sorted({*map(str, parameters), *kinds}))


# Private

_WILD = re.compile(r"[*?$\s{}]")
_ARN = re.compile(r"arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:(\d{12}|aws)?:\S+\Z")
_NAME = re.compile(r"[\w./@:#=+,-]+\Z")
_KEY = re.compile(r"(mrk-)?[0-9a-f-]{32,36}\Z")
_QUEUE = re.compile(
    r"https?://(?:sqs\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?|[^/]+)/(\d{12})/([\w.-]+)\Z"
)
_NESTS = frozenset(
    "TransactItems Entries CopySource Put Update Delete ConditionCheck Get Statements".split()
)
_AFTER_ARN = {"object": "/*", "index": "/index/*"}
_SHAPES: Mapping[str, tuple[str, str, str]] = {
    "bucket": ("s3", "", ""),
    "deliverystream": ("firehose", "deliverystream/", ""),
    "event-bus": ("events", "event-bus/", ""),
    "function": ("lambda", "function:", ""),
    "identity": ("ses", "identity/", ""),
    "index": ("dynamodb", "table/", "/index/*"),
    "log-group": ("logs", "log-group:", ""),
    "log-stream": ("logs", "log-group:", ":log-stream:*"),
    "model": ("bedrock", "foundation-model/", ""),
    "object": ("s3", "", ""),
    "parameter": ("ssm", "parameter/", ""),
    "queue": ("sqs", "", ""),
    # Secrets Manager adds six characters to the name of each secret.
    "secret": ("secretsmanager", "secret:", "-??????"),
    "stream": ("kinesis", "stream/", ""),
    "table": ("dynamodb", "table/", ""),
    "userpool": ("cognito-idp", "userpool/", ""),
}


def _head(service: str) -> Arn:
    return ("arn:", Pseudo.PARTITION, f":{service}:", Pseudo.REGION)


def _of(service: str, before: str, rest: str) -> Arn:
    return (*_head(service), ":", Pseudo.ACCOUNT, f":{before}{rest}")


def _queue(url: str) -> Arn | None:
    found = _QUEUE.match(url)
    if found is None:
        return None
    region, account, name = found.groups()
    if region is None:  # an emulator's address: the queue is one of the stage's own
        return _of("sqs", "", name)
    return ("arn:", Pseudo.PARTITION, f":sqs:{region}:{account}:{name}")


def _names(prefix: str, value: object, depth: int = 0) -> Iterator[str]:
    if isinstance(value, list | tuple):
        for item in value:
            yield from _names(prefix, item, depth + 1)
    if not isinstance(value, Mapping) or depth > 6:  # no API nests names deeper
        return
    for key, item in value.items():
        if key in PARAMETERS.get(prefix, ()):
            yield from (str(one) for one in (item if isinstance(item, list | tuple) else [item]))
        elif key == "RequestItems" and isinstance(item, Mapping):
            yield from map(str, item)
        elif key == "CopySource" and isinstance(item, str):
            yield item.lstrip("/").partition("/")[0]
        elif key in _NESTS:
            yield from _names(prefix, item, depth + 1)
