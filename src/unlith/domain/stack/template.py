"""A stage as a CloudFormation template: plain data, made from what the workspace says.

The template says who serves each route as the routing table says it at that moment, so a deploy
never moves traffic. Nothing is formatted into it: names are checked where they are read, and
references between resources are references.

Sources, read 2026-11-26:
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-template-resource-type-ref.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-stages.stage-variables.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
"""

from __future__ import annotations

import json

from unlith.domain.stack.functions import function
from unlith.domain.stack.gateway import gateway
from unlith.domain.stack.values import Plan, Resource
from unlith.domain.stage import Switch
from unlith.errors import UsageError

VARIABLE_LIMIT = 100
"""Stage variables that a stage of an HTTP API can have."""
ROUTE_LIMIT = 300
"""Routes and integrations that an HTTP API can have before a raise of the quota."""
RESOURCE_LIMIT = 500
"""Resources that a template can have.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
"""


def template(plan: Plan) -> dict[str, object]:
    """Give the template as JSON values, the same for the same plan.

    Raises:
        UsageError: if the plan does not fit the limits of CloudFormation or of an HTTP API.
    """
    resources: dict[str, Resource] = {}
    for artefact in plan.artefacts:
        resources |= function(plan.stage, artefact)
    resources |= gateway(plan)
    _check_limits(plan, len(resources))
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"unlith: stage {plan.stage.name}",
        "Resources": resources,
        "Outputs": {
            "Url": {"Value": {"Fn::GetAtt": ["Api", "ApiEndpoint"]}},
            "ApiId": {"Value": {"Ref": "Api"}},
        },
    }


def as_text(value: object) -> str:
    """Give a template's text: JSON, indented, keys in order of making."""
    return json.dumps(value, indent=1) + "\n"


# Private


def _check_limits(plan: Plan, count: int) -> None:
    groups = {cut.group for cut in plan.cuts if cut.group}
    for found, limit, what in (
        (
            len(groups) if plan.stage.switch is Switch.VARIABLES else 0,
            VARIABLE_LIMIT,
            "stage variables",
        ),
        (len(plan.cuts) + 1, ROUTE_LIMIT, "routes of an HTTP API"),
        (count, RESOURCE_LIMIT, "resources of a template"),
    ):
        if found > limit:
            raise UsageError(
                f"stage {plan.stage.name} needs {found} {what}, and {limit} is the limit",
                hint="extract related routes as one group: unlith extract --group NAME",
            )
