"""The ``Cloud`` port over boto3's Lambda client: create, update, publish, read back.

Not done yet: gateways, aliases, roles, alarms, S3 artefacts and change sets.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Mapping
from typing import Any

from unlith.backends.aws.calls import outside
from unlith.errors import OutsideError, UsageError
from unlith.ports import Bundle, Deployed

DIRECT_LIMIT = 50 * 1000 * 1000
"""Zips above this must go through S3.

https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html, read 2026-11-20.
"""

_ARCHITECTURES = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}


class LambdaCloud:
    """Functions in one account and region."""

    def __init__(self, client: Any, role_arn: str) -> None:
        self._client = client
        self._role = role_arn

    def describe(self, name: str) -> Deployed | None:
        """Give the function as it is, or None."""
        try:
            with outside("lambda", "GetFunction"):
                found = self._client.get_function(FunctionName=name)["Configuration"]
        except OutsideError as error:
            if error.code == "ResourceNotFoundException":
                return None
            raise
        versions = self._versions(name)
        return Deployed(
            name=name,
            code_sha256=found["CodeSha256"],
            version=versions[-1] if versions else found.get("Version", ""),
            handler=found.get("Handler", ""),
            modified=str(found.get("LastModified", "")),
        )

    def put(self, name: str, bundle: Bundle, environ: Mapping[str, str]) -> Deployed:
        """Create the function or update its code, publish a version, read it back."""
        if bundle.size_bytes > DIRECT_LIMIT:
            raise UsageError(
                f"{bundle.path.name} has {bundle.size_bytes / 1e6:.0f} MB: over 50 MB a zip must "
                "go through S3, which unlith cannot do yet",
                hint="look for large dependencies with `unlith deploy STAGE --plan --json`",
            )
        data = bundle.path.read_bytes()
        if self.describe(name) is None:
            with outside("lambda", "CreateFunction"):
                self._client.create_function(
                    FunctionName=name,
                    Runtime="python{}.{}".format(*sys.version_info[:2]),
                    Architectures=[_ARCHITECTURES.get(platform.machine().lower(), "x86_64")],
                    Role=self._role,
                    Handler=bundle.handler,
                    Code={"ZipFile": data},
                    Environment={"Variables": dict(environ)},
                    Timeout=30,
                    MemorySize=512,
                    Publish=True,
                )
        else:
            with outside("lambda", "UpdateFunctionCode"):
                self._client.update_function_code(FunctionName=name, ZipFile=data, Publish=True)
        deployed = self.describe(name)
        if deployed is None or deployed.code_sha256 != bundle.sha256:
            raise OutsideError(
                "lambda", "GetFunction", "Mismatch", f"{name} does not have the code just sent"
            )
        return deployed

    # Private

    def _versions(self, name: str) -> list[str]:
        with outside("lambda", "ListVersionsByFunction"):
            pages = self._client.get_paginator("list_versions_by_function")
            found = [
                version["Version"]
                for page in pages.paginate(FunctionName=name)
                for version in page["Versions"]
            ]
        return sorted((v for v in found if v != "$LATEST"), key=int)
