"""Imports a bundle's handler from its zip alone, as Lambda's init would, before it is deployed."""

from __future__ import annotations

import shutil

from unlith.backends.local.code_tree import linked_tree, unpacked
from unlith.backends.local.hosts import WorkerHosts
from unlith.backends.local.scratch import scratch
from unlith.errors import FunctionFailed
from unlith.files.settings import Settings
from unlith.ports import Bundle, FunctionSpec

HINT = (
    "what imports cannot be followed to must be named: "
    '[tool.unlith] include = ["package.module", "package.*"]'
)


def check_import(settings: Settings, bundle: Bundle) -> None:
    """Import the handler in a process that has the bundle and the standard library only.

    Raises:
        FunctionFailed: with the handler's own traceback.
    """
    settings.work.mkdir(parents=True, exist_ok=True)
    folder = scratch(settings.work)
    hosts = WorkerHosts()
    try:
        code = linked_tree(unpacked(bundle.path, settings.work / "unpacked"), folder / "code", {})
        (folder / "cwd").mkdir()
        spec = FunctionSpec(
            name=bundle.name,
            handler=bundle.handler,
            paths=(code,),
            cwd=folder / "cwd",
            environ=settings.environ,
            isolated=True,
            timeout_s=settings.timeout_s,
            offline=True,
        )
        hosts.host(spec).start()
    except FunctionFailed as failed:
        raise FunctionFailed(
            f"{failed.message} (from its zip; nothing was deployed)",
            hint=HINT,
            detail=failed.detail,
        ) from None
    finally:
        hosts.close()
        shutil.rmtree(folder, ignore_errors=True)
