"""A stage: one account and region that the app is deployed to, and how it runs there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

NAME = re.compile(r"[a-z][a-z0-9-]{0,19}\Z")
"""What a stage may be called: it is a part of every name in the cloud."""

RUNTIMES = ("python3.11", "python3.12", "python3.13", "python3.14")
"""Lambda's managed Python runtimes that bundles are built for.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html, read 2026-11-20.
"""

RETENTIONS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731)
"""Days that CloudWatch Logs can keep a log, as far as a web app needs them.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html,
read 2026-11-26.
"""


class Architecture(StrEnum):
    """The processor that functions run on."""

    ARM64 = "arm64"
    X86_64 = "x86_64"


class Switch(StrEnum):
    """How a toggle reaches an HTTP API.

    ``variables`` changes a variable of the gateway's stage, which names the function: one call
    for any number of routes, and no deployment. ``routes`` points each route at another
    integration: one call a route, for endpoints that know no stage variables.
    """

    VARIABLES = "variables"
    ROUTES = "routes"


@dataclass(frozen=True, slots=True)
class Stage:
    """Where to deploy, and how functions run there.

    ``account`` is the twelve digits of the account that must answer before anything changes.
    ``endpoint`` replaces AWS's own addresses, for an emulator. ``bucket`` takes the zips; it is
    made by the tool where it is empty. ``environ`` goes to every function that reads the name;
    ``secrets`` maps names to references (``arn:…secretsmanager…`` or ``ssm:/path``), which the
    cloud resolves: no secret passes through a template. ``resources`` gives names or ARNs, by IAM
    action or service prefix, of what functions reach and nobody else names.
    """

    name: str
    account: str
    region: str
    profile: str = ""
    endpoint: str = ""
    bucket: str = ""
    runtime: str = "python3.13"
    architecture: Architecture = Architecture.ARM64
    memory_mb: int = 512
    timeout_s: int = 29
    log_retention_days: int = 30
    switch: Switch = Switch.VARIABLES
    environ: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    resources: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def stack(self) -> str:
        """Give the name of the stage's CloudFormation stack."""
        return f"unlith-{self.name}"

    @property
    def artefacts(self) -> str:
        """Give the bucket that takes the zips."""
        return self.bucket or f"unlith-artefacts-{self.account}-{self.region}"
