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

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from unlith.domain.names import cloud_name, logical_id
from unlith.domain.stage import Stage, Switch
from unlith.errors import UsageError

WHOLE = "whole"
ALIAS = "live"
VARIABLE_LIMIT = 100
"""Stage variables that a stage of an HTTP API can have."""
ROUTE_LIMIT = 300
"""Routes and integrations that an HTTP API can have before a raise of the quota."""
RESOURCE_LIMIT = 500
"""Resources that a template can have.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
"""

DATA_TYPES = ("AWS::DynamoDB::", "AWS::S3::Bucket", "AWS::RDS::", "AWS::SQS::Queue", "AWS::EFS::")
"""Beginnings of resource types whose replacement or removal loses what users gave."""

Resource = dict[str, object]


@dataclass(frozen=True, slots=True)
class Artefact:
    """A function's zip as the stage's bucket has it, and what its function needs.

    ``environ`` names the environment variables that the function reads. ``statements`` are the
    IAM statements it needs beyond its own log.
    """

    name: str
    key: str
    handler: str
    digest: str
    environ: tuple[str, ...] = ()
    statements: tuple[Mapping[str, object], ...] = ()


@dataclass(frozen=True, slots=True)
class Cut:
    """One gateway route: a route key, the group that owns it and the function it names now.

    ``group`` is empty for a route back to the monolith; ``function`` is ``whole`` then.
    """

    key: str
    group: str = ""
    function: str = WHOLE


@dataclass(frozen=True, slots=True)
class Plan:
    """All that a template is made of; the whole monolith is the first artefact."""

    stage: Stage
    artefacts: tuple[Artefact, ...]
    cuts: tuple[Cut, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)


def template(plan: Plan) -> dict[str, object]:
    """Give the template as JSON values, the same for the same plan.

    Raises:
        UsageError: if the plan does not fit the limits of CloudFormation or of an HTTP API.
    """
    resources: dict[str, Resource] = {}
    for artefact in plan.artefacts:
        resources |= _function(plan.stage, artefact)
    resources |= _gateway(plan)
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


def variables(stage: Stage, cuts: Iterable[Cut]) -> dict[str, str]:
    """Give the stage variables: for each group the function and alias that serve it."""
    return {
        cut.group: f"{cloud_name(stage.name, cut.function)}:{ALIAS}" for cut in cuts if cut.group
    }


def as_text(value: object) -> str:
    """Give a template's text: JSON, indented, keys in order of making."""
    return json.dumps(value, indent=1) + "\n"


# Private


def _function(stage: Stage, artefact: Artefact) -> dict[str, Resource]:
    name = cloud_name(stage.name, artefact.name)
    role, logs, code, alias = (
        logical_id(artefact.name, kind) for kind in ("Role", "Logs", "Function", "Alias")
    )
    properties: Resource = {
        "FunctionName": name,
        "Runtime": stage.runtime,
        "Architectures": [str(stage.architecture)],
        "Handler": artefact.handler,
        "Role": {"Fn::GetAtt": [role, "Arn"]},
        "Code": {"S3Bucket": stage.artefacts, "S3Key": artefact.key},
        "MemorySize": stage.memory_mb,
        "Timeout": stage.timeout_s,
    }
    environ = _environ(stage, artefact)
    if environ:
        properties["Environment"] = {"Variables": environ}
    version = logical_id(artefact.name, f"Version{_digest(properties, artefact.digest)}")
    return {
        logs: {
            "Type": "AWS::Logs::LogGroup",
            "Properties": {
                "LogGroupName": f"/aws/lambda/{name}",
                "RetentionInDays": stage.log_retention_days,
            },
        },
        role: _role(logs, artefact.statements),
        code: {"Type": "AWS::Lambda::Function", "DependsOn": logs, "Properties": properties},
        version: {
            "Type": "AWS::Lambda::Version",
            # An older version is what a rollback of the code goes to.
            "DeletionPolicy": "Retain",
            "UpdateReplacePolicy": "Retain",
            "Properties": {"FunctionName": {"Ref": code}, "Description": artefact.digest},
        },
        alias: {
            "Type": "AWS::Lambda::Alias",
            "Properties": {
                "FunctionName": {"Ref": code},
                "FunctionVersion": {"Fn::GetAtt": [version, "Version"]},
                "Name": ALIAS,
            },
        },
        logical_id(artefact.name, "Permission"): {
            "Type": "AWS::Lambda::Permission",
            "Properties": {
                "Action": "lambda:InvokeFunction",
                "FunctionName": {"Ref": alias},
                "Principal": "apigateway.amazonaws.com",
                "SourceArn": _joined(
                    "arn:",
                    _PARTITION,
                    ":execute-api:",
                    _REGION,
                    ":",
                    _ACCOUNT,
                    ":",
                    {"Ref": "Api"},
                    "/*",
                ),
            },
        },
        **{
            logical_id(artefact.name, f"{metric}Alarm"): _alarm(code, metric)
            for metric in ("Errors", "Throttles")
        },
    }


