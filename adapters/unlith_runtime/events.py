"""Every kind of HTTP event Lambda gets, one small class a kind.

A kind holds no state and changes no event. No key of an event ever runs code, and nothing that
decides (client address, script name) is taken from where a client could have put it.

Sources, read 2026-11-21: payloads 1.0 and 2.0
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html,
REST https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html,
Function URL https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html,
load balancer https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html,
Lattice https://docs.aws.amazon.com/vpc-lattice/latest/ug/lambda-functions.html (its structure 1.0:
https://docs.aws.amazon.com/powertools/python/latest/api/utilities/data_classes/vpc_lattice.html,
read 2026-11-26), and captures of live traffic, 2026-07-10:
https://github.com/hotsock/voker/tree/main/vokerhttp/testdata.
"""

from __future__ import annotations

from typing import Any

from unlith_runtime.kinds import EventKind, FunctionUrl, HttpApiV1, HttpApiV2, RestApi
from unlith_runtime.parts import Event, latin1


def all_kinds() -> tuple[EventKind, ...]:
    """Give every kind; at most one of them matches an event."""
    from unlith_runtime.balancers import KINDS

    return (_V2, _URL, _V1, _REST, *KINDS)


def kind_of(event: object) -> EventKind:
    """Give the kind of *event*.

    Raises:
        BadEvent: if it is no HTTP event, or a question to an authorizer.
    """
    kind = found_kind(event)
    if kind is None:
        from unlith_runtime.errors import BadEvent  # here: seldom needed

        raise BadEvent(event)
    return kind


def found_kind(event: Any) -> EventKind | None:
    """Give the kind of *event*, None if it is no HTTP event."""
    try:
        # An authorizer is asked with much the same keys, but for a policy.
        if "type" in event and ("methodArn" in event or "routeArn" in event):
            return None
        version = event.get("version")
        if version == "2.0":  # as their ``matches`` say, in fewer steps
            about = event["requestContext"]
            if "method" in about["http"]:
                return _URL if ".lambda-url." in (about.get("domainName") or "") else _V2
        else:
            usual = _REST if version is None else _V1
            if usual.matches(event):
                return usual
    except KeyError:
        pass
    except (AttributeError, TypeError):  # no object at all
        return None
    if "method" in event or "httpMethod" in event:
        from unlith_runtime.balancers import KINDS  # here: most functions never see one

        for kind in KINDS:
            if kind.matches(event):
                return kind
    return None


def is_warm_up(event: object) -> bool:
    """Say whether *event* only keeps the function warm: the plugin's ping or a bare schedule."""
    if not isinstance(event, dict):
        return False
    return event.get("source") == "serverless-plugin-warmup" or is_schedule(event)


def is_schedule(event: Event) -> bool:
    """Say whether EventBridge sent *event* because its time had come."""
    sources = ("aws.events", "aws.scheduler")
    return event.get("detail-type") == "Scheduled Event" and event.get("source") in sources


def clean_base_path(base_path: str | None) -> str | None:
    """Give ``/v1`` for ``v1/``; ``""`` means no prefix at all, None leaves it to the event."""
    if base_path is None:
        return None
    stripped = base_path.strip("/")
    return latin1(f"/{stripped}") if stripped else ""


_V2, _URL, _V1, _REST = HttpApiV2(), FunctionUrl(), HttpApiV1(), RestApi()
