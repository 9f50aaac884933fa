"""Pins clocks and randomness inside a worker; loaded by ``worker.py`` before the user's code.

Within one exchange the clock stands still at each place in the code, and random values come from
the run, the exchange and the place that asks: the names of the nearest functions of the user's
code, in order of calls there. So one more call in one place shifts no value of another place, and
the same code gives the same values inside the whole app and inside a function. While the handler
is imported the clock is pinned and randomness is not: what a process draws for itself at import
is another value in another process, and a comparison must see that.

C extensions that ask the system themselves are not reached. The clock is moved by time-machine's
hooks (https://github.com/adamchainz/time-machine, MIT); ``time.monotonic`` stays real, because
waiting depends on it. Standard library and that one package only.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import itertools
import os
import random
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

EXCHANGE_NS = 1_000_007_000
"""How far the clock goes on from exchange to exchange, in nanoseconds: seen in every precision."""

RUN_NS = 1_370_001_000
"""How far another run's clock is away, in nanoseconds."""

PATIENT = 256
"""After so many looks at the clock from one place it goes faster: somebody waits for it."""

DEPTH = 3
"""How many functions of the user's code name a place."""

_FRAMEWORK = frozenset(
    {
        "flask",
        "werkzeug",
        "jinja2",
        "itsdangerous",
        "awsgi",
        "unlith_runtime",
        "unlith_edges",
        "unlith_lazy",
    }
)
_HERE = os.path.dirname(os.path.abspath(__file__))
_LIBRARY = os.path.dirname(os.path.abspath(os.__file__))
_ANONYMOUS = frozenset({"<lambda>", "<genexpr>", "<listcomp>", "<dictcomp>", "<setcomp>"})
_STANDARD, _FRAME, _USER = range(3)
_real_urandom = os.urandom
_kinds: dict[str, int] = {}


class Moment:
    """Where a run is: everything pinned follows from it."""

    def __init__(self, epoch_ns: int) -> None:
        self.epoch_ns = epoch_ns
        self._counts: dict[object, Iterator[int]] = {}
        self._slept = threading.local()
        self._now_ns, self._seed = epoch_ns, b""

    @property
    def is_begun(self) -> bool:
        """Say whether an exchange was begun, after which random values are pinned."""
        return bool(self._seed)

    def begin(self, run: int, exchange: int) -> None:
        """Go to the beginning of an exchange of a run."""
        self._now_ns = self.epoch_ns + run * RUN_NS + exchange * EXCHANGE_NS
        self._seed = b"%d/%d/" % (run, exchange)
        self._counts = {}
        self._slept = threading.local()
        # What these keep from call to call would reach from one exchange into the next.
        random._inst.gauss_next = None  # type: ignore[attr-defined]
        uuid._last_timestamp = None  # type: ignore[attr-defined]

    def time_ns(self) -> int:
        """Give the time at the place that asks, in nanoseconds since 1970."""
        count = self._count("clock", place_of(sys._getframe(1)))
        ahead_ns = count * 1000
        if count > PATIENT:
            ahead_ns += (count - PATIENT) ** 2 * 1000
        slept_ns: int = getattr(self._slept, "ns", 0)
        return self._now_ns + slept_ns + ahead_ns

    @property
    def now_ns(self) -> int:
        """Give when this exchange is, wherever it is asked."""
        return self._now_ns + int(getattr(self._slept, "ns", 0))

    def sleep(self, seconds: float, /) -> None:
        """Sleep, and be later by that afterwards, in this thread."""
        _real_sleep(seconds)
        self._slept.ns = getattr(self._slept, "ns", 0) + int(seconds * 1e9)

    def draw(self, size: int, kind: str, frame: Any) -> bytes:
        """Give the next bytes of a place."""
        place = place_of(frame)
        key = f"{kind}/{self._count(kind, place)}/{'<'.join(place)}".encode()
        return hashlib.shake_128(self._seed + key).digest(size)

    def _count(self, kind: str, place: tuple[str, ...]) -> int:
        # next() and setdefault() are atomic: threads may ask at once.
        return next(self._counts.setdefault((kind, place), itertools.count()))


