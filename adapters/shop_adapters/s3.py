"""Photos as objects of an S3 bucket, ``photos/<id>/<variant>``."""

from __future__ import annotations

from functools import cached_property
from typing import Any
from uuid import UUID

import boto3
from botocore.exceptions import ClientError

from shop.domain.ports import Picture


class S3Photos:
    """Pictures in a bucket; whose they are stands in the object's metadata."""

    def __init__(self, bucket: str) -> None:
        self._bucket = bucket

    @cached_property
    def _client(self) -> Any:
        return boto3.client("s3")

    def put(self, picture: Picture) -> None:
        """Keep a picture."""
        self._client.put_object(
            Bucket=self._bucket,
            Key=_key(picture.photo, picture.variant),
            Body=picture.data,
            ContentType=picture.content_type,
            Metadata={"owner": str(picture.owner)},
        )

    def get(self, photo: UUID, variant: str) -> Picture | None:
        """Give a picture, or None."""
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=_key(photo, variant))
        except ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchKey":
                return None
            raise
        owner = UUID(answer["Metadata"]["owner"])
        with answer["Body"] as body:
            return Picture(photo, variant, answer["ContentType"], owner, body.read())


# Private


def _key(photo: UUID, variant: str) -> str:
    return f"photos/{photo}/{variant}"
