"""Lambda SnapStart: a rehearsal before the snapshot, fresh randomness after each restore.

Does nothing unless Lambda says it takes snapshots. ``snapshot_restore_py`` is the runtime's own
module, there wherever SnapStart is (Python 3.12 and newer):
https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks-python.html (2026-11-21).
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from importlib import import_module
from logging import getLogger
from typing import Any

REHEARSAL_PATH = "/.well-known/unlith-rehearsal"

_log = getLogger("unlith_runtime")


def before_snapshot(handler: Callable[[Any, Any], Any]) -> None:
    """Register the rehearsal and the reseeding, where Lambda takes snapshots."""
    if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") != "snap-start":
        return
    hooks = import_module("snapshot_restore_py")
    hooks.register_before_snapshot(rehearse, handler)
    hooks.register_after_restore(random.seed)


def rehearse(handler: Callable[[Any, Any], Any]) -> None:
    """Send one harmless request through *handler*, so that lazy imports are in the snapshot.

    It asks for a path no app has, so hooks, routing and error pages run but no view. What fails
    here is logged and left to the first real request.
    """
    event = {
        "version": "2.0",
        "rawPath": REHEARSAL_PATH,
        "rawQueryString": "",
        "headers": {"host": "localhost", "user-agent": "unlith-rehearsal"},
        "requestContext": {
            "domainName": "localhost",
            "http": {"method": "GET", "path": REHEARSAL_PATH, "sourceIp": "127.0.0.1"},
            "stage": "$default",
        },
        "isBase64Encoded": False,
    }
    try:
        handler(event, None)
    except (Exception, SystemExit):
        _log.warning("the rehearsal before the snapshot failed", exc_info=True)
