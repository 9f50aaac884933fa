"""Letters as messages of an SQS queue; who takes them from there sends them."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import cached_property
from typing import Any

import boto3

from shop.domain.ports import Letter


class SqsMail:
    """The way letters leave the shop: one JSON message each."""

    def __init__(self, queue_url: str) -> None:
        self._queue_url = queue_url

    @cached_property
    def _client(self) -> Any:
        return boto3.client("sqs")

    def send(self, letter: Letter) -> None:
        """Send a letter."""
        body = json.dumps({"kind": "mail", **asdict(letter)}, ensure_ascii=False)
        self._client.send_message(QueueUrl=self._queue_url, MessageBody=body)
