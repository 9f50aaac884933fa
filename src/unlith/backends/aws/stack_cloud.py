"""The ``StackCloud`` port over boto3: S3 for zips, CloudFormation for everything else.

Change sets are the lock of a stage: CloudFormation lets one of them run at a time and makes the
others of that stack obsolete.

Sources, read 2026-11-26:
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateChangeSet.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from unlith.backends.aws.calls import outside
from unlith.domain.stage import Stage
from unlith.errors import OutsideError
from unlith.ports.stack import Change, StackEvent, StackState

BODY_LIMIT = 51_200
"""Bytes of a template that a call can hold itself; a larger one goes through the bucket."""

_SAME = ("didn't contain changes", "No updates are to be performed")


class StackCloud:
    """One account and region, as *client* gives clients of it (``client("s3")``)."""

    def __init__(self, client: Callable[[str], Any], stage: Stage, *, poll_s: float = 2.0) -> None:
        self._client = client
        self._stage = stage
        self._poll_s = poll_s

    def account(self) -> str:
        """Give the account that answers: twelve digits."""
        with outside("sts", "GetCallerIdentity"):
            return str(self._client("sts").get_caller_identity()["Account"])

    def make_bucket(self, name: str) -> None:
        """Make the private, encrypted bucket for zips; all of it is said again each time."""
        s3, owner = self._client("s3"), {"ExpectedBucketOwner": self._stage.account}
        if not self._has_bucket(name):
            # us-east-1 is the one region that must not be named.
            place = (
                {}
                if self._stage.region == "us-east-1"
                else {"CreateBucketConfiguration": {"LocationConstraint": self._stage.region}}
            )
            with outside("s3", "CreateBucket"):
                s3.create_bucket(Bucket=name, **place)
        with outside("s3", "PutPublicAccessBlock"):
            s3.put_public_access_block(
                Bucket=name, PublicAccessBlockConfiguration=dict.fromkeys(_BLOCKS, True), **owner
            )
        with outside("s3", "PutBucketEncryption"):
            s3.put_bucket_encryption(
                Bucket=name, ServerSideEncryptionConfiguration={"Rules": [_ENCRYPTED]}, **owner
            )
        with outside("s3", "PutBucketPolicy"):
            s3.put_bucket_policy(Bucket=name, Policy=json.dumps(_tls_only(name)), **owner)

    def put(self, bucket: str, key: str, file: Path) -> bool:
        """Send a zip unless the key is there; say whether it was sent."""
        s3 = self._client("s3")
        if self._has(bucket, key):
            return False
        with outside("s3", "PutObject"), file.open("rb") as stream:
            s3.put_object(
                Bucket=bucket, Key=key, Body=stream, ExpectedBucketOwner=self._stage.account
            )
        return True

    def state(self, stack: str) -> StackState:
        """Give the stack as it is."""
        try:
            with outside("cloudformation", "DescribeStacks"):
                found = self._cloudformation.describe_stacks(StackName=stack)["Stacks"]
        except OutsideError as error:
            if error.code == "ValidationError" and "does not exist" in str(error):
                return StackState()
            raise
        if not found:
            return StackState()
        outputs = {o["OutputKey"]: o["OutputValue"] for o in found[0].get("Outputs", ())}
        return StackState(str(found[0]["StackStatus"]), outputs)

    def template(self, stack: str) -> str:
        """Give the text of the stack's template, or an empty text."""
        if not self.state(stack).exists:
            return ""
        with outside("cloudformation", "GetTemplate"):
            body = self._cloudformation.get_template(StackName=stack)["TemplateBody"]
        return body if isinstance(body, str) else json.dumps(body)

    def propose(self, stack: str, name: str, body: str) -> tuple[Change, ...]:
        """Make a change set and give its lines; with none there is no change set."""
        kind = "UPDATE" if self.state(stack).exists else "CREATE"
        with outside("cloudformation", "CreateChangeSet"):
            self._cloudformation.create_change_set(
                StackName=stack,
                ChangeSetName=name,
                ChangeSetType=kind,
                Capabilities=["CAPABILITY_IAM"],
                Tags=[{"Key": "unlith:stage", "Value": self._stage.name}],
                **self._body(body),
            )
        found = self._wait_for(stack, name)
        if found["Status"] == "FAILED":
            reason = str(found.get("StatusReason", ""))
            self.withdraw(stack, name)
            if any(text in reason for text in _SAME):
                return ()
            raise OutsideError("cloudformation", "CreateChangeSet", "Failed", reason)
        lines = list(found["Changes"])
        while token := found.get("NextToken"):
            found = self._describe(stack, name, NextToken=token)
            lines += found["Changes"]
        changes = tuple(_change(line["ResourceChange"]) for line in lines)
        if not changes:
            self.withdraw(stack, name)
        return changes

    def withdraw(self, stack: str, name: str) -> None:
        """Remove a change set that will not be carried out, and a stack made for it alone."""
        if not self.state(stack).status:
            return
        try:
            with outside("cloudformation", "DeleteChangeSet"):
                self._cloudformation.delete_change_set(StackName=stack, ChangeSetName=name)
        except OutsideError as error:
            if error.code not in ("ChangeSetNotFound", "ChangeSetNotFoundException"):
                raise
        if self.state(stack).status == "REVIEW_IN_PROGRESS":
            with outside("cloudformation", "DeleteStack"):
                self._cloudformation.delete_stack(StackName=stack)

    def carry_out(self, stack: str, name: str) -> None:
        """Start a change set."""
        with outside("cloudformation", "ExecuteChangeSet"):
            self._cloudformation.execute_change_set(StackName=stack, ChangeSetName=name)

    def events(self, stack: str, since: str) -> Iterator[StackEvent]:
        """Give what happens after the event *since*, as it happens, until the stack rests."""
        seen = {since}
        while True:
            is_busy = self._is_busy(stack)
            fresh = []
            for event in self._recent(stack):
                if event["EventId"] in seen:
                    break
                fresh.append(event)
            for event in reversed(fresh):
                seen.add(event["EventId"])
                yield _event(event)
            if not is_busy:
                return
            time.sleep(self._poll_s)

    def last_event(self, stack: str) -> str:
        """Give the id of the newest event, or an empty text."""
        if not self.state(stack).status:
            return ""
        return next((str(event["EventId"]) for event in self._recent(stack)), "")

    def delete(self, stack: str) -> None:
        """Start deleting the stack."""
        with outside("cloudformation", "DeleteStack"):
            self._cloudformation.delete_stack(StackName=stack)

    def resources(self, stack: str) -> tuple[str, ...]:
        """Name what the stack holds."""
        if not self.state(stack).exists:
            return ()
        with outside("cloudformation", "ListStackResources"):
            pages = self._cloudformation.get_paginator("list_stack_resources")
            return tuple(
                f"{item['LogicalResourceId']} ({item['ResourceType']})"
                for page in pages.paginate(StackName=stack)
                for item in page["StackResourceSummaries"]
            )

    # Private

    @property
    def _cloudformation(self) -> Any:
        return self._client("cloudformation")

    def _has_bucket(self, name: str) -> bool:
        try:
            with outside("s3", "HeadBucket"):
                self._client("s3").head_bucket(
                    Bucket=name, ExpectedBucketOwner=self._stage.account
                )
        except OutsideError as error:
            if error.code in ("404", "NoSuchBucket"):
                return False
            raise
        return True

    def _has(self, bucket: str, key: str) -> bool:
        try:
            with outside("s3", "HeadObject"):
                self._client("s3").head_object(
                    Bucket=bucket, Key=key, ExpectedBucketOwner=self._stage.account
                )
        except OutsideError as error:
            if error.code in ("404", "NoSuchKey"):
                return False
            raise
        return True

    def _body(self, body: str) -> dict[str, str]:
        if len(body.encode()) <= BODY_LIMIT:
            return {"TemplateBody": body}
        key = f"templates/{hashlib.sha256(body.encode()).hexdigest()}.json"
        bucket = self._stage.artefacts
        if not self._has(bucket, key):
            with outside("s3", "PutObject"):
                self._client("s3").put_object(
                    Bucket=bucket,
                    Key=key,
                    Body=body.encode(),
                    ExpectedBucketOwner=self._stage.account,
                )
        if self._stage.endpoint:
            return {"TemplateURL": f"{self._stage.endpoint.rstrip('/')}/{bucket}/{key}"}
        return {"TemplateURL": f"https://{bucket}.s3.{self._stage.region}.amazonaws.com/{key}"}

    def _wait_for(self, stack: str, name: str) -> Any:
        while True:
            found = self._describe(stack, name)
            if found["Status"] not in ("CREATE_PENDING", "CREATE_IN_PROGRESS"):
                return found
            time.sleep(self._poll_s)

    def _describe(self, stack: str, name: str, **more: str) -> Any:
        with outside("cloudformation", "DescribeChangeSet"):
            return self._cloudformation.describe_change_set(
                StackName=stack, ChangeSetName=name, **more
            )

    def _is_busy(self, stack: str) -> bool:
        return self.state(stack).is_busy

    def _recent(self, stack: str) -> Iterator[Any]:
        with outside("cloudformation", "DescribeStackEvents"):
            pages = self._cloudformation.get_paginator("describe_stack_events")
            try:
                for page in pages.paginate(StackName=stack):
                    yield from page["StackEvents"]
            except self._cloudformation.exceptions.ClientError as error:
                # A deleted stack has no events under its name.
                if "does not exist" not in str(error):
                    raise


# Private

_BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
_ENCRYPTED = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}


def _tls_only(bucket: str) -> dict[str, object]:
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        ],
    }


def _change(line: Any) -> Change:
    return Change(
        action=str(line["Action"]),
        id=str(line["LogicalResourceId"]),
        type=str(line["ResourceType"]),
        replacement=str(line.get("Replacement", "")),
    )


def _event(event: Any) -> StackEvent:
    return StackEvent(
        id=str(event.get("LogicalResourceId", "")),
        type=str(event.get("ResourceType", "")),
        status=str(event.get("ResourceStatus", "")),
        reason=str(event.get("ResourceStatusReason", "")),
    )
