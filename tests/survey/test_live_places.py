"""Where a live thing is written, as the child process tells it."""

from __future__ import annotations

import functools
import inspect
from pathlib import Path
from typing import Any

import pytest

from unlith.backends.inspect_place import location

ROOTS = [str(Path(__file__).parent)]


def _traced(function: Any) -> Any:
    @functools.wraps(function)
    def inner() -> Any:
        return function()

    return inner


class Plain:
    """A class; the line is where it begins, decorators and all."""

    def method(self) -> None:
        """Do nothing."""


@_traced
def view() -> None:
    """Do nothing."""


class Refuses(type):
    """A metaclass whose classes cannot be hashed."""

    __hash__ = None  # type: ignore[assignment]  # that is the point


class Unhashable(metaclass=Refuses):
    """Has no hash."""


def _line_of(text: str) -> int:
    return Path(__file__).read_text("utf-8").splitlines().index(text) + 1


@pytest.mark.parametrize(
    ("thing", "name", "text"),
    [
        (Plain, "Plain", "class Plain:"),
        (Plain(), "Plain", "class Plain:"),
        (Plain().method, "Plain.method", "    def method(self) -> None:"),
        (view, "view", "@_traced"),
        (functools.partial(_line_of, "x"), "_line_of", "def _line_of(text: str) -> int:"),
        (Unhashable, "Unhashable", "class Unhashable(metaclass=Refuses):"),
    ],
)
def test_a_thing_is_named_with_the_line_it_begins_at(thing: Any, name: str, text: str) -> None:
    found = location(thing, ROOTS)

    assert (found["qualname"], found["line"]) == (name, _line_of(text))
    assert found["in_project"]
    assert found["file"] == str(Path(__file__).resolve())


def test_what_no_file_holds_has_no_place() -> None:
    found = location(len, ROOTS)

    assert (found["file"], found["line"], found["in_project"]) == ("", 0, False)


def test_a_class_is_looked_up_once_however_many_objects_it_has(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Many:
        pass

    read: list[Any] = []
    find = inspect.findsource

    def counted(thing: Any) -> Any:
        read.append(thing)
        return find(thing)

    monkeypatch.setattr(inspect, "findsource", counted)

    places = [location(Many(), ROOTS) for _ in range(50)]

    assert read == [Many]
    assert places == places[:1] * 50