class PinnedRandom(random.Random):
    """``random.Random`` whose values are pinned unless it was seeded."""

    _moment: Moment
    _is_pinned = False

    def seed(self, a: Any = None, version: int = 2) -> None:
        """Seed; with a seed of its own it gives what Python gives."""
        self._is_pinned = a is None
        super().seed(a, version)

    def setstate(self, state: Any) -> None:
        """Go back to a state; what follows is as in Python."""
        self._is_pinned = False
        super().setstate(state)

    def random(self) -> float:
        """Give the next number from 0 to 1."""
        if self._is_pinned and self._moment.is_begun:
            drawn = self._moment.draw(7, "random", sys._getframe(1))
            return float(int.from_bytes(drawn, "big") >> 3) / (1 << 53)
        return super().random()

    def getrandbits(self, k: int, /) -> int:
        """Give the next *k* bits."""
        if self._is_pinned and self._moment.is_begun and k > 0:
            drawn = self._moment.draw((k + 7) // 8, "bits", sys._getframe(1))
            return int.from_bytes(drawn, "big") >> (-k % 8)
        return super().getrandbits(k)


def install(job: dict[str, Any]) -> Moment:
    """Pin this process; *job* has ``epoch_ns`` and the files of time-machine's two modules."""
    moment = Moment(job["epoch_ns"])
    _pin_clock(moment, job["modules"])
    _pin_random(moment)
    # It draws names for a file of its own when it is first asked: not within an exchange.
    importlib.import_module("tempfile").gettempdir()
    return moment


def place_of(frame: Any) -> tuple[str, ...]:
    """Give the names of the nearest functions of the user's code, innermost first.

    The framework ends the walk: what is around a view differs between the whole app and a
    function, the view and what it calls do not.
    """
    names: list[str] = []
    while frame is not None and len(names) < DEPTH:
        code = frame.f_code
        kind = _kind_of(code.co_filename)
        if kind == _FRAME:
            break
        if kind == _USER and code.co_name not in _ANONYMOUS:
            names.append(code.co_name)
        frame = frame.f_back
    return tuple(names)


# Private


def _kind_of(file: str) -> int:
    kind = _kinds.get(file)
    if kind is None:
        kind = _kinds[file] = _found_kind(file)
    return kind


def _found_kind(file: str) -> int:
    parts = file.replace("\\", "/").split("/")
    if os.path.dirname(os.path.abspath(file)) == _HERE or not _FRAMEWORK.isdisjoint(parts):
        return _FRAME
    is_library = file.startswith(_LIBRARY + os.sep) and "site-packages" not in parts
    return _STANDARD if is_library or file.startswith("<") else _USER


def _pin_clock(moment: Moment, modules: dict[str, str]) -> None:
    machine = _module(modules)
    machine.travel(0, tick=False).start()
    # The C functions ask the last traveller: time_machine/__init__.py and src/_time_machine.c.
    machine.traveller_stack[-1] = moment
    setattr(time, "sleep", moment.sleep)  # noqa: B010  # its type is a builtin's
    # Both sides start to count at the same number.
    started, epoch_ns = 1_000_000_000_000, moment.epoch_ns

    def perf_counter_ns() -> int:
        """Give a counter of nanoseconds; the standard library's own waits see the real one."""
        if _kind_of(sys._getframe(1).f_code.co_filename) != _USER:
            return _real_perf_counter_ns()
        return started + moment.time_ns() - epoch_ns

    def perf_counter() -> float:
        """Give the same in seconds."""
        if _kind_of(sys._getframe(1).f_code.co_filename) != _USER:
            return _real_perf_counter_ns() / 1e9
        return (started + moment.time_ns() - epoch_ns) / 1e9

    time.perf_counter_ns, time.perf_counter = perf_counter_ns, perf_counter


def _module(modules: dict[str, str]) -> Any:
    """Import time-machine from its own files: its folder must not become importable."""
    loaded: dict[str, Any] = sys.modules
    hidden = ("pytest", "dateutil", "dateutil.parser")
    kept = {name: loaded[name] for name in hidden if name in loaded}
    loaded.update(dict.fromkeys(hidden))  # None: cannot be imported
    try:
        for name, file in modules.items():
            spec: Any = importlib.util.spec_from_file_location(name, file)
            module = importlib.util.module_from_spec(spec)
            sys.modules[name] = module
            spec.loader.exec_module(module)
    finally:
        for name in hidden:
            del loaded[name]
        loaded.update(kept)
    return sys.modules["time_machine"]


def _pin_random(moment: Moment) -> None:
    def urandom(size: int, /) -> bytes:
        """Give random bytes."""
        if moment.is_begun and size > 0:
            return moment.draw(size, "urandom", sys._getframe(1))
        return _real_urandom(size)

    os.urandom = urandom
    random._urandom = urandom  # type: ignore[attr-defined]  # what SystemRandom and secrets use
    PinnedRandom._moment = moment
    old, new = random._inst, PinnedRandom()
    random.Random = PinnedRandom  # type: ignore[misc]
    random._inst = new
    for name, value in list(vars(random).items()):
        if getattr(value, "__self__", None) is old:
            setattr(random, name, getattr(new, name))
    # The address of this machine's network card is nobody's business.
    uuid._node = 0x02005E100001  # type: ignore[attr-defined]


_real_sleep: Callable[[float], None] = time.sleep
_real_perf_counter_ns: Callable[[], int] = time.perf_counter_ns