def _role(logs: str, statements: Sequence[Mapping[str, object]]) -> Resource:
    own = {
        "Effect": "Allow",
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": {"Fn::GetAtt": [logs, "Arn"]},
    }
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": "lambda.amazonaws.com"},
                        "Action": "sts:AssumeRole",
                    }
                ],
            },
            "Policies": [
                {
                    "PolicyName": "function",
                    "PolicyDocument": {
                        "Version": "2012-10-17",
                        "Statement": [own, *map(dict, statements)],
                    },
                }
            ],
        },
    }


def _environ(stage: Stage, artefact: Artefact) -> dict[str, object]:
    plain = {name: stage.environ[name] for name in artefact.environ if name in stage.environ}
    secret = {
        name: resolved(stage.secrets[name]) for name in artefact.environ if name in stage.secrets
    }
    return dict(sorted({**plain, **secret}.items()))


def resolved(reference: str) -> str:
    """Give the dynamic reference that CloudFormation resolves when it makes the function.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
    """
    arn, _, key = reference.partition("#")
    if arn.startswith("ssm:"):
        return "{{resolve:ssm:" + arn.removeprefix("ssm:") + "}}"
    tail = f":SecretString:{key}" if key else ":SecretString"
    return "{{resolve:secretsmanager:" + arn + tail + "}}"


def _alarm(code: str, metric: str) -> Resource:
    return {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            "Namespace": "AWS/Lambda",
            "MetricName": metric,
            "Dimensions": [{"Name": "FunctionName", "Value": {"Ref": code}}],
            "Statistic": "Sum",
            "Period": 300,
            "EvaluationPeriods": 1,
            "Threshold": 1,
            "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            "TreatMissingData": "notBreaching",
        },
    }


def _gateway(plan: Plan) -> dict[str, Resource]:
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
        resources[f"Route{_digest(cut.key)}"] = _route(cut.key, target)
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


def _variable_arn(group: str) -> object:
    # `${stageVariables.x}` is the gateway's own, so no Fn::Sub may touch it.
    return _joined(
        "arn:", _PARTITION, ":lambda:", _REGION, ":", _ACCOUNT,
        ":function:${stageVariables." + group + "}",
    )  # fmt: skip


def _integration(function: object) -> Resource:
    return {
        "Type": "AWS::ApiGatewayV2::Integration",
        "Properties": {
            "ApiId": {"Ref": "Api"},
            "IntegrationType": "AWS_PROXY",
            "IntegrationUri": _joined(
                "arn:", _PARTITION, ":apigateway:", _REGION,
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
            "Target": _joined("integrations/", {"Ref": integration}),
        },
    }


def _joined(*parts: object) -> dict[str, object]:
    flat: list[object] = []
    for part in parts:
        inner = part.get("Fn::Join") if isinstance(part, dict) else None
        flat += inner[1] if isinstance(inner, list) else [part]
    return {"Fn::Join": ["", flat]}


def _digest(*values: object) -> str:
    text = json.dumps(values, sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=5).hexdigest()


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


_PARTITION = {"Ref": "AWS::Partition"}
_REGION = {"Ref": "AWS::Region"}
_ACCOUNT = {"Ref": "AWS::AccountId"}
_ACCESS_LOG = {
    "requestId": "$context.requestId",
    "routeKey": "$context.routeKey",
    "status": "$context.status",
    "latency": "$context.responseLatency",
    "integrationError": "$context.integrationErrorMessage",
}
