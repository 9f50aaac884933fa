"""One DynamoDB table for everything: items with a kind (``pk``) and a name within it (``sk``).

All reads are consistent, as the shop's own storage is. The client is made on the first use.
API: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/ (read 2025-11).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

import boto3
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError

KEYS: Mapping[str, Any] = {
    "KeySchema": [
        {"AttributeName": "pk", "KeyType": "HASH"},
        {"AttributeName": "sk", "KeyType": "RANGE"},
    ],
    "AttributeDefinitions": [
        {"AttributeName": "pk", "AttributeType": "S"},
        {"AttributeName": "sk", "AttributeType": "S"},
    ],
    "BillingMode": "PAY_PER_REQUEST",
}
LONGEST_NAME = 1024  # bytes of a sort key; DynamoDB answers anything else with an error
Item = dict[str, Any]


class Refused(Exception):
    """The condition of a write did not hold; nothing was written."""


class Table:
    """The table, in Python's own types; numbers come back as Decimal."""

    def __init__(self, name: str) -> None:
        self._name = name

    @cached_property
    def _client(self) -> Any:
        return boto3.client("dynamodb")

    def get(self, kind: str, name: str) -> Item | None:
        """Give an item, or None."""
        if not 0 < len(name.encode()) <= LONGEST_NAME:
            return None
        answer = self._client.get_item(
            TableName=self._name, Key=_packed({"pk": kind, "sk": name}), ConsistentRead=True
        )
        return _unpacked(answer["Item"]) if "Item" in answer else None

    def of_kind(self, kind: str) -> Iterator[Item]:
        """Give all items of a kind, by name, page after page."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._name,
            KeyConditionExpression="pk = :kind",
            ExpressionAttributeValues=_packed({":kind": kind}),
            ConsistentRead=True,
        )
        for page in pages:
            yield from map(_unpacked, page["Items"])

    def add(self, *items: Mapping[str, object]) -> None:
        """Write new items, all or none. Raises: Refused: if one of them is there already."""
        self._write(
            "transact_write_items",
            TransactItems=[
                {
                    "Put": {
                        "TableName": self._name,
                        "Item": _packed(item),
                        "ConditionExpression": "attribute_not_exists(pk)",
                    }
                }
                for item in items
            ],
        )

    def change(
        self, kind: str, name: str, change: str, values: Mapping[str, object], *, when: str = ""
    ) -> Item:
        """Change attributes of an item by an update expression; give all of it, as it was before.

        *when* is one more condition than that the item exists; ``:name`` stands for values,
        ``#name`` for the attribute of that name. Raises: Refused.
        """
        names = {
            word: word[1:]
            for word in f"{change} {when}".replace(",", " ").split()
            if word.startswith("#")
        }
        condition = f"attribute_exists(pk) AND {when}" if when else "attribute_exists(pk)"
        answer = self._write(
            "update_item",
            TableName=self._name,
            Key=_packed({"pk": kind, "sk": name}),
            UpdateExpression=change,
            ConditionExpression=condition,
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=_packed(values),
            ReturnValues="ALL_OLD",
        )
        return _unpacked(answer["Attributes"])

    def count_up(self, kind: str, name: str) -> int:
        """Add one to an item's ``value``, made when it is missing; give the new value."""
        answer = self._client.update_item(
            TableName=self._name,
            Key=_packed({"pk": kind, "sk": name}),
            UpdateExpression="ADD #value :one",
            ExpressionAttributeNames={"#value": "value"},
            ExpressionAttributeValues=_packed({":one": 1}),
            ReturnValues="UPDATED_NEW",
        )
        return int(_unpacked(answer["Attributes"])["value"])

    def _write(self, operation: str, **arguments: object) -> Any:
        try:
            return getattr(self._client, operation)(**arguments)
        except ClientError as error:
            reasons = error.response.get("CancellationReasons") or [error.response["Error"]]
            if any(
                reason.get("Code", "").startswith("ConditionalCheckFailed") for reason in reasons
            ):
                raise Refused from error
            raise


class OnTable:
    """What these ports have in common: the table."""

    def __init__(self, table: Table) -> None:
        self._table = table


def numbered(number: int) -> str:
    """Give a number as a name: names are sorted as texts, and SQLite's widest has 19 digits."""
    return f"{number:019d}"


# Private


def _packed(item: Mapping[str, object]) -> Item:
    return {name: TypeSerializer().serialize(value) for name, value in item.items()}


def _unpacked(item: Mapping[str, object]) -> Item:
    return {name: TypeDeserializer().deserialize(value) for name, value in item.items()}
