"""Which operation of an API a method of boto3 calls, from the models that botocore and boto3 ship.

Clients by method name, paginators and waiters by theirs, resources by walking their model:
``Bucket.objects.all`` is ``ListObjects``. No client is made and nothing is called.
https://boto3.amazonaws.com/v1/documentation/api/latest/guide/resources.html, read 2026-11-26.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from unlith.domain.iam.actions import prefix_of

_STEP = re.compile(r"\.(\w+)")
_OWN = frozenset(
    """upload_file upload_fileobj download_file download_fileobj copy
    generate_presigned_post""".split()
)
_PASSING = frozenset("all filter limit page_size pages meta client paginate wait Client".split())


@functools.cache
def prefix(service: str) -> str:
    """Give IAM's prefix of a service, by boto3's name; the name itself where it is unknown."""
    model = _model(service)
    return prefix_of(service, model.signing_name) if model is not None else service


def client_operation(service: str, method: str) -> str:
    """Give the operation that a client's method calls, or an empty text."""
    return method if method in _OWN else str(_methods(service).get(method, ""))


def waiter_operation(service: str, waiter: str) -> str:
    """Give the operation that a waiter polls, or an empty text."""
    return str(_waiters(service).get(waiter, ""))


def resource_operations(service: str, text: str) -> tuple[str, ...]:
    """Give the operations that the steps of a resource call: ``.Bucket().objects.all()``."""
    model = _resources(service)
    if not model:
        return ()
    if ".batch_writer(" in text:
        return ("BatchWriteItem",)
    here: Any = model["service"]
    found: list[str] = []
    for step in _STEP.findall(_without_arguments(text)):
        if step in _OWN:
            found.append(step)
            continue
        here, called = _stepped(model, here, step)
        found += called
        if here is None:
            break
    return tuple(dict.fromkeys(found))


# Private


def _stepped(model: Any, here: Any, step: str) -> tuple[Any, list[str]]:
    # The resource (or None behind the last step) that a step leads to, and what it calls.
    if step in _PASSING:
        return here, []
    if here is model["service"] and step in model["resources"]:
        return model["resources"][step], []
    for name, one in {**here.get("has", {}), **here.get("hasMany", {})}.items():
        if step in (name, _snake(name)):
            kind = one["resource"]["type"]
            called = one.get("request", {}).get("operation", "")
            return model["resources"].get(kind, {}), [called] if called else []
    for table in ("actions", "batchActions"):
        for name, one in here.get(table, {}).items():
            if step == _snake(name):
                kind = one.get("resource", {}).get("type", "")
                return model["resources"].get(kind), [one["request"]["operation"]]
    if step in ("load", "reload") and "load" in here:
        return here, [here["load"]["request"]["operation"]]
    return None, []


def _without_arguments(text: str) -> str:
    return re.sub(r"\([^()]*\)|\[[^\[\]]*\]", "", text)


def _snake(name: str) -> str:
    from botocore import xform_name

    return str(xform_name(name))


@functools.cache
def _session() -> Any:
    import boto3
    import botocore.session

    session = botocore.session.Session()
    loader = session.get_component("data_loader")
    loader.search_paths.append(str(Path(boto3.__file__).parent / "data"))
    return session


@functools.cache
def _model(service: str) -> Any:
    from botocore.exceptions import DataNotFoundError, UnknownServiceError

    try:
        return _session().get_service_model(service)
    except (DataNotFoundError, UnknownServiceError):
        return None


@functools.cache
def _methods(service: str) -> Mapping[str, str]:
    model = _model(service)
    names: Iterable[str] = model.operation_names if model is not None else ()
    return {_snake(name): name for name in names}


@functools.cache
def _waiters(service: str) -> Mapping[str, str]:
    from botocore.exceptions import DataNotFoundError, UnknownServiceError

    try:
        model = _session().get_waiter_model(service)
    except (DataNotFoundError, UnknownServiceError, ValueError):
        return {}
    return {_snake(name): str(model.get_waiter(name).operation) for name in model.waiter_names}


@functools.cache
def _resources(service: str) -> Any:
    from botocore.exceptions import DataNotFoundError, UnknownServiceError

    loader = _session().get_component("data_loader")
    try:
        return loader.load_service_model(service, "resources-1")
    except (DataNotFoundError, UnknownServiceError):
        return {}
