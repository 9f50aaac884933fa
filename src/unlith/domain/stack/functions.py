"""One function of a template: its code, versions, alias, role, log and alarms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from unlith.domain.names import cloud_name, logical_id
from unlith.domain.stack.values import (
    ACCOUNT,
    ALIAS,
    PARTITION,
    REGION,
    Artefact,
    Resource,
    digest,
    joined,
)
from unlith.domain.stage import Stage


def function(stage: Stage, artefact: Artefact) -> dict[str, Resource]:
    """Give a function's resources by id."""
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
    version = logical_id(artefact.name, f"Version{digest(properties, artefact.digest)}")
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
                "SourceArn": joined(
                    "arn:",
                    PARTITION,
                    ":execute-api:",
                    REGION,
                    ":",
                    ACCOUNT,
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


# Private


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
