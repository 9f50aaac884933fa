"""Which IAM actions an API operation asks for, and for which kind of resource each.

Most operations are the action of their name. The exceptions are from the Service Authorization
Reference, https://docs.aws.amazon.com/service-authorization/latest/reference/ (as cfn-lint 1.58
has it), and for S3 https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html,
both read 2026-11-26. Never gives a ``*`` as action.
"""

from __future__ import annotations

from collections.abc import Mapping

from unlith.domain.iam.values import AwsCall, Need

PREFIXES: Mapping[str, str] = {
    "apigatewaymanagementapi": "execute-api",
    "bedrock-runtime": "bedrock",
    "cloudwatch": "cloudwatch",
    "dynamodbstreams": "dynamodb",
    "elb": "elasticloadbalancing",
    "iot-data": "iot",
    "lex-runtime": "lex",
    "lexv2-runtime": "lex",
    "location": "geo",
    "resourcegroupstaggingapi": "tag",
    "ses": "ses",
    "sesv2": "ses",
    "stepfunctions": "states",
}
"""IAM's prefix of boto3's services whose signing name is another."""

ANY = "*"
"""The kind of an action that knows no resources: ``*`` is the one resource it takes."""

FREE = frozenset(
    """sts:GetCallerIdentity sts:GetSessionToken cognito-idp:InitiateAuth cognito-idp:SignUp
    cognito-idp:ConfirmSignUp cognito-idp:ForgotPassword cognito-idp:ConfirmForgotPassword
    cognito-idp:RespondToAuthChallenge cognito-idp:ResendConfirmationCode cognito-idp:GetUser
    cognito-idp:GlobalSignOut cognito-idp:ChangePassword cognito-idp:RevokeToken""".split()
)
"""Operations that need no permission."""


def prefix_of(service: str, signing_name: str) -> str:
    """Give IAM's prefix of a service of boto3."""
    return PREFIXES.get(service, signing_name)


def needs_of(call: AwsCall) -> tuple[Need, ...]:
    """Give the actions that a call asks for; none where no permission is needed."""
    told = f"{call.prefix}:{call.operation}"
    if told in FREE:
        return ()
    if call.prefix == "execute-api":
        return (Need("execute-api:ManageConnections", "connections"),)
    if told == "dynamodb:TransactWriteItems":
        kinds = [kind for kind in _TRANSACTED if kind in call.given] or list(_TRANSACTED)
        return tuple(Need(f"dynamodb:{_TRANSACTED[kind]}", "table") for kind in kinds)
    if told == "sns:Publish" and "PhoneNumber" in call.given:
        return (Need("sns:Publish", ANY),)
    actions = _EXCEPTIONS.get(told, (told,))
    more = tuple(extra for name, extra in _WITH.get(told, {}).items() if name in call.given)
    needs = [Need(action, kind_of(action)) for action in (*actions, *more)]
    if told in ("dynamodb:Query", "dynamodb:Scan") and "IndexName" in call.given:
        needs = [Need(told, "index")]
    return tuple(needs)


def kind_of(action: str) -> str:
    """Give the kind of resource that an action is for; empty where that is not known here."""
    if action in _UNSCOPED:
        return ANY
    prefix, _, name = action.partition(":")
    if prefix == "s3":
        return "bucket" if name in _OF_BUCKETS or "Bucket" in name else "object"
    return _KINDS_OF_ACTIONS.get(action, _KINDS.get(prefix, ""))


# Private

_TRANSACTED = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
}

_PUT = ("s3:PutObject", "s3:AbortMultipartUpload")
_PARTIQL = tuple(f"dynamodb:PartiQL{verb}" for verb in ("Select", "Insert", "Update", "Delete"))

