"""The HTTP API of a template: its routes, integrations and stage variables.

Sources, read 2026-11-26:
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-stages.stage-variables.html
"""

from __future__ import annotations

import json

from unlith.domain.names import logical_id
from unlith.domain.stack.values import (
    ACCOUNT,
    PARTITION,
    REGION,
    WHOLE,
    Plan,
    Resource,
    digest,
    joined,
    variables,
)
from unlith.domain.stage import Switch


def gateway(plan: Plan) -> dict[str, Resource]:
    """Give the gateway's resources by id."""
    stage = plan.stage
    default = logical_id(WHOLE, "Integration")
    resources: dict[str, Resource] = {
        "Api": {
            "Type": "AWS::ApiGatewayV2::Api",
            "Properties": {"Name": stage.stack, "ProtocolType": "HTTP"},
        },
        "AccessLogs": {
            "Type": "AWS::Logs::LogGroup",
            "Properties": {"RetentionInDays": stage.log_retention_days},
        },
        default: _integration({"Ref": logical_id(WHOLE, "Alias")}),
        "DefaultRoute": _route("$default", default),
    }
    by_variable = stage.switch is Switch.VARIABLES
    for group in sorted({cut.group for cut in plan.cuts if cut.group} if by_variable else ()):
        resources[logical_id(group, "GroupIntegration")] = _integration(_variable_arn(group))
    for artefact in () if by_variable else plan.artefacts[1:]:
        alias = logical_id(artefact.name, "Alias")
        resources[logical_id(artefact.name, "Integration")] = _integration({"Ref": alias})
    for cut in sorted(plan.cuts, key=lambda c: c.key):
        target = logical_id(cut.function, "Integration")
        if by_variable and cut.group:
            target = logical_id(cut.group, "GroupIntegration")
        resources[f"Route{digest(cut.key)}"] = _route(cut.key, target)
    properties: Resource = {
        "ApiId": {"Ref": "Api"},
        "StageName": "$default",
        "AutoDeploy": True,
        "AccessLogSettings": {
            "DestinationArn": {"Fn::GetAtt": ["AccessLogs", "Arn"]},
            "Format": json.dumps(_ACCESS_LOG, separators=(",", ":")),
        },
    }
    if by_variable and any(cut.group for cut in plan.cuts):
        properties["StageVariables"] = dict(sorted(variables(stage, plan.cuts).items()))
    resources["Stage"] = {"Type": "AWS::ApiGatewayV2::Stage", "Properties": properties}
    return resources


# Private


def _variable_arn(group: str) -> object:
    # `${stageVariables.x}` is the gateway's own, so no Fn::Sub may touch it.
    return joined(
        "arn:", PARTITION, ":lambda:", REGION, ":", ACCOUNT,
        ":function:${stageVariables." + group + "}",
    )  # fmt: skip


def _integration(function: object) -> Resource:
    return {
        "Type": "AWS::ApiGatewayV2::Integration",
        "Properties": {
            "ApiId": {"Ref": "Api"},
            "IntegrationType": "AWS_PROXY",
            "IntegrationUri": joined(
                "arn:", PARTITION, ":apigateway:", REGION,
                ":lambda:path/2015-03-31/functions/", function, "/invocations",
            ),
            "PayloadFormatVersion": "2.0",
        },
    }  # fmt: skip


def _route(key: str, integration: str) -> Resource:
    return {
        "Type": "AWS::ApiGatewayV2::Route",
        "Properties": {
            "ApiId": {"Ref": "Api"},
            "RouteKey": key,
            "Target": joined("integrations/", {"Ref": integration}),
        },
    }


_ACCESS_LOG = {
    "requestId": "$context.requestId",
    "routeKey": "$context.routeKey",
    "status": "$context.status",
    "latency": "$context.responseLatency",
    "integrationError": "$context.integrationErrorMessage",
}
