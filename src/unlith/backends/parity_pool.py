"""Compares parts of the sessions in further processes, each with sides and a state of its own.

One job is one function call with plain values, so that any engine of processes can run it: the
standard library's here, Dask's with ``--engine dask``. Parts in flight are few: memory stays flat.
"""

from __future__ import annotations

import importlib
import multiprocessing
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass
from multiprocessing.util import Finalize
from typing import Any, Protocol

from unlith.backends.bundler import ZipBundler
from unlith.backends.flask_inspector import FlaskInspector
from unlith.backends.local.lab import Lab
from unlith.domain.function import FunctionInfo
from unlith.domain.gateways import GATEWAYS
from unlith.errors import UsageError
from unlith.files.settings import Settings
from unlith.usecases.engine import Engine
from unlith.usecases.parts import Part, compare_part
from unlith.usecases.tally import Tally

Done = tuple[int, Tally]


@dataclass(frozen=True, slots=True)
class Job:
    """What a process needs to know to compare parts of a function's sessions."""

    settings: Settings
    function: FunctionInfo
    gateway: str


@dataclass(frozen=True, slots=True)
class ParityEngine:
    """Where many sessions are compared: ``local`` processes or ``dask``'s, and how many."""

    name: str = "local"
    workers: int = 1
    scheduler: str = ""


class _Executor(Protocol):
    def submit(self, call: Any, /, *arguments: Any) -> Any: ...


class Pool:
    """Compares parts in *workers* processes of this machine."""

    def __init__(self, job: Job, workers: int) -> None:
        self._job, self._workers = job, workers

    def __call__(self, parts: Iterable[Part]) -> Iterator[Done]:
        """Yield what each part gave, in the order in which they are done."""
        context = multiprocessing.get_context("spawn")
        executor = ProcessPoolExecutor(self._workers, context, initializer=_deaf)
        try:
            yield from _flowing(executor, self._job, parts, 2 * self._workers, wait_for_one)
        finally:
            executor.shutdown(wait=True, cancel_futures=True)


class DaskPool:
    """Compares parts in the processes of a Dask cluster: a local one, or that of a scheduler."""

    def __init__(self, job: Job, workers: int, scheduler: str = "") -> None:
        self._job, self._workers, self._scheduler = job, workers, scheduler
        try:
            self._distributed = importlib.import_module("distributed")
        except ImportError:
            raise UsageError(
                "--engine dask needs Dask", hint="pip install 'unlith[scale]'"
            ) from None

    def __call__(self, parts: Iterable[Part]) -> Iterator[Done]:
        """Yield what each part gave, in the order in which they are done."""
        with ExitStack() as stack:
            if self._scheduler:
                client = stack.enter_context(self._distributed.Client(self._scheduler))
            else:
                cluster = stack.enter_context(
                    self._distributed.LocalCluster(
                        n_workers=self._workers,
                        threads_per_worker=1,
                        processes=True,
                        dashboard_address=None,
                        host="127.0.0.1",
                    )
                )
                client = stack.enter_context(self._distributed.Client(cluster))
            executor = stack.enter_context(client.get_executor(pure=False))

            def first(futures: set[Any]) -> set[Any]:
                return wait_for_one(futures)

            yield from _flowing(executor, self._job, parts, 2 * self._workers, first)


def pool_of(job: Job, engine: ParityEngine) -> Pool | DaskPool | None:
    """Give what compares parts elsewhere, or None where this process does it alone.

    Raises:
        UsageError: if Dask is asked for and not there.
    """
    if engine.name == "dask":
        return DaskPool(job, engine.workers, engine.scheduler)
    return Pool(job, engine.workers) if engine.workers > 1 else None


def run_part(job: Job, part: Part) -> Done:
    """Compare one part in this process; its sides stay for the next one."""
    number, sessions = part
    return number, compare_part(_engine(job), sessions)


def wait_for_one(futures: set[Future[Done]]) -> set[Future[Done]]:
    """Give those that are done, one at least."""
    return wait(futures, return_when=FIRST_COMPLETED).done


# Private

_ENGINES: dict[tuple[str, str, str], Engine] = {}


class _Quiet:
    """The ``Reporter`` port where nobody looks."""

    def step(self, message: str) -> None:
        """Say nothing."""

    def warn(self, message: str) -> None:
        """Say nothing."""

    def progress(self, items: Iterable[object], *, total: int, label: str) -> Iterable[object]:
        """Pass items through."""
        return items


def _deaf() -> None:
    # Ctrl-C is for the process that the user started; it ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _engine(job: Job) -> Engine:
    key = (str(job.settings.root), job.function.name, job.gateway)
    if key not in _ENGINES:
        bundler = ZipBundler(job.settings, FlaskInspector(job.settings).inspect)
        stack = ExitStack()
        lab = stack.enter_context(Lab(job.settings, bundler, GATEWAYS[job.gateway], _Quiet()))
        Finalize(None, stack.close, exitpriority=10)
        _ENGINES[key] = lab.engine(job.function)
    return _ENGINES[key]


def _flowing(
    executor: _Executor,
    job: Job,
    parts: Iterable[Part],
    most: int,
    first: Callable[[set[Any]], set[Any]],
) -> Iterator[Done]:
    """Yield results while at most so many parts are on their way."""
    running: set[Any] = set()
    for part in parts:
        running.add(executor.submit(run_part, job, part))
        if len(running) >= most:
            done = first(running)
            running -= done
            yield from (future.result() for future in done)
    while running:
        done = first(running)
        running -= done
        yield from (future.result() for future in done)
