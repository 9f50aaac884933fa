"""The facade of a workspace, put together: workers from the sources, table, shadow, server."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from unlith.backends.bundler import WHOLE_MODULE, runtime_root, whole_handler
from unlith.backends.local.facade import Facade, Sides
from unlith.backends.local.hosts import WorkerHosts
from unlith.backends.local.known_match import KnownMatch
from unlith.backends.local.server import Answering, HttpServer
from unlith.backends.local.shadow import ShadowQueue
from unlith.backends.local.table_watch import TableWatch
from unlith.domain.function import FunctionInfo
from unlith.domain.gateways import GATEWAYS
from unlith.domain.survey import Survey
from unlith.files.settings import Settings
from unlith.ports import FunctionHost, FunctionSpec, Reporter, TableStore

SHADOW_FILE = "shadow.jsonl"


@dataclass(frozen=True, slots=True)
class Serving:
    """How to serve: the port (0: any free one), the gateway to be, whether to say who answered.

    *tap* is put around what answers requests, to listen.
    """

    port: int = 0
    gateway: str = "http-v2"
    is_debugging: bool = False
    tap: Callable[[Answering], Answering] | None = None


@dataclass(frozen=True, slots=True)
class Served:
    """What is served: the app, the functions that are there now, the routing table."""

    survey: Survey
    functions: Callable[[], tuple[FunctionInfo, ...]]
    table_store: TableStore


@contextmanager
def facade_server(
    settings: Settings, served: Served, serving: Serving, reporter: Reporter
) -> Iterator[HttpServer]:
    """Give a bound server whose monolith is imported; everything ends with the block.

    Raises:
        PortInUse: if somebody listens there.
        FunctionFailed: if the monolith does not import.
    """
    hosts = WorkerHosts()
    functions = LiveFunctions(settings, served.functions, hosts)
    gateway = GATEWAYS[serving.gateway]
    monolith = hosts.host(_monolith(settings, served.survey.target))
    sides = Sides(monolith, functions, KnownMatch(served.survey))
    shadow = ShadowQueue(sides, gateway, settings.work / SHADOW_FILE, reporter)
    facade = Facade(
        sides,
        TableWatch(settings.table, served.table_store, reporter),
        gateway,
        reporter,
        shadow=shadow,
        is_debugging=serving.is_debugging,
    )
    server = None
    try:
        answering = serving.tap(facade.answer) if serving.tap else facade.answer
        server = HttpServer(answering, port=serving.port)
        monolith.start()
        yield server
    finally:
        if server is not None:
            server.close()
        shadow.close()
        hosts.close()


class LiveFunctions(Mapping[str, FunctionHost]):
    """The functions in ``extracted/``, those written after the start among them."""

    def __init__(
        self,
        settings: Settings,
        functions: Callable[[], tuple[FunctionInfo, ...]],
        hosts: WorkerHosts,
    ) -> None:
        self._settings, self._functions, self._hosts = settings, functions, hosts
        self._made: dict[str, FunctionHost] = {}
        self._lock = threading.Lock()

    def __getitem__(self, name: str) -> FunctionHost:
        """Give a function's host. Raises: KeyError."""
        with self._lock:
            if name not in self._made:
                info = next((f for f in self._functions() if f.name == name), None)
                if info is None:
                    raise KeyError(name)
                self._made[name] = self._hosts.host(_spec(self._settings, name, info.handler))
            return self._made[name]

    def __iter__(self) -> Iterator[str]:
        """Give the names of all functions."""
        return iter([function.name for function in self._functions()])

    def __len__(self) -> int:
        """Count the functions."""
        return len(self._functions())


# Private


def _monolith(settings: Settings, target: str) -> FunctionSpec:
    folder = settings.work / "run"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{WHOLE_MODULE}.py").write_bytes(whole_handler(target))
    return _spec(settings, "monolith", f"{WHOLE_MODULE}.handler")


def _spec(settings: Settings, name: str, handler: str) -> FunctionSpec:
    roots = (settings.work / "run", *settings.sources, settings.extracted, runtime_root())
    return FunctionSpec(
        name=name,
        handler=handler,
        paths=tuple(dict.fromkeys(roots)),
        cwd=settings.root,
        environ=settings.environ,
        timeout_s=settings.timeout_s,
    )
