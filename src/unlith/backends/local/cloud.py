"""A local AWS on moto, in this process, whose Lambda functions last from run to run.

moto keeps everything in memory. At the end of a run the functions' settings and zips are kept
under a folder, and put back through the same AWS calls at the start of the next. Nothing is
invoked here: moto needs Docker for that, ``unlith run`` runs functions by itself.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from unlith.backends.aws.lambda_cloud import LambdaCloud
from unlith.errors import UsageError
from unlith.ports import Bundle, Deployed

REGION = "us-east-1"
ROLE = "unlith-local"
_KEPT = ("Runtime", "Handler", "Timeout", "MemorySize", "Architectures", "Environment")
_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}


@contextlib.contextmanager
def local_cloud(folder: Path) -> Iterator[LambdaCloud]:
    """Give a cloud of this machine's own; no request leaves the process.

    Raises:
        UsageError: if moto is not installed.
    """
    try:
        import boto3
        from moto import mock_aws
    except ImportError:
        raise UsageError(
            "the local cloud needs moto, which is not installed",
            hint='pip install "unlith[local]"',
        ) from None
    with mock_aws():
        client = boto3.client("lambda", region_name=REGION)
        role = _role(boto3.client("iam", region_name=REGION))
        _put_back(client, role, folder)
        try:
            yield _KeepingCloud(client, role, folder)
        finally:
            _keep(client, folder)


# Private


class _KeepingCloud(LambdaCloud):
    """Keeps each zip it sends, by digest: moto does not give code back."""

    def __init__(self, client: Any, role_arn: str, folder: Path) -> None:
        super().__init__(client, role_arn)
        self._folder = folder

    def put(self, name: str, bundle: Bundle, environ: Mapping[str, str]) -> Deployed:
        deployed = super().put(name, bundle, environ)
        file = _zip_file(self._folder, deployed.code_sha256)
        if not file.exists():
            _write(file, bundle.path.read_bytes())
        return deployed


def _role(client: Any) -> str:
    # A caller that mocks AWS already keeps one moto for all: the role may be there.
    with contextlib.suppress(client.exceptions.EntityAlreadyExistsException):
        client.create_role(RoleName=ROLE, AssumeRolePolicyDocument=json.dumps(_TRUST))
    arn: str = client.get_role(RoleName=ROLE)["Role"]["Arn"]
    return arn


def _put_back(client: Any, role: str, folder: Path) -> None:
    for function in client.list_functions()["Functions"]:
        client.delete_function(FunctionName=function["FunctionName"])
    record = folder / "functions.json"
    if not record.is_file():
        return
    for name, versions in json.loads(record.read_text("utf-8")).items():
        for number, version in enumerate(versions):
            data = _zip_file(folder, version["sha"]).read_bytes()
            if number == 0:
                settings = {k: v for k, v in version["settings"].items() if v is not None}
                client.create_function(
                    FunctionName=name,
                    Role=role,
                    Code={"ZipFile": data},
                    Publish=True,
                    **settings,
                )
            else:
                client.update_function_code(FunctionName=name, ZipFile=data, Publish=True)


def _keep(client: Any, folder: Path) -> None:
    record: dict[str, list[Mapping[str, object]]] = {}
    folder.mkdir(parents=True, exist_ok=True)
    for page in client.get_paginator("list_functions").paginate():
        for function in page["Functions"]:
            record[function["FunctionName"]] = _versions(client, function)
    _write(folder / "functions.json", json.dumps(record, indent=1).encode())


def _versions(client: Any, function: Mapping[str, Any]) -> list[Mapping[str, object]]:
    listed = client.list_versions_by_function(FunctionName=function["FunctionName"])["Versions"]
    numbered = sorted((v for v in listed if v["Version"] != "$LATEST"), key=_number)
    settings = {key: function.get(key) for key in _KEPT}
    return [{"sha": version["CodeSha256"], "settings": settings} for version in numbered]


def _number(version: Mapping[str, str]) -> int:
    return int(version["Version"])


def _zip_file(folder: Path, sha: str) -> Path:
    return folder / "code" / (sha.replace("/", "_").replace("+", "-").rstrip("=") + ".zip")


def _write(file: Path, data: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=file.parent)
    with os.fdopen(handle, "wb") as stream:
        stream.write(data)
    os.replace(temporary, file)
