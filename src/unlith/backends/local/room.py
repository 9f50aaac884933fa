"""A room for one parity run: both sides' code and state, each side's own, gone afterwards.

Code comes from the bundles, so that a function is proved to run from its own zip. The state that
the settings name is filled once, by the user's ``setup`` or from what the workspace has, and then
given to each side. Where an app finds its files beside its code (Flask's instance folder), a link
in the unpacked bundle leads to the side's state: nothing of the workspace is ever written to.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from unlith.backends.local.hosts import WorkerHosts
from unlith.backends.local.sandbox import FileState, checked
from unlith.backends.local.sides import FacadeSide, MonolithSide
from unlith.backends.zips import extract_all
from unlith.domain.function import FunctionInfo
from unlith.domain.gateways import GATEWAYS
from unlith.errors import FunctionFailed
from unlith.files.settings import Settings
from unlith.ports import Bundle, FunctionSpec

SETTLE_S = 2.0
"""How long a request's threads may go on before its effects are read."""


@dataclass(frozen=True, slots=True)
class Bundles:
    """What runs: the whole, the function, and the code of ``setup`` if there is one."""

    whole: Bundle
    function: Bundle
    setup: Bundle | None = None


@contextmanager
def parity_room(
    settings: Settings, function: FunctionInfo, bundles: Bundles, *, gateway: str = "http-v2"
) -> Iterator[tuple[MonolithSide, FacadeSide]]:
    """Give control and candidate, ready for sessions.

    Raises:
        FunctionFailed: if a side's handler does not import, or ``setup`` fails.
    """
    hosts = WorkerHosts()
    folder = Path(tempfile.mkdtemp(prefix="unlith-parity-"))
    try:
        room = _Room(settings, folder, hosts)
        base = room.seed(bundles.setup)
        control = MonolithSide(
            hosts.host(room.spec("monolith", bundles.whole, "control")),
            room.state("control", base),
            GATEWAYS[gateway],
        )
        candidate = FacadeSide(
            hosts.host(room.spec("monolith", bundles.whole, "candidate")),
            hosts.host(room.spec(function.name, bundles.function, "candidate")),
            function.routes,
            room.state("candidate", base),
            GATEWAYS[gateway],
        )
        control.prepare(base if bundles.setup else None)
        candidate.prepare(control.base)
        yield control, candidate
    finally:
        hosts.close()
        shutil.rmtree(folder, ignore_errors=True)


class _Room:
    def __init__(self, settings: Settings, folder: Path, hosts: WorkerHosts) -> None:
        self._settings, self._folder, self._hosts = settings, folder, hosts
        self._paths = tuple(checked(path) for path in settings.parity.state)

    def seed(self, setup: Bundle | None) -> object:
        """Fill a state of its own and give its snapshot."""
        place = self._folder / "seed"
        place.mkdir()
        if setup is None:
            for path in self._paths:
                self._copy(self._settings.root / path, place / path)
        else:
            for path in self._paths:
                self._make_way(place, path)
            self._run_setup(setup)
        return FileState(place, self._paths).snapshot()

    def state(self, side: str, base: object) -> FileState:
        """Give a side's state, filled from a snapshot."""
        place = self._folder / side
        place.mkdir(exist_ok=True)
        for path in self._paths:
            self._make_way(place, path)
        state = FileState(place, self._paths)
        state.restore(base)
        return state

    def spec(self, name: str, bundle: Bundle, side: str) -> FunctionSpec:
        """Unpack a bundle for one side and say how to run it."""
        code = self._folder / "code" / side / bundle.name
        extract_all(bundle.path, code)
        place = self._folder / side
        place.mkdir(exist_ok=True)
        for path in self._paths:
            link = code / path
            if not link.exists():
                link.parent.mkdir(parents=True, exist_ok=True)
                link.symlink_to(place / path)
        return FunctionSpec(
            name=name,
            handler=bundle.handler,
            paths=(code,),
            cwd=place,
            environ=self._settings.environ,
            isolated=True,
            timeout_s=self._settings.timeout_s,
            settle_s=SETTLE_S,
            offline=True,
        )

    # Private

    def _run_setup(self, setup: Bundle) -> None:
        host = self._hosts.host(self.spec("setup", setup, "seed"))
        try:
            done = host.call()
        finally:
            host.close()
        if done.error is not None:
            raise FunctionFailed(
                f"setup {self._settings.parity.setup!r} failed: "
                f"{done.error.type}: {done.error.message}",
                hint="[tool.unlith.parity] setup is called without arguments and fills the state",
                detail="".join(done.error.trace).rstrip(),
            )

    def _make_way(self, place: Path, path: str) -> None:
        target = place / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if self._is_folder(path):
            target.mkdir(exist_ok=True)

    def _is_folder(self, path: str) -> bool:
        there = self._settings.root / path
        return there.is_dir() or (not there.exists() and not Path(path).suffix)

    def _copy(self, source: Path, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, symlinks=True)
        elif source.exists():
            shutil.copy2(source, target)