_EXCEPTIONS: Mapping[str, tuple[str, ...]] = {
    "bedrock:Converse": ("bedrock:InvokeModel",),
    "bedrock:ConverseStream": ("bedrock:InvokeModelWithResponseStream",),
    "dynamodb:BatchExecuteStatement": _PARTIQL,
    "dynamodb:ExecuteStatement": _PARTIQL,
    "dynamodb:ExecuteTransaction": _PARTIQL,
    "dynamodb:TransactGetItems": ("dynamodb:GetItem",),
    "lambda:Invoke": ("lambda:InvokeFunction",),
    "lambda:InvokeWithResponseStream": ("lambda:InvokeFunction",),
    "s3:CompleteMultipartUpload": ("s3:PutObject",),
    "s3:CopyObject": ("s3:GetObject", "s3:PutObject"),
    "s3:CreateMultipartUpload": ("s3:PutObject",),
    "s3:DeleteBucketCors": ("s3:PutBucketCORS",),
    "s3:DeleteBucketEncryption": ("s3:PutEncryptionConfiguration",),
    "s3:DeleteBucketLifecycle": ("s3:PutLifecycleConfiguration",),
    "s3:DeleteObjects": ("s3:DeleteObject",),
    "s3:GetBucketCors": ("s3:GetBucketCORS",),
    "s3:GetBucketEncryption": ("s3:GetEncryptionConfiguration",),
    "s3:GetBucketLifecycleConfiguration": ("s3:GetLifecycleConfiguration",),
    "s3:GetBucketNotificationConfiguration": ("s3:GetBucketNotification",),
    "s3:GetObjectAttributes": ("s3:GetObject", "s3:GetObjectAttributes"),
    "s3:HeadBucket": ("s3:ListBucket",),
    "s3:HeadObject": ("s3:GetObject",),
    "s3:ListBuckets": ("s3:ListAllMyBuckets",),
    "s3:ListMultipartUploads": ("s3:ListBucketMultipartUploads",),
    "s3:ListObjectVersions": ("s3:ListBucketVersions",),
    "s3:ListObjects": ("s3:ListBucket",),
    "s3:ListObjectsV2": ("s3:ListBucket",),
    "s3:ListParts": ("s3:ListMultipartUploadParts",),
    "s3:PutBucketCors": ("s3:PutBucketCORS",),
    "s3:PutBucketEncryption": ("s3:PutEncryptionConfiguration",),
    "s3:PutBucketLifecycleConfiguration": ("s3:PutLifecycleConfiguration",),
    "s3:PutBucketNotificationConfiguration": ("s3:PutBucketNotification",),
    "s3:SelectObjectContent": ("s3:GetObject",),
    "s3:UploadPart": ("s3:PutObject",),
    "s3:UploadPartCopy": ("s3:GetObject", "s3:PutObject"),
    # Methods of boto3's own; large files go up in parts, and broken ones are taken back.
    # https://boto3.amazonaws.com/v1/documentation/api/latest/guide/s3-uploading-files.html
    "s3:copy": ("s3:GetObject", *_PUT),
    "s3:download_file": ("s3:GetObject",),
    "s3:download_fileobj": ("s3:GetObject",),
    "s3:generate_presigned_post": ("s3:PutObject",),
    "s3:upload_file": _PUT,
    "s3:upload_fileobj": _PUT,
    "secretsmanager:BatchGetSecretValue": (
        "secretsmanager:BatchGetSecretValue",
        "secretsmanager:GetSecretValue",
    ),
    "ses:SendBulkEmail": ("ses:SendBulkEmail", "ses:SendBulkTemplatedEmail"),
    "sns:PublishBatch": ("sns:Publish",),
    "sqs:ChangeMessageVisibilityBatch": ("sqs:ChangeMessageVisibility",),
    "sqs:DeleteMessageBatch": ("sqs:DeleteMessage",),
    "sqs:SendMessageBatch": ("sqs:SendMessage",),
}

_WITH: Mapping[str, Mapping[str, str]] = {
    "s3:CopyObject": {"ACL": "s3:PutObjectAcl", "Tagging": "s3:PutObjectTagging"},
    "s3:CreateMultipartUpload": {"ACL": "s3:PutObjectAcl", "Tagging": "s3:PutObjectTagging"},
    "s3:DeleteObject": {"VersionId": "s3:DeleteObjectVersion"},
    "s3:GetObject": {"VersionId": "s3:GetObjectVersion"},
    "s3:HeadObject": {"VersionId": "s3:GetObjectVersion"},
    "s3:PutObject": {"ACL": "s3:PutObjectAcl", "Tagging": "s3:PutObjectTagging"},
}

_UNSCOPED = frozenset(
    {
        "cloudwatch:DescribeAlarmsForMetric",
        "cloudwatch:GetMetricStatistics",
        "dynamodb:ListTables",
        "kms:GenerateRandom",
        "kms:ListAliases",
        "kms:ListKeys",
        "lambda:ListFunctions",
        "rekognition:CompareFaces",
        "rekognition:DetectFaces",
        "rekognition:DetectLabels",
        "rekognition:DetectText",
        "s3:ListAllMyBuckets",
        "secretsmanager:BatchGetSecretValue",
        "secretsmanager:GetRandomPassword",
        "secretsmanager:ListSecrets",
        "ses:GetSendQuota",
        "ssm:DescribeParameters",
        "comprehend:BatchDetectSentiment",
        "comprehend:ContainsPiiEntities",
        "comprehend:DetectDominantLanguage",
        "comprehend:DetectKeyPhrases",
        "comprehend:DetectPiiEntities",
        "comprehend:DetectSentiment",
        "polly:DescribeVoices",
        "sqs:ListQueues",
        "sns:ListTopics",
        "textract:AnalyzeDocument",
        "textract:AnalyzeExpense",
        "textract:DetectDocumentText",
        "xray:PutTelemetryRecords",
        "xray:PutTraceSegments",
    }
)
_OF_BUCKETS = frozenset(
    {
        "GetAccelerateConfiguration",
        "GetEncryptionConfiguration",
        "GetLifecycleConfiguration",
        "ListBucket",
        "PutEncryptionConfiguration",
        "PutLifecycleConfiguration",
    }
)
_KINDS: Mapping[str, str] = {
    "bedrock": "model",
    "cognito-idp": "userpool",
    "dynamodb": "table",
    "events": "event-bus",
    "firehose": "deliverystream",
    "kinesis": "stream",
    "kms": "key",
    "lambda": "function",
    "logs": "log-group",
    "secretsmanager": "secret",
    "ses": "identity",
    "sns": "topic",
    "sqs": "queue",
    "ssm": "parameter",
    "states": "stateMachine",
}
_KINDS_OF_ACTIONS: Mapping[str, str] = {
    "events:PutRule": "rule",
    "events:PutTargets": "rule",
    "logs:GetLogEvents": "log-stream",
    "logs:PutLogEvents": "log-stream",
    "ssm:SendCommand": "",
    "states:DescribeExecution": "execution",
    "states:GetExecutionHistory": "execution",
    "states:StopExecution": "execution",
    "sts:AssumeRole": "role",
}
