"""Notifications through an SNS topic."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import boto3


class SnsNotifications:
    """The way staff hears of things: a subject, and the facts as JSON."""

    def __init__(self, topic_arn: str) -> None:
        self._topic_arn = topic_arn

    @cached_property
    def _client(self) -> Any:
        return boto3.client("sns")

    def publish(self, topic: str, facts: Mapping[str, str | int]) -> None:
        """Tell all who listen to the topic."""
        message = json.dumps(dict(facts), ensure_ascii=False)
        self._client.publish(TopicArn=self._topic_arn, Subject=topic, Message=message)
