"""What a worker's process is started with: environment variables and pins.

Where time-machine's modules lie is told by file, so that nothing else of this environment can be
imported by the process.
"""

from __future__ import annotations

import importlib.util
import os
import time

from unlith.ports import FunctionSpec, Json

PINNED_ZONE, PINNED_RULE, ZONES = "Asia/Kathmandu", "<+0545>-5:45", "/usr/share/zoneinfo/"
"""Where pinned processes are: neither at UTC nor at a whole hour, and without summer time."""


AWS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_SESSION_TOKEN": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_MAX_ATTEMPTS": "1",
}
"""What Lambda sets for boto3, with credentials of nobody, and no waiting for another attempt."""


def epoch_ns() -> int:
    """Give a pinned clock's beginning: now, with digits in every place down to nanoseconds."""
    return int(time.time()) * 1_000_000_000 + 123_457_891


def pins_of(spec: FunctionSpec) -> Json | None:
    """Give what pins a worker's clock and randomness, or None."""
    if spec.epoch_ns is None:
        return None
    names = ("_time_machine", "time_machine")
    found = {name: importlib.util.find_spec(name) for name in names}
    return {
        "epoch_ns": spec.epoch_ns,
        "modules": {name: spec.origin for name, spec in found.items() if spec},
    }


def environ_of(spec: FunctionSpec) -> dict[str, str]:
    """Give the environment variables of a worker."""
    if spec.isolated:
        own = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        # No way to a developer's own credentials: neither in variables nor below HOME.
        base = {**own, "HOME": str(spec.cwd), "TZ": "UTC"}
    else:
        base = dict(os.environ)
    if spec.epoch_ns is not None:
        base["TZ"] = PINNED_ZONE if os.path.exists(ZONES + PINNED_ZONE) else PINNED_RULE
    if spec.records:
        base.update(AWS)
    # A fixed seed: the order of a set must not make two copies of one program differ.
    return {**base, "PYTHONHASHSEED": "0", **spec.environ}
